"""Kernel: vacancy kinetic Monte Carlo by the residence-time algorithm.

Bortz, Kalos and Lebowitz (1975). Waiting times are exponential, so that cutting one short at the
end of the duration and drawing another at the beginning of the next call changes no law.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

from macropatch.lattice.random import Integer, seed_state, uniform
from macropatch_alloy.kernels.bins import END, Bins, bin_at, members_near, put_in, take_out
from macropatch_alloy.kernels.exchanges import credit_exchange, longer, undo_exchanges
from macropatch_alloy.kernels.jump_rates import RateCache, look_up_rates
from macropatch_alloy.kernels.sites import site_of, wrapped
from macropatch_alloy.kernels.sums import empty_tree, find_item, find_leaf, set_leaf
from macropatch_alloy.kernels.supercell import Supercell, squared_distance

ALL = -1
"""In place of a mover: the jumps of all of them count."""

NONE = -1
"""In place of a direction: no jump leads back to rates that are known."""


@njit(nogil=True, cache=True)
def evolve_movers(
    occupation: np.ndarray,
    cell: Supercell,
    movers: np.ndarray,
    barriers: Any,
    tables: Any,
    frequency: float,
    thermal: float,
    salt: np.uint64,
    duration: float,
    most: Integer,
    counted: Integer,
    restore: bool,
    seed: np.uint64,
    cache: RateCache,
    head: np.ndarray,
    ledger: np.ndarray,
    energy: np.ndarray,
    jumps: np.ndarray,
) -> float:
    """Let some vacancies jump for a duration or a number of jumps; returns the time that passed.

    Parameters
    ----------
    occupation : ``(sites,)``, changed unless ``restore``
    movers : ``(movers, 3)``, coordinates of the vacancies that jump; changed
    barriers, tables : of a ``BarrierModel``
    frequency, thermal, salt : attempt frequency (1/s), ``k_B T`` (eV), a hash of the two
    duration : s; may be infinite
    most : number of jumps after which to stop, of the mover ``counted`` or of ``ALL``
    restore : take all exchanges back at the end
    head : ``(bins,)``, empty; empty again at the end
    ledger : ``(movers, pairs)``, gains the changes of pair counts that each mover makes
    energy : ``(movers,)``, gains the energy changes (eV) that each mover makes, if barriers are
        reversible; or empty
    jumps : ``(codes,)``, gains the jumps of ``counted`` by the species that the vacancy jumps to
    """
    count, directions = len(movers), len(cell.neighbours)
    rates, tree = np.empty((count, directions)), empty_tree(count)
    # A vacancy mostly jumps to and fro: its rates before the last jump, and the jump back to them.
    former, back = np.empty((count, directions)), np.full(count, NONE, np.int64)
    bins = Bins(head, np.empty(count, np.int64), np.empty(count, np.int64))
    near, exchanges, made = np.empty(count, np.int64), np.empty((64, 2), np.int64), 0
    for mover in range(count):
        x, y, z = movers[mover, 0], movers[mover, 1], movers[mover, 2]
        if count > 1:
            put_in(bins, bin_at(cell, x, y, z), mover)
        sum_of_rates = look_up_rates(
            occupation, cell, x, y, z, barriers, tables, frequency, thermal, salt, cache,
            rates[mover],
        )  # fmt: skip
        set_leaf(tree, mover, sum_of_rates)
    state, elapsed, wanted = seed_state(seed), 0.0, np.int64(0)
    while wanted < most:
        total = tree[1]
        waiting = -math.log1p(-uniform(state)) / total if total > 0.0 else math.inf
        if elapsed + waiting > duration or total == 0.0:
            elapsed = duration
            break
        elapsed += waiting
        mover, target = find_leaf(tree, uniform(state) * total)
        direction = find_item(rates[mover], target)
        x, y, z = movers[mover, 0], movers[mover, 1], movers[mover, 2]
        u = wrapped(x + cell.neighbours[direction, 0], cell.edges[0])
        v = wrapped(y + cell.neighbours[direction, 1], cell.edges[1])
        w = wrapped(z + cell.neighbours[direction, 2], cell.edges[2])
        here = site_of(x, y, z, cell.cells, cell.basis)
        there = site_of(u, v, w, cell.cells, cell.basis)
        if counted in (ALL, mover):
            jumps[occupation[there]] += 1
            wanted += 1
        credit_exchange(occupation, cell, x, y, z, u, v, w, ledger[mover])
        rate = rates[mover, direction]
        occupation[here], occupation[there] = occupation[there], occupation[here]
        if restore:
            if made == len(exchanges):
                exchanges = longer(exchanges)
            exchanges[made, 0], exchanges[made, 1] = here, there
            made += 1
        movers[mover, 0], movers[mover, 1], movers[mover, 2] = u, v, w
        sum_of_rates = 0.0
        if back[mover] == direction:
            for i in range(directions):
                rates[mover, i], former[mover, i] = former[mover, i], rates[mover, i]
                sum_of_rates += rates[mover, i]
        else:
            for i in range(directions):
                former[mover, i] = rates[mover, i]
            sum_of_rates = look_up_rates(
                occupation, cell, u, v, w, barriers, tables, frequency, thermal, salt, cache,
                rates[mover],
            )  # fmt: skip
        set_leaf(tree, mover, sum_of_rates)
        # Neighbours are in lexicographic order: the opposite one is as far from the other end.
        back[mover] = directions - 1 - direction
        if len(energy):
            # Detailed balance: barriers forth and back differ by the energy change.
            energy[mover] += thermal * math.log(rates[mover, back[mover]] / rate)
        if count == 1:
            continue
        old, new = bin_at(cell, x, y, z), bin_at(cell, u, v, w)
        if old != new:
            take_out(bins, old, mover)
            put_in(bins, new, mover)
        for index in range(members_near(cell, bins, u, v, w, near)):
            other = near[index]
            if other == mover:
                continue
            back[other] = NONE
            touched = (
                squared_distance(cell, u, v, w, movers[other]) <= cell.radius_squared
                or squared_distance(cell, x, y, z, movers[other]) <= cell.radius_squared
            )
            if touched:
                sum_of_rates = look_up_rates(
                    occupation, cell, movers[other, 0], movers[other, 1], movers[other, 2],
                    barriers, tables, frequency, thermal, salt, cache, rates[other],
                )  # fmt: skip
                set_leaf(tree, other, sum_of_rates)
    for mover in range(count if count > 1 else 0):
        head[bin_at(cell, movers[mover, 0], movers[mover, 1], movers[mover, 2])] = END
    if restore:
        undo_exchanges(occupation, exchanges, made)
    return elapsed
