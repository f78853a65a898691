"""The part of the conformance suite that is exact, and quick; the rest is marked slow."""

from __future__ import annotations

from macropatch.contract import SystemRecord
from macropatch.testing.case import Case
from macropatch.testing.suite import EXACT


def faults_of(record: SystemRecord) -> dict[str, str]:
    """What the exact checks find, by their names."""
    case = Case(record)
    return {
        check.name: message
        for check in EXACT
        if check.needs is None or check.needs in record.capabilities
        for message in check.run(case)
    }
