"""A measure and a figure."""

from macropatch.contract.results import Metric


def final_gap(evaluation):
    """Largest gap between predicted and true mean at the last record."""
    gap = evaluation.predicted.mean("run") - evaluation.truth.mean("run")
    return [
        Metric("final_gap", float(abs(gap.isel(time=-1)).max()), labels=dict(evaluation.labels))
    ]


def draw_last_records(results, ax=None):
    """Histogram of the last record."""
    from matplotlib.figure import Figure

    axes = ax if ax is not None else Figure().subplots()
    first = results.evaluations[0]
    for name, data in (("predicted", first.predicted), ("true", first.truth)):
        axes.hist(data.isel(time=-1, observable=0).values.ravel(), alpha=0.5, label=name)
    axes.legend()
    return axes
