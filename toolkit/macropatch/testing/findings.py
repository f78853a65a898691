"""What the conformance suite hands back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from macropatch.testing.case import Case

CheckFunction = Callable[["Case"], Iterator[str]]


@dataclass(frozen=True)
class Check:
    """One check: a function that yields a sentence for everything that it finds wrong.

    Attributes
    ----------
    name : what reports call it
    run : the function
    needs : capability without which it does not apply
    false_alarm : probability that it fails a correct system (0: exact)
    """

    name: str
    run: CheckFunction
    needs: str | None = None
    false_alarm: float = 0.0


def check(needs: str | None = None, false_alarm: float = 0.0) -> Callable[[CheckFunction], Check]:
    """Make a :class:`Check` of a function; its name becomes the check's."""

    def mark(run: CheckFunction) -> Check:
        return Check(run.__name__.replace("_", " "), run, needs, false_alarm)

    return mark


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: which check, what was expected and found, what to look at.

    ``raised`` tells an exception of the system from a finding of the check.
    """

    check: str
    message: str
    raised: bool = False


@dataclass(frozen=True)
class ConformanceReport:
    """All checks passed.

    Attributes
    ----------
    system : name of the record
    passed : check → probability that it fails a correct system
    skipped : check → the capability that the record lacks
    rates : ``"rates verified"`` or ``"rates not verified"``
    tolerances : what is compared → relative tolerance
    mutants : mutant → the check that caught it
    replicates : evolutions of each snapshot that statistical checks compared
    """

    system: str
    passed: Mapping[str, float]
    skipped: Mapping[str, str]
    rates: str
    tolerances: Mapping[str, float]
    mutants: Mapping[str, str] = field(default_factory=dict)
    replicates: int = 0

    def __str__(self) -> str:
        alarm = sum(self.passed.values())
        head = f"{self.system}: {len(self.passed)} checks passed, {self.rates}; "
        lines = [head + f"probability of a false alarm at most {alarm:.1e}"]
        lines += [
            f"  skipped: {name} (no capability {why!r})" for name, why in self.skipped.items()
        ]
        lines += [f"  mutant {name!r} caught by: {why}" for name, why in self.mutants.items()]
        return "\n".join(lines)


class ConformanceError(AssertionError):
    """A system does not conform; ``findings`` lists everything that was found."""

    def __init__(self, system: str, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        checks: dict[str, list[str]] = {}
        for finding in self.findings:
            checks.setdefault(finding.message, []).append(finding.check)
        listed = "\n".join(f"  [{', '.join(names)}] {text}" for text, names in checks.items())
        super().__init__(f"system {system!r} does not conform:\n{listed}")
