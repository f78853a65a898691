"""What this plugin offers. Light: kernels are imported by the factories."""

from __future__ import annotations

from collections.abc import Iterator

from macropatch.contract import SystemRecord, hookimpl


@hookimpl
def macropatch_systems() -> Iterator[SystemRecord]:
    """Alloys."""
    yield from ()
