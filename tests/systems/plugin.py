"""The tiny systems and the tiny encoder as a plugin, and a host that has them."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from macropatch.contract import ClosureRecord, SystemRecord, hookimpl
from macropatch.host import Host, Provider, build_host
from systems import ising_ring, mean_field, ornstein_uhlenbeck, powers, walker


@hookimpl
def macropatch_systems() -> Iterator[SystemRecord]:
    for module in (ising_ring, mean_field, ornstein_uhlenbeck, walker):
        yield module.RECORD


@hookimpl
def macropatch_closures() -> Iterator[ClosureRecord]:
    yield powers.RECORD


def tiny_host() -> Host:
    """The built-in plugins and the tiny ones."""
    return build_host(extra=[Provider("tiny", "tests", "0", sys.modules[__name__])])
