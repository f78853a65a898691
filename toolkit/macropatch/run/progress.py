"""Progress bars with the time left, or silence."""

from __future__ import annotations

import sys
from types import TracebackType

from tqdm.auto import tqdm


class Progress:
    """One bar a kind of stage, on standard error; ``show=False`` prints nothing."""

    def __init__(self, show: bool = True) -> None:
        self._show = show
        self._bar: tqdm[None] | None = None

    def begin(self, title: str, total: int, done: int) -> None:
        """Start a bar of ``total`` tasks of which ``done`` were finished before."""
        self.finish()
        if self._show:
            self._bar = tqdm(
                total=total, initial=done, desc=f"{title:<9}", unit="task", file=sys.stderr,
                dynamic_ncols=True, mininterval=0.2,
            )

    def advance(self) -> None:
        """One task more is finished."""
        if self._bar is not None:
            self._bar.update()

    def say(self, message: str) -> None:
        """Print a line above the bar."""
        if self._show:
            tqdm.write(message, file=sys.stderr)

    def finish(self) -> None:
        """Close the bar."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.finish()
