"""How long the light commands take, as ratios to starting Python itself."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

REPEATS = 7
COMMANDS = (("--help",), ("plugins",), ("experiments",))


def main() -> None:
    """Median of several starts each, the first not counted."""
    bare = _median([sys.executable, "-c", "pass"])
    print(f"python -c pass        {bare:.3f} s")
    for command in COMMANDS:
        program = [str(Path(sys.executable).parent / "macropatch"), *command]
        seconds = _median(program)
        print(f"macropatch {command[0]:<11}{seconds:.3f} s  ({seconds / bare:.1f} × python)")


def _median(command: list[str]) -> float:
    taken = []
    for _ in range(REPEATS + 1):
        began = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        taken.append(time.perf_counter() - began)
    return statistics.median(taken[1:])


if __name__ == "__main__":
    main()
