"""SDE model ``mlp``: networks trained together by the partial loss."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor
from torch.func import functional_call, vmap

from macropatch.contract import FitContext, FitReport, Member, SDEModel, TrainingPairs
from macropatch.learning import linear_regression, train_ensemble
from macropatch.learning.training import TrainingSettings
from macropatch_models.networks import DriftDiffusion
from macropatch_models.settings import MLPSettings


class MLPModel(SDEModel):
    """An ensemble of :class:`DriftDiffusion` networks with stacked parameters."""

    def __init__(
        self,
        settings: MLPSettings,
        training: TrainingSettings,
        dimension: int,
        conditions: int,
        members: int,
    ) -> None:
        self._settings, self._training = settings, training
        self._dimension, self._conditions, self._members = dimension, conditions, members
        self._base = DriftDiffusion(settings, dimension, conditions)
        self._weights: dict[str, Tensor] = {
            name: tensor.detach().expand(members, *tensor.shape).clone()
            for name, tensor in self._base.state_dict().items()
        }

    def fit(
        self, pairs: TrainingPairs, members: tuple[Member, ...], context: FitContext
    ) -> FitReport:
        """Train all members at once, on one thread (results must not depend on the machine's load)."""
        torch.set_num_threads(1)
        linear = linear_regression(pairs, np.ones(len(pairs.dt), dtype=bool))
        inputs = np.concatenate([pairs.z0, pairs.c], axis=1)

        def make(seed: int) -> DriftDiffusion:
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(seed)
                module = DriftDiffusion(self._settings, self._dimension, self._conditions)
            return module.start_from(linear, inputs)

        trained = train_ensemble(make, pairs, members, self._training, context)
        self._weights = {name: tensor.cpu() for name, tensor in trained.parameters.items()}
        return trained.report

    def drift(
        self, z: Float[np.ndarray, "count d"], c: Float[np.ndarray, "count conditions"]
    ) -> Float[np.ndarray, "members count d"]:
        """``μ`` of each member."""
        return self.coefficients(z, c)[0]

    def diffusion(
        self, z: Float[np.ndarray, "count d"], c: Float[np.ndarray, "count conditions"]
    ) -> Float[np.ndarray, "members count d d"]:
        """``σ`` of each member."""
        return self.coefficients(z, c)[1]

    def coefficients(
        self, z: Float[np.ndarray, "count d"], c: Float[np.ndarray, "count conditions"]
    ) -> tuple[Float[np.ndarray, "members count d"], Float[np.ndarray, "members count d d"]]:
        """``μ`` and ``σ`` in one pass over all members."""

        def forward(weights: dict[str, Tensor], z: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
            drift, sigma = functional_call(self._base, weights, (z, c))
            return drift, sigma

        with torch.no_grad():
            drift, sigma = vmap(forward, in_dims=(0, None, None))(
                self._weights,
                torch.from_numpy(np.asarray(z, dtype=np.float32)),
                torch.from_numpy(np.asarray(c, dtype=np.float32)),
            )
            if sigma.dim() == drift.dim():
                sigma = torch.diag_embed(sigma)
        return drift.double().numpy(), sigma.double().numpy()

    def parameters(self) -> dict[str, np.ndarray]:
        """Stacked weights, first axis members."""
        return {name: tensor.detach().numpy() for name, tensor in self._weights.items()}

    def restore(self, parameters: dict[str, np.ndarray]) -> None:
        """Take weights back."""
        expected = {name: tuple(tensor.shape) for name, tensor in self._weights.items()}
        got = {name: array.shape for name, array in parameters.items()}
        if expected != got:
            raise ValueError(f"weights of other names or shapes: {got}, expected {expected}")
        self._weights = {n: torch.from_numpy(np.array(a)) for n, a in parameters.items()}
