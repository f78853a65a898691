"""Train all members of an ensemble at once by the partial loss."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn
from torch.func import functional_call, stack_module_state, vmap

from macropatch.contract import FitContext, FitReport, Member, TrainingPairs
from macropatch.learning.loop import TrainingLoop, TrainingSettings
from macropatch.learning.loss import partial_loss, split_loss
from macropatch.learning.rows import TrainingRows


@dataclass(frozen=True)
class Trained:
    """Parameters of all members, stacked along a first axis, and how the fit went."""

    parameters: dict[str, Tensor]
    report: FitReport


def train_ensemble(
    make_module: Callable[[Member], nn.Module],
    pairs: TrainingPairs,
    members: tuple[Member, ...],
    training: TrainingSettings,
    context: FitContext,
    stacks: bool = False,
) -> Trained:
    """Fit one module a member by the partial loss, all in one batched pass (``torch.func``).

    Pairs with a ``drift_change`` are fitted by :func:`split_loss`; epochs are chosen by the partial
    loss of the pairs and of the mirrored ones.

    Parameters
    ----------
    make_module : member → module with ``forward(z, c) -> (drift, sigma)``, see
        :func:`partial_loss`
    members : each trains without its held-out block, which picks its best weights
    stacks : whether ``forward`` also takes ``(members, count, d)`` with stacked parameters; that is
        faster than vectorising it

    Raises
    ------
    TrainingError
        if the loss is no longer finite; says at which epoch and what to change.
    """
    rows = TrainingRows(pairs, members, context.device)
    modules = [make_module(member).to(context.device) for member in members]
    parameters, buffers = stack_module_state(modules)
    base = copy.deepcopy(modules[0]).to("meta")

    def forward(p: dict[str, Tensor], b: dict[str, Tensor], z: Tensor, c: Tensor) -> Any:
        return functional_call(base, (p, b), (z, c))

    evaluate = forward if stacks else vmap(forward)

    def partial(weights: dict[str, Tensor], index: Tensor) -> Tensor:
        z0, c, change, _, dt, factor = rows.take(index)
        drift, sigma = evaluate(weights, buffers, z0, c)
        return partial_loss(drift, sigma, change, dt, factor, rows.diagonal)

    def split(weights: dict[str, Tensor], index: Tensor) -> Tensor:
        z0, c, change, targets, dt, factor = rows.take(index)
        drift, sigma = evaluate(weights, buffers, z0, c)
        return split_loss(drift, sigma, change, targets, dt, factor, rows.diagonal)

    def mirrored(weights: dict[str, Tensor], index: Tensor) -> Tensor:
        z0, c, change, targets, dt, factor = rows.take(index)
        drift, sigma = evaluate(weights, buffers, z0, c)
        own, image = (
            partial_loss(drift, sigma, one, dt, factor, rows.diagonal)
            for one in (change, 2.0 * targets - change)
        )
        return (own + image) / 2.0

    fitted_by, judged_by = (split, mirrored) if rows.has_targets else (partial, partial)
    loop = TrainingLoop(parameters, members, rows, training, context)
    loop.restore()
    while not loop.finished():
        loop.epoch(fitted_by)
        loop.judge(judged_by)
    report = loop.report(partial if rows.has_targets else None)
    return Trained({**loop.best, **buffers}, report)
