"""SDE model ``mlp``: networks trained together by the partial loss."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float

from macropatch.contract import FitContext, FitReport, Member, SDEModel, TrainingPairs
from macropatch.learning import TrainingSettings, linear_regression, train_ensemble
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
        self._module = DriftDiffusion(settings, dimension, conditions, (members,))

    def fit(
        self, pairs: TrainingPairs, members: tuple[Member, ...], context: FitContext
    ) -> FitReport:
        """Train all members at once, on one thread: results must not depend on the load."""
        torch.set_num_threads(1)

        def make(member: Member) -> DriftDiffusion:
            own = pairs.block != member.held_out
            module = DriftDiffusion(self._settings, self._dimension, self._conditions)
            return module.start_from(member.seed, linear_regression(pairs, own))

        trained = train_ensemble(make, pairs, members, self._training, context, stacks=True)
        self._module.load_state_dict(trained.parameters)
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
        z = np.asarray(z)
        return self.own_coefficients(np.broadcast_to(z, (self._members, *z.shape)), c)

    def own_coefficients(
        self, z: Float[np.ndarray, "members count d"], c: Float[np.ndarray, "count conditions"]
    ) -> tuple[Float[np.ndarray, "members count d"], Float[np.ndarray, "members count d d"]]:
        """``μ`` and ``σ`` of each member at its own states, in one pass over all members."""
        with torch.no_grad():
            drift, sigma = self._module(
                torch.from_numpy(np.array(z, dtype=np.float32)),
                torch.from_numpy(np.array(c, dtype=np.float32)).expand(self._members, -1, -1),
            )
            if sigma.dim() == drift.dim():
                sigma = torch.diag_embed(sigma)
        return drift.double().numpy(), sigma.double().numpy()

    def parameters(self) -> dict[str, np.ndarray]:
        """Stacked weights, first axis members."""
        return {name: tensor.numpy().copy() for name, tensor in self._module.state_dict().items()}

    def restore(self, parameters: dict[str, np.ndarray]) -> None:
        """Take weights back."""
        expected = {name: tuple(t.shape) for name, t in self._module.state_dict().items()}
        got = {name: array.shape for name, array in parameters.items()}
        if expected != got:
            raise ValueError(f"weights of other names or shapes: {got}, expected {expected}")
        self._module.load_state_dict(
            {name: torch.from_numpy(np.array(array)) for name, array in parameters.items()}
        )
