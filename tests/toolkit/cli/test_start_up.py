"""Help and lists start without the heavy packages."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("torch", "numba", "zarr", "xarray", "sklearn", "scipy", "matplotlib", "pandas")
CODE = """
import sys
sys.argv = ["macropatch", *sys.argv[1:]]
from macropatch.cli.app import main
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
print("HEAVY", *(name for name in {heavy} if name in sys.modules))
"""
CONSOLE_SCRIPT = "from macropatch.cli.app import main; main()"


@pytest.mark.parametrize(
    "arguments", [["--help"], ["plugins"], ["experiments"], ["run", "--help"], ["doctor", "--help"]]
)
def test_help_and_lists_import_nothing_heavy(arguments):
    ended = subprocess.run(
        [sys.executable, "-c", CODE.format(heavy=HEAVY), *arguments],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.splitlines()[-1] == "HEAVY"


def test_importing_the_package_is_light():
    code = "import sys, macropatch; sys.exit(any(n in sys.modules for n in ('torch', 'numpy')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_console_script_is_the_same(tmp_path):
    ended = subprocess.run(
        [sys.executable, "-c", CONSOLE_SCRIPT, "run", "nothing.toml"],
        capture_output=True, text=True, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert ended.returncode == 2 and "nothing.toml" in ended.stderr
    assert "Traceback" not in ended.stderr and list(tmp_path.iterdir()) == []
