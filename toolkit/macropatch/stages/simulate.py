"""simulate: trajectories of whole systems, recorded at equal intervals."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from jaxtyping import Float
from pydantic import BaseModel

from macropatch.contract import MicroscopicSystem, Size, States


def record_trajectories(
    system: MicroscopicSystem,
    size: Size,
    start: BaseModel,
    c: Float[np.ndarray, "runs conditions"],
    records: int,
    record_every: float,
    rng: np.random.Generator,
    keep_first: bool,
    keep: Callable[[int, States], None],
) -> None:
    """Evolve one run for each row of ``c`` and hand over each record.

    Parameters
    ----------
    records : number of records
    record_every : time between them, in the system's unit
    keep_first : whether the first record is the start itself
    keep : called with the number of the record and the states of all runs
    """
    states = system.initial(size, len(c), c, start, rng)
    for record in range(records):
        if record or not keep_first:
            states = system.evolve(states, c, record_every, rng).states
        keep(record, states)


def simulate_pool(
    system: MicroscopicSystem,
    size: Size,
    start: BaseModel,
    c: Float[np.ndarray, "runs conditions"],
    records: int,
    record_every: float,
    rng: np.random.Generator,
) -> tuple[dict[str, np.ndarray], Float[np.ndarray, "runs records d"]]:
    """The pool ``D_s``: states and observables of small systems.

    Returns
    -------
    states : each array ``(runs, records, *shape)``
    z : ``(runs, records, d)``
    """
    runs = len(c)
    spec = system.state_spec(size)
    stored = {name: np.empty((runs, records, *s.shape), s.dtype) for name, s in spec.items()}
    z = np.empty((runs, records, len(system.observables)))

    def keep(record: int, states: States) -> None:
        for name, array in stored.items():
            array[:, record] = states[name]
        z[:, record] = system.observe(states)

    record_trajectories(system, size, start, c, records, record_every, rng, False, keep)
    return stored, z


def simulate_truth(
    system: MicroscopicSystem,
    size: Size,
    start: BaseModel,
    c: Float[np.ndarray, "runs conditions"],
    records: int,
    record_every: float,
    rng: np.random.Generator,
    macroscopic: Callable[[States], np.ndarray],
) -> Float[np.ndarray, "runs records d"]:
    """What ``macroscopic`` gives of direct simulations; the first record is the start."""
    z: dict[int, np.ndarray] = {}

    def keep(record: int, states: States) -> None:
        z[record] = macroscopic(states)

    record_trajectories(system, size, start, c, records, record_every, rng, True, keep)
    return np.stack([z[record] for record in range(records)], axis=1)


def sample_equilibrium(
    system: MicroscopicSystem,
    size: Size,
    start: BaseModel,
    c: Float[np.ndarray, "runs conditions"],
    records: int,
    sweeps: int,
    burn_in: int,
    rng: np.random.Generator,
    progress: Callable[[float], None],
) -> Float[np.ndarray, "runs records observables"]:
    """Observables by the system's sampler of its stationary law (capability ``equilibrate``).

    Parameters
    ----------
    sweeps : between records
    burn_in : sweeps before the first record
    """
    states = system.initial(size, len(c), c, start, rng)
    if burn_in:
        states = system.equilibrate(states, c, burn_in, rng)
    z = np.empty((len(c), records, len(system.observables)))
    for record in range(records):
        states = system.equilibrate(states, c, sweeps, rng)
        z[:, record] = system.observe(states)
        progress((record + 1) / records)
    return z
