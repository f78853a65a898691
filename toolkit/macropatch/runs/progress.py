"""One progress bar for a whole run, with the time left; or silence."""

from __future__ import annotations

import sys
import threading
import time
from types import TracebackType
from typing import Any

from tqdm.auto import tqdm

FORMAT = "{percentage:3.0f}% |{bar:40}| {desc}"
SAMPLE_SECONDS = 0.2


class Progress:
    """Counts estimated core seconds; the estimate of each kind of stage is corrected as tasks end.

    ``show=False`` prints nothing.
    """

    def __init__(self, workers: int, show: bool = True) -> None:
        self._workers, self._show = workers, show
        self._lock = threading.Lock()
        self._estimated: dict[str, float] = {}
        self._done: dict[str, float] = {}
        self._spent: dict[str, float] = {}
        self._partly: dict[tuple[str, int], float] = {}
        self._began = self._shown = time.monotonic()
        self._bar: Any = None  # tqdm's own types differ between its forms

    def plan(self, kind: str, cost: float) -> None:
        """Tasks of this estimated cost are to be done."""
        self._estimated[kind] = self._estimated.get(kind, 0.0) + cost
        self._done.setdefault(kind, 0.0)

    def start(self) -> None:
        """Show the bar."""
        self._began = time.monotonic()
        if self._show:
            self._bar = tqdm(total=1.0, file=sys.stderr, bar_format=FORMAT, dynamic_ncols=True)

    def inside(self, stage: str, kind: str, task: int, cost: float, share: float) -> None:
        """A running task of that cost has come so far (0 to 1)."""
        with self._lock:
            self._partly[stage, task] = share * cost
        self._refresh(kind)

    def finished(self, stage: str, kind: str, task: int, cost: float, seconds: float) -> None:
        """One task is finished and took so many core seconds."""
        with self._lock:
            self._partly.pop((stage, task), None)
            self._done[kind] = self._done.get(kind, 0.0) + cost
            self._spent[kind] = self._spent.get(kind, 0.0) + seconds
        self._refresh(kind)

    def say(self, message: str) -> None:
        """Print a line above the bar."""
        if self._show:
            tqdm.write(message, file=sys.stderr)

    def seconds_left(self) -> float:
        """Wall seconds left, from estimates corrected by what finished tasks took."""
        with self._lock:
            spent, done = sum(self._spent.values()), sum(self._done.values())
            overall = spent / done if done > 0 else 1.0
            left = -sum(self._partly.values()) * overall
            for kind, estimated in self._estimated.items():
                rate = self._spent[kind] / self._done[kind] if self._done[kind] > 0 else overall
                left += (estimated - self._done[kind]) * rate
        return max(left, 0.0) / self._workers

    def _refresh(self, kind: str) -> None:
        if self._bar is None or time.monotonic() - self._shown < SAMPLE_SECONDS:
            return
        left, elapsed = self.seconds_left(), time.monotonic() - self._began
        with self._lock:
            if self._bar is None:
                return
            self._shown = time.monotonic()
            self._bar.n = elapsed / (elapsed + left) if elapsed + left > 0 else 0.0
            gone, more = tqdm.format_interval(elapsed), tqdm.format_interval(left)
            self._bar.set_description_str(f"{kind}, {gone} gone, about {more} left", refresh=False)
            self._bar.refresh()

    def close(self) -> None:
        """Close the bar."""
        with self._lock:
            if self._bar is not None:
                self._bar.close()
                self._bar = None

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
