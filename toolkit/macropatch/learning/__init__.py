"""Loss, training loop, ensembles and normalisation: what SDE models of plugins are built with.

from macropatch.learning import partial_loss, train_ensemble, linear_regression
"""

from macropatch.learning.linear import LinearFit, linear_regression
from macropatch.learning.loop import TrainingSettings
from macropatch.learning.loss import partial_loss, split_loss
from macropatch.learning.training import Trained, train_ensemble

__all__ = [
    "LinearFit",
    "Trained",
    "TrainingSettings",
    "linear_regression",
    "partial_loss",
    "split_loss",
    "train_ensemble",
]
