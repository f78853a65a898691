"""Mean-field spins in plain Python, from their definition: no tables, no counting of up spins."""

from __future__ import annotations

import math

import numpy as np
from scipy.linalg import expm

from systems.xoshiro import Xoshiro

HALF, LOW = 32, 0xFFFFFFFF


def flip_rate(spins, site, temperature, field):
    """``1/(1 + exp(ΔH/T))`` with ``ΔH = 2 sᵢ (Σ_{j≠i} sⱼ/n + h)``."""
    others = sum(int(s) for j, s in enumerate(spins) if j != site) / len(spins)
    return 1.0 / (1.0 + math.exp(2.0 * int(spins[site]) * (others + field) / temperature))


def drift_and_diffusion(spins, temperature, field):
    """Sums over spins of rate · δm and rate · δm²."""
    steps = [-2.0 * int(spin) / len(spins) for spin in spins]
    rates = [flip_rate(spins, site, temperature, field) for site in range(len(spins))]
    pairs = list(zip(rates, steps, strict=True))
    return sum(r * x for r, x in pairs), sum(r * x * x for r, x in pairs)


def attempts_of(seed, sites):
    """Endless pairs of a site and a 32-bit number."""
    random = Xoshiro(int(seed))
    while True:
        bits = random.next64()
        yield ((bits >> HALF) * sites) >> HALF, bits & LOW


def evolve(spins, attempts, seed, temperature, field):
    """A copy after a number of attempts."""
    spins, stream = spins.copy(), attempts_of(seed, len(spins))
    for _ in range(attempts):
        site, number = next(stream)
        if number < round(flip_rate(spins, site, temperature, field) * 2**32):
            spins[site] *= -1
    return spins


def evolve_events(spins, events, seed, temperature, field):
    """A copy after a number of flips, and the attempts made."""
    spins, stream, made = spins.copy(), attempts_of(seed, len(spins)), 0
    while events:
        made += 1
        site, number = next(stream)
        if number < round(flip_rate(spins, site, temperature, field) * 2**32):
            spins[site] *= -1
            events -= 1
    return spins, made


def evolve_patch(spins, first, width, slaved, attempts, seed, temperature, field, dt):
    """Change of ``Σ s`` of a patch, and the path integral over ``dt`` of its rate.

    If ``slaved``, every other patch has changed by that integral so far, to whole flips in all.
    """
    n, interval = len(spins), dt / (attempts + 1)
    patch, stream = spins[first : first + width].copy(), attempts_of(seed, width)
    outside = sum(int(s) for s in spins) - sum(int(s) for s in patch)
    before, integral, followed = sum(int(s) for s in patch), 0.0, 0

    def rate(site):
        total = min(max(outside + followed + sum(int(s) for s in patch), -n), n)
        pull = (total - int(patch[site])) / n + field
        return 1.0 / (1.0 + math.exp(2.0 * int(patch[site]) * pull / temperature))

    def drift():
        return sum(-2.0 * int(patch[i]) * rate(i) for i in range(width))

    for _ in range(attempts):
        integral += interval * drift()
        if slaved:
            followed = 2 * round((n // width - 1) * integral / 2.0)
        site, number = next(stream)
        if number < round(rate(site) * 2**32):
            patch[site] *= -1
    return sum(int(s) for s in patch) - before, integral + interval * drift()


def evolve_alone(spins, first, width, events, seed, temperature, field):
    """A patch after a number of its own flips in the field of the whole, and the attempts made."""
    whole, stream, made = spins.copy(), attempts_of(seed, width), 0
    while events:
        made += 1
        site, number = next(stream)
        if number < round(flip_rate(whole, first + site, temperature, field) * 2**32):
            whole[first + site] *= -1
            events -= 1
    return whole[first : first + width], made


def all_states(n):
    """``(2ⁿ, n)`` of ±1; row ``k`` has the bits of ``k``."""
    return np.where((np.arange(2**n)[:, None] >> np.arange(n)) & 1, 1, -1).astype(np.int8)


def number_of(spins):
    """The row of ``all_states`` that each row of ``spins`` is."""
    return (spins > 0) @ (1 << np.arange(spins.shape[1]))


def generator(n, temperature, field):
    """``Q[x, y]``, the rate from state ``x`` to ``y``, over all ``2ⁿ`` states."""
    states = all_states(n)
    q = np.zeros((2**n, 2**n))
    for x, spins in enumerate(states):
        for site in range(n):
            q[x, x ^ (1 << site)] = flip_rate(spins, site, temperature, field)
    return q - np.diag(q.sum(axis=1))


def law_after(n, temperature, field, start, time):
    """Probability of each state after ``time``, from state ``start``."""
    return expm(generator(n, temperature, field) * time)[start]


def law_of_flips(n, temperature, field, start, flips):
    """After a number of flips: probability of each state, and mean and variance of the time."""
    q = generator(n, temperature, field)
    leaving = -np.diag(q)
    jump = q / leaving[:, None] + np.eye(2**n)
    # mean[x], square[x]: moments of the time that the flips still to come take from x.
    mean, square = np.zeros(2**n), np.zeros(2**n)
    for _ in range(flips):
        square = 2.0 / leaving**2 + 2.0 / leaving * (jump @ mean) + jump @ square
        mean = 1.0 / leaving + jump @ mean
    law = np.linalg.matrix_power(jump, flips)[start]
    return law, mean[start], square[start] - mean[start] ** 2
