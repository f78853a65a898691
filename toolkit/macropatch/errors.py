"""Errors that a user can act on: each message says what is wrong, where, and what to do next."""


class MacropatchError(Exception):
    """Base of all errors that are shown to a user without a traceback (exit code 1)."""


class SettingsError(MacropatchError):
    """A setting is missing, unknown or outside its range (exit code 2)."""


class PluginError(MacropatchError):
    """A plugin could not be imported or validated."""


class CapabilityError(MacropatchError):
    """A system was asked for an optional member that it does not have."""

    def __init__(self, system: str, capability: str) -> None:
        super().__init__(
            f"system {system!r} has no capability {capability!r}; "
            "`macropatch plugins --verbose` lists what each system offers"
        )


class StorageError(MacropatchError):
    """A file of a run folder is missing, damaged or in use."""


class TrainingError(MacropatchError):
    """A fit diverged or was given data that determine nothing."""


class PredictionError(MacropatchError):
    """A predicted trajectory left the range of numbers."""


class TaskError(MacropatchError):
    """A task of a run raised something that it should not."""
