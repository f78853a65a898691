"""SDE model ``mlp``: drift and diffusion are networks without any structure."""

from __future__ import annotations

from macropatch.learning import TrainingSettings
from macropatch_models.network_model import NetworkModel
from macropatch_models.networks import DriftDiffusion
from macropatch_models.settings import MLPSettings


class MLPModel(NetworkModel):
    """An ensemble of :class:`DriftDiffusion` networks with stacked parameters."""

    def __init__(
        self,
        settings: MLPSettings,
        training: TrainingSettings,
        dimension: int,
        conditions: int,
        members: int,
    ) -> None:
        self._settings = settings
        super().__init__(training, dimension, conditions, members)

    def networks(self, leading: tuple[int, ...] = ()) -> DriftDiffusion:
        """New networks."""
        return DriftDiffusion(self._settings, self._dimension, self._conditions, leading)
