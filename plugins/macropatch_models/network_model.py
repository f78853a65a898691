"""SDE models that are networks, trained together by the partial loss."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from macropatch.contract import FitContext, FitReport, Member, SDEModel, TrainingPairs
from macropatch.learning import TrainingSettings, linear_regression, train_ensemble
from macropatch_models.networks import SDENetworks


class NetworkModel(SDEModel):
    """An ensemble of networks with stacked parameters; evaluated in one pass, without gradients."""

    def __init__(
        self, training: TrainingSettings, dimension: int, conditions: int, members: int
    ) -> None:
        self._training = training
        self._dimension, self._conditions, self._members = dimension, conditions, members
        self._module = self.networks((members,))

    @abstractmethod
    def networks(self, leading: tuple[int, ...] = ()) -> SDENetworks:
        """New networks: of one member, or with the weights of all."""

    def fit(
        self, pairs: TrainingPairs, members: tuple[Member, ...], context: FitContext
    ) -> FitReport:
        """Train all members at once, on one thread: results must not depend on the load."""
        torch.set_num_threads(1)

        def make(member: Member) -> SDENetworks:
            own = pairs.block != member.held_out
            return self.networks().start_from(member.seed, linear_regression(pairs, own))

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
            drift, sigma = self._module(*self._tensors(z, c))
            if sigma.dim() == drift.dim():
                sigma = torch.diag_embed(sigma)
        return drift.double().numpy(), sigma.double().numpy()

    def _tensors(self, z: np.ndarray, c: np.ndarray) -> tuple[Tensor, Tensor]:
        """States and conditions as the stacked networks take them."""
        return (
            torch.from_numpy(np.array(z, dtype=np.float32)),
            torch.from_numpy(np.array(c, dtype=np.float32)).expand(self._members, -1, -1),
        )

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
