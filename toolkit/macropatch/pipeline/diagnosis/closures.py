"""Does a closure earn its place? Held-out likelihood of the observables' increments alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from macropatch.learning.held_out import marginal
from macropatch.pipeline.graph import Branch
from macropatch.pipeline.model import FitStage

NAMES = (
    "held_out_log_likelihood",
    "held_out_log_likelihood_error",
    "held_out_gain",
    "held_out_gain_error",
)


def rivals(branch: Branch, branches: Sequence[Branch]) -> dict[str, Branch]:
    """The branches that differ from this one in their closure only, by what tells them apart."""
    labels = _without_closure(branch.labels)
    found: dict[str, Branch] = {}
    for one in branches:
        if _without_closure(one.labels) == labels:
            found.setdefault(_name(one), one)
    return found


def compare_closures(found: Mapping[str, Branch], root: Path) -> xr.Dataset:
    """Mean log-density a pair of the observables' increments, and what each gains over none.

    Returns
    -------
    ``held_out_log_likelihood`` ``(closure,)``, as each fit was judged by its own pairs;
    ``held_out_gain``: over the fit without closures (``NaN`` if there is none), both judged by the
    same pairs. With ``_error``.
    """
    plain = next((b.fit for b in found.values() if b.fit.pairs.closure is None), None)
    rows = []
    for branch in found.values():
        fit = branch.fit
        value, error = _mean(
            fit.about(root).get("held_out_observables"),
            fit.about(root).get("held_out_observables_error"),
        )
        gain = np.array([np.nan, np.nan])
        if plain is not None:
            gain = np.zeros(2) if fit is plain else _gain(fit, plain, root)
        rows.append((value, error, *gain))
    arrays = {
        name: (("closure",), column)
        for name, column in zip(NAMES, np.array(rows, dtype=np.float64).T, strict=True)
    }
    return xr.Dataset(arrays, coords={"closure": list(found)})


def _gain(fit: FitStage, plain: FitStage, root: Path) -> np.ndarray:
    """Mean and error over members of the gain in log-density, on the pairs of ``fit``."""
    z0, c, change, dt, block = increments = fit.increments(root)
    own, other = fit.fitted(root), plain.fitted(root)
    observables = other.normalisation.mean.size
    pairs = fit.normalised(increments, own.normalisation, root)
    alone = (z0[:, :observables], c, change[:, :observables], dt, block)
    theirs = plain.normalised(alone, other.normalisation, root)
    copies = len(z0) // fit.pairs.snapshots.count
    means, errors = [], []
    for member in range(min(fit.ensemble, plain.ensemble)):
        rows = np.flatnonzero(block == member)
        if len(rows) == 0:
            continue
        mine, plainly = (
            marginal(one.model, member, some, rows, one.normalisation.scale, observables)
            for one, some in ((own, pairs), (other, theirs))
        )
        each = (mine - plainly).reshape(-1, copies).mean(axis=1)  # a snapshot's patches are alike
        means.append(each.mean())
        errors.append(each.std() / np.sqrt(len(each)))
    return np.array([np.mean(means), np.sqrt(np.square(errors).sum()) / len(errors)])


def _mean(values: Any, errors: Any) -> tuple[float, float]:
    if not values or not errors or None in values or None in errors:
        return np.nan, np.nan
    return float(np.mean(values)), float(np.sqrt(np.square(errors).sum()) / len(errors))


def _without_closure(labels: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in labels.items() if key.partition(".")[0] != "closure"}


def _name(branch: Branch) -> str:
    closure = branch.fit.pairs.closure
    name = closure.source.record.name if closure else "none"
    own = {key: value for key, value in branch.labels.items() if key.startswith("closure.")}
    own.pop("closure.name", None)
    return ", ".join([name, *(f"{key.removeprefix('closure.')} = {own[key]}" for key in own)])
