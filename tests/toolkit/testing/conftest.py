"""Makes the tiny systems of ``tests/systems`` importable, here and in spawned processes."""

import sys
from pathlib import Path

TESTS = str(Path(__file__).parents[2])
if TESTS not in sys.path:
    sys.path.insert(0, TESTS)
