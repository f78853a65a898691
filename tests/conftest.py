"""What all tests share."""

from __future__ import annotations

import os

# Two test processes share two cores: more threads would wait for one another.
os.environ.setdefault("OMP_NUM_THREADS", "1")
