"""What goes wrong in a simulation."""

from __future__ import annotations

from macropatch.errors import MacropatchError


class BlowUpError(MacropatchError):
    """A simulated field is no longer finite."""

    def __init__(self, snapshot: int, time: float, time_step: float) -> None:
        super().__init__(
            f"the fields of snapshot {snapshot} of the batch are no longer finite by t = {time:g}: "
            f"lower [system] time_step = {time_step:g}, or the noise"
        )

    def __reduce__(self) -> tuple[type[MacropatchError], tuple[str]]:
        """As its plain message: processes send errors to one another."""
        return MacropatchError, (str(self),)
