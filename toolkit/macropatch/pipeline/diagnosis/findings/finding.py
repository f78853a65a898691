"""A sentence, and when a figure is worth one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from macropatch.report.numbers import number, with_error

SIGNIFICANT = 4.0
"""Standard errors beyond which a figure is no chance, although a page shows a hundred of them."""


@dataclass(frozen=True)
class Finding:
    """A sentence, on the panel that shows it; ``warning`` where something is off."""

    panel: str
    sentence: str
    warning: bool = False


def beyond(value: float, error: float, least: float) -> bool:
    """Whether a figure that should be zero is so large that it matters, and is no chance."""
    return abs(value) > least and abs(value) > SIGNIFICANT * error


def percent(value: object, error: float | None = None) -> str:
    """A share as per cent."""
    share = 100.0 * float(np.asarray(value))
    if error is None:
        return f"{number(share, 2)} %"
    return f"({with_error(share, 100.0 * error)}) %"
