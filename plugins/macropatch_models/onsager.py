"""SDE model ``onsager``: a drift ``−(M + W) ∇V + f`` that dissipates a confining potential."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float

from macropatch.learning import TrainingSettings
from macropatch_models.network_model import NetworkModel
from macropatch_models.onsager_networks import OnsagerNetworks
from macropatch_models.settings import OnsagerSettings


class OnsagerModel(NetworkModel):
    """An ensemble of :class:`OnsagerNetworks` with stacked parameters."""

    def __init__(
        self,
        settings: OnsagerSettings,
        training: TrainingSettings,
        dimension: int,
        conditions: int,
        members: int,
    ) -> None:
        self._settings = settings
        super().__init__(training, dimension, conditions, members)

    def networks(self, leading: tuple[int, ...] = ()) -> OnsagerNetworks:
        """New networks."""
        return OnsagerNetworks(self._settings, self._dimension, self._conditions, leading)

    def potential(
        self, z: Float[np.ndarray, "count d"], c: Float[np.ndarray, "count conditions"]
    ) -> Float[np.ndarray, "members count"]:
        """``V`` of each member, in normalised ``z`` and ``c`` like the drift.

        Data determine ``V`` up to a constant and a factor, which ``M + W`` takes up.
        """
        with torch.no_grad():
            values: np.ndarray = self._own().potential(*self._all_at(z, c)).double().numpy()
        return values

    def matrices(
        self, z: Float[np.ndarray, "count d"], c: Float[np.ndarray, "count conditions"]
    ) -> tuple[Float[np.ndarray, "members count d d"], Float[np.ndarray, "members count d d"]]:
        """``M``, symmetric and positive definite, and ``W``, antisymmetric, of each member."""
        with torch.no_grad():
            dissipative, conservative = self._own().matrices(*self._all_at(z, c))
        return dissipative.double().numpy(), conservative.double().numpy()

    def _own(self) -> OnsagerNetworks:
        assert isinstance(self._module, OnsagerNetworks)
        return self._module

    def _all_at(self, z: np.ndarray, c: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
        """The same states for all members."""
        z = np.asarray(z)
        return self._tensors(np.broadcast_to(z, (self._members, *z.shape)), c)
