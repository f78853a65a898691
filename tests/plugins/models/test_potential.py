"""Structure of ``onsager`` for any weights: gradient, confinement, ``M`` and ``W``, their drift."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch

from macropatch.learning import LinearFit
from macropatch_models.onsager_networks import OnsagerNetworks
from macropatch_models.potential import WITH_SLOPE, Potential
from macropatch_models.settings import OnsagerSettings

ACTIVATIONS = tuple(WITH_SLOPE)


def with_weights(module, seed=0):
    """Weights of the order of one, in double precision."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.normal_(generator=generator)
    return module.double()


def networks(d, conditions=0, leading=(), **settings):
    chosen = OnsagerSettings(width=12, **settings)
    made = with_weights(OnsagerNetworks(chosen, d, conditions, leading))
    made.drift_scale.copy_(torch.linspace(0.2, 3.0, d).double())
    return made


def states(d, conditions, count=40, size=3.0, leading=()):
    generator = torch.Generator().manual_seed(1)
    shape = (*leading, count)
    z = size * torch.randn(*shape, d, generator=generator, dtype=torch.float64)
    return z, torch.randn(*shape, conditions, generator=generator, dtype=torch.float64)


def differences(potential, z, c, step=1e-5):
    """``∇V`` by central differences."""
    columns = []
    for i in range(z.shape[-1]):
        shift = step * torch.eye(z.shape[-1], dtype=z.dtype)[i]
        columns.append((potential(z + shift, c) - potential(z - shift, c)) / (2.0 * step))
    return torch.stack(columns, dim=-1)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize(("d", "conditions", "depth"), [(1, 0, 1), (1, 2, 2), (3, 1, 3)])
@pytest.mark.parametrize("leading", [(), (2,)])
def test_the_gradient_is_that_of_the_potential(activation, d, conditions, depth, leading):
    settings = OnsagerSettings(width=12, depth=depth, activation=activation)
    potential = with_weights(Potential(settings, d, conditions, leading))
    z, c = states(d, conditions, leading=leading)
    with torch.no_grad():
        found, expected = potential.gradient(z, c), differences(potential, z, c)
    assert found.numpy() == pytest.approx(expected.numpy(), rel=1e-5, abs=1e-5)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_training_can_differentiate_the_gradient(activation):
    potential = with_weights(Potential(OnsagerSettings(width=5, activation=activation), 2, 1))
    z, c = states(2, 1, count=3)
    assert torch.autograd.gradcheck(lambda x: potential.gradient(x, c), z.requires_grad_())


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_potential_confines_along_every_ray(activation):
    """At least ``½ κ |z|²`` everywhere, and rising from where the parabola outweighs ``U``."""
    settings = OnsagerSettings(width=12, confinement=0.2, activation=activation)
    potential = with_weights(Potential(settings, 3, 1))
    z, c = states(3, 1, count=200)
    rays = z / z.norm(dim=-1, keepdim=True)
    sizes = (1.0, 10.0, 1e3, 1e4, 1e6)
    with torch.no_grad():
        values = [potential(size * rays, c) for size in sizes]
    for size, value in zip(sizes, values, strict=True):
        assert (value >= 0.1 * size**2 * (1.0 - 1e-12)).all()
    assert all((far > near).all() for near, far in pairwise(values[2:]))


@pytest.mark.parametrize("size", [1.0, 100.0])
def test_m_is_positive_definite_and_w_antisymmetric(size):
    made = networks(3, 1, floor=0.05)
    z, c = states(3, 1, size=size)
    with torch.no_grad():
        dissipative, conservative = made.matrices(z, c)
    assert torch.allclose(dissipative, dissipative.mT, rtol=1e-12)
    assert torch.equal(conservative, -conservative.mT)
    assert conservative.abs().amax((-2, -1)).min() > 0
    v = torch.randn(40, 3, 1, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    assert (v.mT @ conservative @ v).abs().max() < 1e-12
    fall = 1.0 / torch.sqrt(1.0 + z.square().mean(-1) / 9.0)
    lowest = torch.linalg.eigvalsh(dissipative)[:, 0]
    assert (lowest >= 0.05 * 0.2 * fall * (1.0 - 1e-9)).all(), "floor · the least size · t"


@pytest.mark.parametrize("settings", [{}, {"reversible": True}, {"force": True}])
@pytest.mark.parametrize("d", [1, 2, 3])
def test_the_drift_is_minus_m_plus_w_times_the_gradient(settings, d):
    made = networks(d, 1, **settings)
    z, c = states(d, 1)
    with torch.no_grad():
        drift, _ = made(z, c)
        dissipative, conservative = made.matrices(z, c)
        gradient = differences(made.potential, z, c)
    down = -((dissipative + conservative) @ gradient[..., None])[..., 0]
    assert ((drift - down).abs().max() < 1e-3) == ("force" not in settings)
    assert (conservative.abs().max() > 0) == (d > 1 and "reversible" not in settings)


def test_the_force_is_off_by_default_and_bounded():
    assert not any("force" in name for name in networks(2).state_dict())
    made = networks(2, force=True)
    z, c = states(2, 0, size=1e4)
    with torch.no_grad():
        drift, _ = made(z, c)
        dissipative, conservative = made.matrices(z, c)
        down = -((dissipative + conservative) @ made.potential.gradient(z, c)[..., None])[..., 0]
    assert 0 < (drift - down).abs().max() < 1.0


def test_a_step_from_far_away_leads_down_however_long_it_is():
    """Any weights, steps of ten relaxation times: ``V`` falls from 10⁷ standard deviations."""
    made = networks(2, force=True)
    z, c = states(2, 0, size=1e7)
    with torch.no_grad():
        drift, sigma = made(z, c)
        assert (made.potential(z + 10.0 * drift, c) < made.potential(z, c)).all()
    assert sigma.abs().max() < 1e3


def test_the_first_drift_is_a_relaxation_of_the_size_in_the_linear_fit():
    fit = LinearFit(np.zeros(2), np.zeros((2, 2)), np.eye(2), np.array([0.5, 2.0]))
    made = OnsagerNetworks(OnsagerSettings(), 2, 0).start_from(3, fit)
    z = torch.eye(2)
    with torch.no_grad():
        drift, _ = made(z, z[:, :0])
    assert np.diag(drift.numpy()) == pytest.approx([-0.5, -2.0], rel=0.4)
