"""Train all members of an ensemble at once: one tensor of data, index permutations, AdamW."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call, stack_module_state, vmap
from torch.optim import AdamW
from torch.optim.lr_scheduler import ReduceLROnPlateau

from macropatch.contract import FitContext, FitReport, Member, TrainingPairs
from macropatch.errors import TrainingError
from macropatch.learning.checkpoint import generator_states, read_checkpoint, write_checkpoint
from macropatch.learning.loss import partial_loss

CHECKPOINT_SECONDS = 3.0
JUDGE_ROWS = 65_536


class TrainingSettings(Protocol):
    """What the loop needs of ``[training]``."""

    batch: int
    learning_rate: float
    learning_rate_floor: float
    decay: float
    weight_decay: float
    epochs: int
    patience: int
    gradient_clip: float


@dataclass(frozen=True)
class Trained:
    """Parameters of all members, stacked along a first axis, and how the fit went."""

    parameters: dict[str, Tensor]
    report: FitReport


class _Data:
    """All pairs in one tensor; each member's rows to train on and to be judged by."""

    def __init__(self, pairs: TrainingPairs, members: tuple[Member, ...], device: str) -> None:
        n, self.d = pairs.z0.shape
        self.conditions = pairs.c.shape[1]
        columns = [pairs.z0, pairs.c, pairs.change, pairs.dt[:, None]]
        self.per_pair = pairs.factor.ndim == 3
        if self.per_pair:
            columns.append(pairs.factor.reshape(n, -1))
        table = np.concatenate(columns, axis=1, dtype=np.float32)
        self.table = torch.from_numpy(table).to(device)
        self.factor = torch.from_numpy(pairs.factor.astype(np.float32)).to(device)
        off = pairs.factor * (1.0 - np.eye(self.d))
        self.diagonal = bool(np.all(off == 0))
        held = [pairs.block == m.held_out for m in members]
        if any(not h.any() or h.all() for h in held):
            raise TrainingError(
                "a block of pool runs has no pairs, so no member can be judged by it; "
                "make more snapshots ([upsample] snapshots) or more runs ([small] runs)"
            )
        self.train = _equal_rows([np.flatnonzero(~h) for h in held]).to(device)
        self.judge = _equal_rows([np.flatnonzero(h) for h in held]).to(device)

    def rows(self, index: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """``z0, c, change, dt, factor`` of the indexed rows."""
        d, k = self.d, self.conditions
        table = self.table[index]
        factor = table[..., 2 * d + k + 1 :].unflatten(-1, (d, d)) if self.per_pair else self.factor
        return (
            table[..., :d], table[..., d : d + k], table[..., d + k : 2 * d + k],
            table[..., 2 * d + k], factor,
        )


def train_ensemble(
    make_module: Callable[[int], nn.Module],
    pairs: TrainingPairs,
    members: tuple[Member, ...],
    training: TrainingSettings,
    context: FitContext,
) -> Trained:
    """Fit one module a member by the partial loss, all in one batched pass (``torch.func``).

    Parameters
    ----------
    make_module : seed → module with ``forward(z, c) -> (drift, sigma)``, see :func:`partial_loss`
    members : each trains without its held-out block, which picks its best weights

    Raises
    ------
    TrainingError
        if the loss is no longer finite; says at which epoch and what to change.
    """
    data = _Data(pairs, members, context.device)
    modules = [make_module(member.seed).to(context.device) for member in members]
    parameters, buffers = stack_module_state(modules)
    base = copy.deepcopy(modules[0]).to("meta")

    def losses(weights: dict[str, Tensor], index: Tensor) -> Tensor:
        z0, c, change, dt, factor = data.rows(index)

        def forward(p: dict[str, Tensor], b: dict[str, Tensor], z: Tensor, c: Tensor) -> Any:
            return functional_call(base, (p, b), (z, c))

        drift, sigma = vmap(forward)(weights, buffers, z0, c)
        return partial_loss(drift, sigma, change, dt, factor, data.diagonal)

    loop = _Loop(parameters, members, data, training, context)
    loop.restore()
    while not loop.finished():
        loop.epoch(losses)
        loop.judge(losses)
    return Trained({**loop.best, **buffers}, loop.report())


class _Loop:
    """Optimiser, schedule, generators and best weights: all that a checkpoint holds."""

    def __init__(
        self, parameters: dict[str, Tensor], members: tuple[Member, ...], data: _Data,
        training: TrainingSettings, context: FitContext,
    ) -> None:
        self.parameters = {n: p.detach().requires_grad_() for n, p in parameters.items()}
        self.data, self.training, self.context = data, training, context
        self.optimiser = AdamW(
            list(self.parameters.values()), training.learning_rate,
            weight_decay=training.weight_decay, fused=True,
        )
        self.schedule = ReduceLROnPlateau(
            self.optimiser, factor=1.0 / training.decay, patience=training.patience, threshold=0.0
        )
        self.generators = [torch.Generator().manual_seed(m.seed) for m in members]
        self.best = {name: p.detach().clone() for name, p in self.parameters.items()}
        self.best_loss = [math.inf] * len(members)
        self.history: list[list[float]] = []
        self.epochs, self.steps, self.seconds = 0, 0, 0.0
        self._written = time.monotonic()

    def finished(self) -> bool:
        """Whether all epochs are done or the learning rate is below its floor."""
        rate = self.optimiser.param_groups[0]["lr"]
        return self.epochs >= self.training.epochs or rate < self.training.learning_rate_floor

    def epoch(self, losses: Callable[..., Tensor]) -> None:
        """One pass over each member's rows, in its own random order."""
        began = time.perf_counter()
        rows = self.data.train
        order = torch.stack([torch.randperm(rows.shape[1], generator=g) for g in self.generators])
        shuffled = torch.gather(rows, 1, order.to(rows.device))
        for index in shuffled.split(self.training.batch, dim=1):
            self.optimiser.zero_grad(set_to_none=True)
            loss = losses(self.parameters, index).mean(dim=1)
            loss.sum().backward()
            _clip(list(self.parameters.values()), self.training.gradient_clip)
            self.optimiser.step()
            self.steps += 1
        self.seconds += time.perf_counter() - began
        self.epochs += 1

    def judge(self, losses: Callable[..., Tensor]) -> None:
        """Held-out loss of each member; keep its best weights, adapt the rate, write a checkpoint."""
        rows = self.data.judge
        with torch.no_grad():
            total = sum(
                losses(self.parameters, index).sum(dim=1) for index in rows.split(JUDGE_ROWS, dim=1)
            )
        held_out = [float(x) for x in total / rows.shape[1]]  # type: ignore[union-attr]
        if not all(map(math.isfinite, held_out)):
            raise TrainingError(
                f"training diverged in epoch {self.epochs}: the held-out loss is no longer finite. "
                "Lower [training] learning_rate or gradient_clip."
            )
        for member, value in enumerate(held_out):
            if value < self.best_loss[member]:
                self.best_loss[member] = value
                for name, parameter in self.parameters.items():
                    self.best[name][member] = parameter.detach()[member]
        self.history.append(held_out)
        self.schedule.step(sum(held_out) / len(held_out))
        if self.context.progress:
            self.context.progress(self.epochs, self.training.epochs)
        if self.context.checkpoint and time.monotonic() - self._written > CHECKPOINT_SECONDS:
            self.write()
            self._written = time.monotonic()

    def write(self) -> None:
        """Write a checkpoint."""
        tensors = generator_states(self.generators)
        for name, parameter in self.parameters.items():
            tensors[f"parameter.{name}"] = parameter
            tensors[f"best.{name}"] = self.best[name]
            for key, value in self.optimiser.state[parameter].items():
                tensors[f"{key}.{name}"] = value
        progress = {
            "epochs": self.epochs, "steps": self.steps, "best_loss": self.best_loss,
            "history": self.history, "seconds": self.seconds,
            "rate": self.optimiser.param_groups[0]["lr"],
            "schedule": {
                key: value for key, value in self.schedule.state_dict().items()
                if key in {"best", "num_bad_epochs", "last_epoch", "cooldown_counter"}
            },
        }
        assert self.context.checkpoint is not None
        write_checkpoint(self.context.checkpoint, tensors, progress)

    def restore(self) -> None:
        """Continue from the checkpoint, if there is one."""
        found = read_checkpoint(self.context.checkpoint) if self.context.checkpoint else None
        if found is None:
            return
        tensors, progress = found
        for i, generator in enumerate(self.generators):
            generator.set_state(tensors[f"generator.{i}"])
        with torch.no_grad():
            for name, parameter in self.parameters.items():
                parameter.copy_(tensors[f"parameter.{name}"])
                self.best[name].copy_(tensors[f"best.{name}"])
                self.optimiser.state[parameter] = {
                    key: tensors[f"{key}.{name}"] for key in ("step", "exp_avg", "exp_avg_sq")
                }
        self.optimiser.param_groups[0]["lr"] = progress["rate"]
        self.schedule.load_state_dict(progress["schedule"])
        self.epochs, self.steps = progress["epochs"], progress["steps"]
        self.best_loss, self.history = progress["best_loss"], progress["history"]
        self.seconds = progress["seconds"]

    def report(self) -> FitReport:
        """Log-likelihoods a pair: the loss is minus twice them, less a constant."""
        constant = self.data.d * math.log(2.0 * math.pi)
        return FitReport(
            -0.5 * (np.array(self.best_loss) + constant),
            -0.5 * (np.array(self.history) + constant),
            self.steps,
            self.seconds / max(1, self.steps),
        )


def _equal_rows(rows: list[np.ndarray]) -> Tensor:
    """``(members, shortest)``: as many rows of each member, evenly spread."""
    shortest = min(map(len, rows))
    picks = [r[np.linspace(0, len(r) - 1, shortest).astype(np.int64)] for r in rows]
    return torch.from_numpy(np.stack(picks))


def _clip(parameters: list[Tensor], limit: float) -> None:
    """Scale each member's gradient down to the norm ``limit``."""
    gradients = [p.grad for p in parameters if p.grad is not None]
    squares = sum((g * g).flatten(1).sum(dim=1) for g in gradients)
    scale = (limit / (torch.sqrt(squares) + 1e-12)).clamp(max=1.0)  # type: ignore[arg-type]
    for g in gradients:
        g.mul_(scale.view(-1, *([1] * (g.dim() - 1))))
