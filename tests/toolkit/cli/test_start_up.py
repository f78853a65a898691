"""Help, lists and messages about settings come without the heavy packages."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("torch", "numba", "zarr", "xarray", "sklearn", "scipy", "matplotlib", "pandas")
CODE = f"""
import sys
sys.argv = ["macropatch", *sys.argv[1:]]
from macropatch.cli.app import main
try:
    main()
except SystemExit as end:
    print("CODE", end.code or 0)
print("HEAVY", *(name for name in {HEAVY} if name in sys.modules))
"""


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--help"], 0),
        (["plugins"], 0),
        (["experiments"], 0),
        (["run", "--help"], 0),
        (["run", "nothing.toml"], 2),
        (["check", "curie-weiss", "--set", "evolve.dt=-1"], 2),
    ],
)
def test_nothing_heavy_is_imported(tmp_path, arguments, code):
    ended = subprocess.run(
        [sys.executable, "-c", CODE, *arguments],
        capture_output=True, text=True, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert ended.stdout.splitlines()[-2:] == [f"CODE {code}", "HEAVY"]
    assert "Traceback" not in ended.stderr and bool(ended.stderr) == (code != 0)
    assert list(tmp_path.iterdir()) == []


def test_importing_the_package_is_light():
    code = "import sys, macropatch; sys.exit(any(n in sys.modules for n in ('torch', 'numpy')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
