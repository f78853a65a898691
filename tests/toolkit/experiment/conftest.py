"""The host of the built-in plugins."""

from __future__ import annotations

import pytest

from macropatch.host import build_host


@pytest.fixture(scope="session")
def host():
    return build_host(strict=True)
