"""What the plugin offers: light records, settings that are checked, no closure."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from macropatch.contract import CellSample, ClosureEncoder, SDEModel
from macropatch.experiment.tables import TrainingTable
from macropatch_models.plugin import macropatch_closures, macropatch_sde_models
from macropatch_models.settings import MLPSettings, OnsagerSettings


def test_every_record_makes_what_it_says():
    for record in macropatch_sde_models():
        model = record.factory(record.settings(), TrainingTable(), 2, 1, 3)
        assert isinstance(model, SDEModel)
        drift, sigma = model.coefficients(np.zeros((4, 2)), np.zeros((4, 1)))
        assert drift.shape == (3, 4, 2) and sigma.shape == (3, 4, 2, 2)
    for record in macropatch_closures():
        assert isinstance(record.factory(record.settings()), ClosureEncoder)


def test_no_closure_has_no_numbers():
    (record,) = (r for r in macropatch_closures() if r.name == "none")
    closure = record.factory(record.settings())
    cells = np.zeros((5, 1, 4, 4))
    assert closure.dimension == 0
    assert closure.fit(CellSample(cells, two_level=True, seed=0)) == {}
    assert closure.encode(cells).shape == (5, 0)
    closure.restore(closure.parameters())
    with pytest.raises(ValueError, match="no parameters"):
        closure.restore({"weight": np.zeros(1)})


@pytest.mark.parametrize(
    "values", [{"depth": 0}, {"diffusion": "diag"}, {"activation": "sin"}, {"widht": 3}]
)
def test_bad_settings_are_refused(values):
    with pytest.raises(ValidationError):
        MLPSettings.model_validate(values)


@pytest.mark.parametrize(
    "values",
    [{"activation": "relu"}, {"floor": 0.0}, {"confinement": 0.0}, {"force": 2}],
)
def test_bad_settings_of_onsager_are_refused(values):
    with pytest.raises(ValidationError):
        OnsagerSettings.model_validate(values)
