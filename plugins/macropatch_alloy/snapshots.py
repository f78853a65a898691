"""States of the system `alloy`, and the arrays that kernels take."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from jaxtyping import Int, Int8

from macropatch.contract import Size, States

OCCUPATION, VACANCIES = "occupation", "vacancies"


def arrays_of(
    states: Mapping[str, np.ndarray], copy: bool
) -> tuple[Size, Int8[np.ndarray, "count sites"], Int[np.ndarray, "count K"]]:
    """Size in cubic cells, codes of all sites, sites of all vacancies; copies may be changed."""
    occupation, vacancies = states[OCCUPATION], states[VACANCIES]
    size: Size = occupation.shape[1:4]
    flat = np.ascontiguousarray(occupation, dtype=np.int8).reshape(len(occupation), -1)
    places = np.ascontiguousarray(vacancies, dtype=np.int64)
    return (size, flat.copy(), places.copy()) if copy else (size, flat, places)


def states_of(
    size: Size,
    occupation: Int8[np.ndarray, "count sites"],
    vacancies: Int[np.ndarray, "count K"] | None = None,
) -> States:
    """The states; without ``vacancies`` these are numbered as their sites are."""
    if vacancies is None:
        vacancies = np.nonzero(occupation == 0)[1].reshape(len(occupation), -1).astype(np.int64)
    return {OCCUPATION: occupation.reshape(len(occupation), *size, -1), VACANCIES: vacancies}
