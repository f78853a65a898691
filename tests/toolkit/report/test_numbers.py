import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from macropatch.report.numbers import number, seconds, span, with_error


def spaced(text):
    return text.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (float("nan"), "not finite"),
        (0.0, "0"),
        (1.0, "1.00"),
        (0.9996, "1.00"),
        (-0.25, "−0.250"),
        (1234.0, "1234"),
        (2.31e-4, "2.31 × 10⁻⁴"),
        (9.999e-4, "1.00 × 10⁻³"),
        (5.2e7, "5.20 × 10⁷"),
    ],
)
def test_number(value, text):
    assert spaced(number(value)) == text


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (2.314e-4, 1.23e-5, "(2.31 ± 0.12) × 10⁻⁴"),
        (0.987, 0.0213, "0.987 ± 0.021"),
        (62.08, 0.31, "62.08 ± 0.31"),
        (1.0, 0.0996, "1.00 ± 0.10"),
        (-0.5, 2.0, "−0.5 ± 2.0"),
        (1e-4, 3e-4, "(1.0 ± 3.0) × 10⁻⁴"),
        (1.5, None, "1.50"),
        (1.5, float("nan"), "1.50"),
        (1.5, 0.0, "1.50"),
        (None, 0.1, "–"),
    ],
)
def test_with_error(value, error, text):
    assert spaced(with_error(value, error)) == text


def test_span_and_seconds():
    assert span([2.0, 1.0]) == "1.00 to 2.00"
    assert span([1.0001, 1.0]) == "1.00"
    assert seconds(3.2) == "3.2 s"
    assert seconds(214.0) == "3.57 min"
    assert seconds(7200.0) == "2.00 h"


@example(5e-324, 5e-324)
@example(1e308, 1e-290)
@given(st.floats(), st.none() | st.floats())
def test_any_number_can_be_shown(value, error):
    assert number(value)
    assert with_error(value, error)
