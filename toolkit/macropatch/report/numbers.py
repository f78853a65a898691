"""Numbers as a reader wants them: as many digits as the uncertainty leaves."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import SupportsFloat

SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
SMALL, LARGE = 1e-2, 1e5
"""Outside this range a power of ten is written out."""

TINY = 1e-300
MOST_DECIMALS = 12


def number(value: SupportsFloat | None, digits: int = 3) -> str:
    """A number to so many significant digits; a dash for ``None``."""
    if value is None:
        return "–"
    value = float(value)
    if not math.isfinite(value):
        return "not finite"
    if value == 0.0 or SMALL <= abs(value) < LARGE:
        decimals = 0 if value == 0.0 else max(digits - 1 - _exponent(value, digits), 0)
        return _signed(f"{value:.{decimals}f}")
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    return f"{_signed(mantissa)}\u00a0×\u00a0{_power(int(exponent))}"


def with_error(value: SupportsFloat | None, error: SupportsFloat | None) -> str:
    """``value ± error``, the error to two digits; e.g. ``(2.31 ± 0.12) × 10⁻⁴``."""
    if value is None or error is None:
        return number(value)
    value, error = float(value), float(error)
    if not math.isfinite(value) or not math.isfinite(error) or error < TINY:
        return number(value)
    size = max(abs(value), error)
    exponent = 0 if SMALL <= size < LARGE else _exponent(size)
    scale = 10.0**exponent
    decimals = min(max(1 - _exponent(error / scale, 2), 0), MOST_DECIMALS)
    both = f"{_signed(f'{value / scale:.{decimals}f}')}\u00a0±\u00a0{error / scale:.{decimals}f}"
    return f"({both})\u00a0×\u00a0{_power(exponent)}" if exponent else both


def span(values: Sequence[SupportsFloat], digits: int = 3, between: str = " to ") -> str:
    """``lowest to highest``, or the one number if they read alike."""
    numbers = [float(value) for value in values]
    low, high = number(min(numbers), digits), number(max(numbers), digits)
    return low if low == high else f"{low}{between}{high}"


def seconds(value: SupportsFloat) -> str:
    """A duration: seconds, minutes or hours, whichever reads best."""
    value = float(value)
    if not math.isfinite(value):
        return "not finite"
    if value < 120.0:
        return f"{number(value, 2 if value < 10.0 else 3)} s"
    if value < 7200.0:
        return f"{number(value / 60.0, 3)} min"
    return f"{number(value / 3600.0, 3)} h"


def _exponent(value: float, digits: int = 16) -> int:
    """Power of ten of the leading digit after rounding to so many digits."""
    return int(f"{abs(value):.{digits - 1}e}".split("e")[1])


def _power(exponent: int) -> str:
    return "10" + str(exponent).translate(SUPERSCRIPTS)


def _signed(text: str) -> str:
    return text.replace("-", "−", 1) if text.startswith("-") else text
