"""The kernels' random numbers in Python integers, so that naive kernels follow draw by draw."""

from __future__ import annotations

MASK = (1 << 64) - 1


class Xoshiro:
    """xoshiro256++ seeded by splitmix64, in Python integers."""

    def __init__(self, seed: int) -> None:
        self.s = []
        for _ in range(4):
            seed = (seed + 0x9E3779B97F4A7C15) & MASK
            z = ((seed ^ (seed >> 30)) * 0xBF58476D1CE4E5B9) & MASK
            z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
            self.s.append(z ^ (z >> 31))

    def next64(self) -> int:
        def turn(x, k):
            return ((x << k) | (x >> (64 - k))) & MASK

        s = self.s
        result = (turn((s[0] + s[3]) & MASK, 23) + s[0]) & MASK
        t = (s[1] << 17) & MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = turn(s[3], 45)
        return result
