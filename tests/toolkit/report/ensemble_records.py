"""Records of stationary ensembles with known exponents: what a study at a critical point holds."""

from __future__ import annotations

import numpy as np

from macropatch.contract.results import Metric, Results

CRITICAL = 2.269185
EDGES, TEMPERATURES = (16, 32, 48, 64), (2.25, 2.26, 2.27, 2.28, 2.29)
EXACT = {"abs_m": -0.125, "chi": 1.75, "binder_slope": 1.0}
PUBLISHED = {"abs_m": -0.120, "chi": 1.792, "binder_slope": 1.055}
CURVES = {
    "abs_m": lambda x: 1.0 - 0.45 * x - 0.08 * x**2,
    "chi": lambda x: 0.09 * np.exp(-0.5 * (x - 0.6) ** 2),
    "binder": lambda x: 0.61 - 0.09 * x - 0.03 * x**2,
}
ERRORS = {"abs_m": 0.003, "chi": 0.02, "binder": 0.0015}
"""Standard errors relative to the value."""


def ensemble_metrics(sources=("sde", "direct"), rng=None, tuples=False):
    """Values at every size and temperature, exponents, and at 128 a single temperature."""
    rng = rng or np.random.default_rng(12)
    metrics = []
    for source in sources:
        for edge in (*EDGES, 128):
            for temperature in TEMPERATURES if edge < 128 else (2.27,):
                x = (temperature / CRITICAL - 1.0) * edge
                labels = {"size": (edge, edge) if tuples else edge, "temperature": temperature}
                for name, curve in CURVES.items():
                    value = edge ** EXACT.get(name, 0.0) * float(curve(x))
                    error = ERRORS[name] * value
                    value += error * rng.standard_normal()
                    metrics.append(Metric(name, value, error, {**labels, "source": source}))
        for observable, exponent in EXACT.items():
            labels = {"observable": observable, "source": source, "temperature": CRITICAL}
            metrics.append(Metric("exponent", exponent + 0.01, 0.02, labels))
    for source, exponents in (("published", PUBLISHED), ("exact", EXACT)):
        for observable, exponent in exponents.items():
            labels = {"observable": observable, "source": source}
            metrics.append(Metric("exponent", exponent, None, labels))
    return metrics


def ensemble_results(metrics):
    return Results("ising-critical", (), tuple(metrics), (), {"m": ("magnetisation", "")}, "", {})
