"""The training loop: optimiser, schedule, generators and best weights, and their checkpoint."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from torch import Tensor
from torch.optim import AdamW
from torch.optim.lr_scheduler import ReduceLROnPlateau

from macropatch.contract import FitContext, FitReport, Member
from macropatch.errors import TrainingError
from macropatch.learning.checkpoint import generator_states, read_checkpoint, write_checkpoint
from macropatch.learning.rows import TrainingRows

CHECKPOINT_SECONDS = 3.0
JUDGE_ROWS = 65_536
_MOMENTS = ("step", "exp_avg", "exp_avg_sq")
_PROGRESS = {"epochs", "steps", "best_loss", "history", "seconds", "rate", "schedule"}
_SCHEDULE = ("best", "num_bad_epochs", "last_epoch", "cooldown_counter")

Losses = Callable[[dict[str, Tensor], Tensor], Tensor]
"""Stacked parameters and rows ``(members, batch)`` → loss of each, ``(members, batch)``."""


@runtime_checkable
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


class TrainingLoop:
    """Trains stacked parameters epoch by epoch; ``best`` are each member's best ones so far."""

    def __init__(
        self,
        parameters: Mapping[str, Tensor],
        members: tuple[Member, ...],
        rows: TrainingRows,
        training: TrainingSettings,
        context: FitContext,
    ) -> None:
        self.parameters = {n: p.detach().requires_grad_() for n, p in parameters.items()}
        self._rows, self._training, self._context = rows, training, context
        self._optimiser = AdamW(
            list(self.parameters.values()),
            training.learning_rate,
            weight_decay=training.weight_decay,
            fused=True,
        )
        self._schedule = ReduceLROnPlateau(
            self._optimiser, factor=1.0 / training.decay, patience=training.patience, threshold=0.0
        )
        self._generators = [torch.Generator().manual_seed(m.seed) for m in members]
        self.best = {name: p.detach().clone() for name, p in self.parameters.items()}
        self._best_loss = [math.inf] * len(members)
        self._history: list[list[float]] = []
        self._epochs, self._steps, self._seconds = 0, 0, 0.0
        self._written = time.monotonic()

    def finished(self) -> bool:
        """Whether all epochs are done or the learning rate is below its floor."""
        rate = self._optimiser.param_groups[0]["lr"]
        return self._epochs >= self._training.epochs or rate < self._training.learning_rate_floor

    def epoch(self, losses: Losses) -> None:
        """One pass over each member's rows, in its own random order."""
        began = time.perf_counter()
        rows = self._rows.train
        order = torch.stack([torch.randperm(rows.shape[1], generator=g) for g in self._generators])
        shuffled = torch.gather(rows, 1, order.to(rows.device))
        for index in shuffled.split(self._training.batch, dim=1):
            self._optimiser.zero_grad(set_to_none=True)
            loss = losses(self.parameters, index).mean(dim=1)
            loss.sum().backward()
            _clip(list(self.parameters.values()), self._training.gradient_clip)
            self._optimiser.step()
            self._steps += 1
        self._seconds += time.perf_counter() - began
        self._epochs += 1

    def judge(self, losses: Losses) -> None:
        """Held-out loss of each member: keep best weights, adapt the rate, write a checkpoint."""
        held_out = self._held_out(self.parameters, losses)
        if not all(map(math.isfinite, held_out)):
            raise TrainingError(
                f"training diverged in epoch {self._epochs}: the held-out loss is no longer "
                "finite. Lower [training] learning_rate or gradient_clip."
            )
        for member, value in enumerate(held_out):
            if value < self._best_loss[member]:
                self._best_loss[member] = value
                for name, parameter in self.parameters.items():
                    self.best[name][member] = parameter.detach()[member]
        self._history.append(held_out)
        self._schedule.step(sum(held_out) / len(held_out))
        if self._context.checkpoint and time.monotonic() - self._written > CHECKPOINT_SECONDS:
            self._write()
            self._written = time.monotonic()
        if self._context.progress:
            self._context.progress(self._epochs, self._training.epochs)

    def _held_out(self, parameters: dict[str, Tensor], losses: Losses) -> list[float]:
        """Mean loss of each member's held-out rows."""
        rows = self._rows.judge
        with torch.no_grad():
            parts = [losses(parameters, some).sum(dim=1) for some in rows.split(JUDGE_ROWS, dim=1)]
        held_out: list[float] = (torch.stack(parts).sum(dim=0) / rows.shape[1]).tolist()
        return held_out

    def report(self, losses: Losses | None = None) -> FitReport:
        """Log-likelihoods a pair: the loss is minus twice them, less a constant.

        ``losses`` are those of the best weights, if these were judged by others.
        """
        constant = self._rows.dimension * math.log(2.0 * math.pi)
        best = self._best_loss if losses is None else self._held_out(self.best, losses)
        return FitReport(
            -0.5 * (np.array(best) + constant),
            -0.5 * (np.array(self._history) + constant),
            self._steps,
            self._seconds / max(1, self._steps),
        )

    def _tensors(self) -> dict[str, Tensor]:
        """All tensors of a checkpoint; those of the optimiser once it has taken a step."""
        tensors = generator_states(self._generators)
        for name, parameter in self.parameters.items():
            tensors[f"parameter.{name}"] = parameter
            tensors[f"best.{name}"] = self.best[name]
            for key, value in self._optimiser.state[parameter].items():
                tensors[f"{key}.{name}"] = value
        return tensors

    def _write(self) -> None:
        schedule = self._schedule.state_dict()
        progress: dict[str, Any] = {
            "epochs": self._epochs,
            "steps": self._steps,
            "best_loss": self._best_loss,
            "history": self._history,
            "seconds": self._seconds,
            "rate": self._optimiser.param_groups[0]["lr"],
            "schedule": {key: schedule[key] for key in _SCHEDULE},
        }
        assert self._context.checkpoint is not None
        write_checkpoint(self._context.checkpoint, self._tensors(), progress)

    def restore(self) -> None:
        """Continue from the checkpoint, if there is one of a fit like this."""
        found = read_checkpoint(self._context.checkpoint) if self._context.checkpoint else None
        if found is None:
            return
        tensors, progress = found
        shapes = {name: tensor.shape for name, tensor in self._tensors().items()}
        moments = {f"{key}.{name}" for key in _MOMENTS for name in self.parameters}
        known = {name: tensor.shape for name, tensor in tensors.items() if name not in moments}
        if known != shapes or not moments <= set(tensors) or set(progress) != _PROGRESS:
            return
        for i, generator in enumerate(self._generators):
            generator.set_state(tensors[f"generator.{i}"])
        with torch.no_grad():
            for name, parameter in self.parameters.items():
                parameter.copy_(tensors[f"parameter.{name}"])
                self.best[name].copy_(tensors[f"best.{name}"])
                state = {key: tensors[f"{key}.{name}"].to(parameter.device) for key in _MOMENTS}
                self._optimiser.state[parameter] = state
        self._optimiser.param_groups[0]["lr"] = progress["rate"]
        self._schedule.load_state_dict(progress["schedule"])
        self._epochs, self._steps = progress["epochs"], progress["steps"]
        self._best_loss, self._history = progress["best_loss"], progress["history"]
        self._seconds = progress["seconds"]


def _clip(parameters: list[Tensor], limit: float) -> None:
    """Scale each member's gradient down to the norm ``limit``."""
    gradients = [p.grad for p in parameters if p.grad is not None]
    squares = torch.stack([(g * g).flatten(1).sum(dim=1) for g in gradients]).sum(dim=0)
    scale = (limit / (torch.sqrt(squares) + 1e-12)).clamp(max=1.0)
    for g in gradients:
        g.mul_(scale.view(-1, *([1] * (g.dim() - 1))))
