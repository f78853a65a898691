"""Which evaluation a figure of a single one shows."""

from __future__ import annotations

from macropatch.contract.results import Evaluation, Results
from macropatch.report.figures.appearance import NothingToDrawError
from macropatch.report.labels import description, same_settings


def headline_evaluation(results: Results) -> Evaluation:
    """The first evaluation; raises ``NothingToDrawError`` if there is none."""
    if not results.evaluations:
        raise NothingToDrawError("the results hold no evaluation")
    return results.evaluations[0]


def headline_and_rivals(results: Results) -> list[int]:
    """Positions of the headline evaluation and of other schemes under the same settings."""
    first = headline_evaluation(results).labels
    chosen: list[int] = []
    schemes = set()
    for index, evaluation in enumerate(results.evaluations):
        labels = evaluation.labels
        scheme = labels.get("scheme")
        if scheme not in schemes and same_settings(labels, first):
            schemes.add(scheme)
            chosen.append(index)
    return chosen


def named(evaluation: Evaluation) -> str:
    """Scheme and patch size of an evaluation, for a title."""
    return description(evaluation.labels, ("scheme", "patch_size"))
