"""What upsampling does to the drift given ``z``: predators and prey, 100 points to 200.

``z`` are the means of ``u`` and ``v`` and, in the second table, their moments too, for which the
exact drift of every component is written down below: no sampling noise but that of the snapshots.
A polynomial drift is fitted to true snapshots of 200 points; what it leaves of upsampled ones is
their bias.
"""

from __future__ import annotations

import numpy as np
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

from macropatch.contract import States
from macropatch_spde.field_system import FieldSystem
from macropatch_spde.predator_prey import predator_prey
from macropatch_spde.settings import PredatorPreySettings, WaveStart

RUNS, RECORDS, EVERY = 250, 60, 0.5
SETTINGS = PredatorPreySettings()
WAYS: tuple[tuple[str, dict[str, object], float], ...] = (
    ("linear, not relaxed", {"upsampling": "linear", "grain": 0.0}, 0.0),
    ("linear, 50 steps", {"upsampling": "linear", "grain": 0.0}, 0.5),
    ("linear, 200 steps", {"upsampling": "linear", "grain": 0.0}, 2.0),
    ("cubic, not relaxed", {"upsampling": "cubic", "grain": 0.0}, 0.0),
    ("cubic, 50 steps", {"upsampling": "cubic", "grain": 0.0}, 0.5),
    ("cubic with grain (default)", {}, 0.0),
    ("cubic with grain, 50 steps", {}, 0.5),
    ("join, mirrored", {"upsampling": "join"}, 0.0),
)


def main() -> None:
    """Mean bias of the drift of each component in % of its spread, and spread of ``⟨u⟩``."""
    system, rng = predator_prey(SETTINGS), np.random.default_rng(0)
    z, drift = z_and_drift(trajectories(system, 200, rng))
    pool = trajectories(system, 100, rng)
    again = z_and_drift(trajectories(system, 200, rng))
    upsampled = {"true snapshots again": again}
    for name, settings, relaxed in WAYS:
        upsampled[name] = z_and_drift(stretched(settings, relaxed, pool, rng))
    for given, columns in (("⟨u⟩, ⟨v⟩", 2), ("⟨u⟩, ⟨v⟩, ⟨u²⟩, ⟨uv⟩", 4)):
        fit = make_pipeline(StandardScaler(), PolynomialFeatures(3), LinearRegression())
        fit.fit(z[:, :columns], drift)
        print(f"bias of the drift given {given}, %:   ⟨u⟩    ⟨v⟩   ⟨u²⟩   ⟨uv⟩   spread of ⟨u⟩")
        for name, (own_z, own_drift) in upsampled.items():
            left = own_drift - fit.predict(own_z[:, :columns])
            bias = 100.0 * left.mean(axis=0) / drift.std(axis=0)
            spread = own_z[:, 0].std() / z[:, 0].std()
            numbers = " ".join(f"{number:6.2f}" for number in bias)
            print(f"  {name:<32} {numbers}   {spread:.2f}")


def trajectories(system: FieldSystem, size: int, rng: np.random.Generator) -> States:
    """Snapshots of runs as the paper starts them."""
    none = np.zeros((RUNS, 0))
    states, kept = system.initial((size,), RUNS, none, WaveStart(), rng), []
    for _ in range(RECORDS):
        states = system.evolve(states, none, EVERY, rng).states
        kept.append(states)
    return {name: np.concatenate([each[name] for each in kept]) for name in states}


def stretched(
    settings: dict[str, object], relaxed: float, pool: States, rng: np.random.Generator
) -> States:
    """Every pool snapshot, repeated, at 200 points."""
    system = predator_prey(PredatorPreySettings.model_validate(settings))
    count = len(pool["u"])
    states = system.tile(pool, np.arange(count)[:, None].repeat(2, axis=1), (200,), rng)
    return system.relax(states, np.zeros((count, 0)), relaxed, rng) if relaxed else states


def z_and_drift(states: States) -> tuple[np.ndarray, np.ndarray]:
    """``(count, 4)`` means and moments, and the generator applied to them."""
    u, v = states["u"], states["v"]
    edged = np.pad(v, ((0, 0), (1, 1)), mode="edge")
    laplacian = edged[:, 2:] + edged[:, :-2] - 2.0 * v
    prey = u * (1.0 - u - v)
    predators = SETTINGS.a * v * (u - SETTINGS.b) + SETTINGS.predator_diffusion * laplacian
    z = (u, v, u * u, u * v)
    rates = (prey, predators, 2.0 * u * prey + SETTINGS.noise**2, u * predators + v * prey)
    mean = [np.stack([term.mean(axis=1) for term in terms], axis=1) for terms in (z, rates)]
    return mean[0], mean[1]


if __name__ == "__main__":
    main()
