"""Randomness that is a function of absolute time, so that any window of a hostel's life can be made on its own.

Every day of every stream has a generator of its own, seeded by (seed, stream, day). Two windows that overlap agree
where they overlap; this is what lets the live simulation go on exactly where the history ended.
"""

import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class DayNoise:
    """Streams of draws for `days` consecutive days from `first_day` (days since 1970-01-01)."""

    seed: int
    first_day: int
    days: int

    def draw(self, stream: str, make: Callable[[np.random.Generator], Floats]) -> Floats:
        """Stack one draw a day: [days, ...], the shape of one draw being the maker's."""
        key = zlib.crc32(stream.encode())
        days = range(self.first_day, self.first_day + self.days)
        return np.stack([make(np.random.default_rng((self.seed, key, day))) for day in days])

    def normal(self, stream: str, *shape: int) -> Floats:
        return self.draw(stream, lambda rng: rng.standard_normal(shape))

    def uniform(self, stream: str, *shape: int) -> Floats:
        return self.draw(stream, lambda rng: rng.random(shape))


def fixed(seed: int, stream: str) -> np.random.Generator:
    """A generator for what never changes: the rooms, the people, the meters."""
    return np.random.default_rng((seed, zlib.crc32(stream.encode())))


def smooth(white: Floats, memory: float, reach: int) -> Floats:
    """Moving average along axis 0 with weights exp(-k / memory), k < reach, scaled to unit variance.

    It stands in for an AR(1) process but forgets after `reach` steps, so that a margin of `reach` steps before a
    window makes the window exact.
    """
    weights = np.exp(-np.arange(reach) / memory)
    weights /= np.sqrt((weights**2).sum())
    padded = np.concatenate([np.zeros((reach - 1, *white.shape[1:])), white])
    out = np.zeros_like(white)
    for lag, weight in enumerate(weights):
        start = reach - 1 - lag
        out += weight * padded[start : start + len(white)]
    return out
