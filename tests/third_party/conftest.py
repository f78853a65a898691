"""The stranger's own tests run in the stranger's environment, not here."""

collect_ignore = ["epidemic"]
