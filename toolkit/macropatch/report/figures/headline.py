"""Which evaluations and which of their records a figure shows."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
from jaxtyping import Int

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


def alike_but(keys: Collection[str], one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether labels are the same but for the given keys."""
    first, second = ({k: v for k, v in labels.items() if k not in keys} for labels in (one, other))
    return first == second


def spaced(count: int, most: int) -> Int[np.ndarray, " shown"]:
    """At most so many of ``count`` positions, equally spaced, both ends among them."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(int))


def named(evaluation: Evaluation) -> str:
    """Scheme and patch size of an evaluation, for a title."""
    return description(evaluation.labels, ("scheme", "patch_size"))
