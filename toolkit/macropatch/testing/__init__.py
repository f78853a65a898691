"""The conformance suite that plugin authors run in their own tests.

from macropatch.testing import check_system

def test_my_system_conforms():
    check_system(RECORD)
"""

from macropatch.testing.findings import ConformanceError, ConformanceReport, Finding
from macropatch.testing.suite import check_system
from macropatch.testing.wrapped import Mutation, WrappedSystem

__all__ = [
    "ConformanceError",
    "ConformanceReport",
    "Finding",
    "Mutation",
    "WrappedSystem",
    "check_system",
]
