"""Readings by identity: what the door took against what the database holds, reading by reading."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

UNIT_KWH = 1e-4
"""Values are counted in units of 0.1 Wh, as they are stored."""
MS_BITS = 42
"""Milliseconds since 1970 fit into this many bits until the year 2109."""


@dataclass(frozen=True, slots=True)
class Facts:
    """One value (in units of 0.1 Wh) for each key (database id of the meter, instant in ms), sorted by key."""

    key: Ints
    value: Ints

    @classmethod
    def of(cls, meter: Ints, ms: Ints, value: Ints) -> "Facts":
        """Raises ValueError when a key has two values."""
        rows = np.unique(np.stack([(meter << MS_BITS) | ms, value]), axis=1)
        if len(np.unique(rows[0])) != rows.shape[1]:
            raise ValueError("two values for one meter and instant")
        return cls(rows[0], rows[1])

    @classmethod
    def union(cls, parts: Iterable[tuple[Ints, Ints, Ints]]) -> "Facts":
        """Of parts (meter, ms, value); a reading sent again with the same value counts once."""
        columns = list(zip(*parts, strict=True))
        if not columns:
            return cls(np.empty(0, np.int64), np.empty(0, np.int64))
        meter, ms, value = (np.concatenate(column) for column in columns)
        return cls.of(meter, ms, value)

    def __len__(self) -> int:
        return len(self.key)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Accepted by the door against stored, by identity."""

    accepted: int
    stored: int
    lost: int
    """Accepted, but not stored."""
    altered: int
    """Stored with another value than the accepted one."""
    invented: int
    """Stored, but never accepted."""
    counted_twice: int
    """Meters whose hourly roll-up counts or sums up anything but exactly their stored readings."""

    @property
    def is_exact(self) -> bool:
        return not (self.lost or self.altered or self.invented or self.counted_twice)


def compare(accepted: Facts, stored: Facts, counted_twice: int) -> Comparison:
    _, ours, theirs = np.intersect1d(accepted.key, stored.key, assume_unique=True, return_indices=True)
    return Comparison(
        accepted=len(accepted),
        stored=len(stored),
        lost=len(accepted) - len(ours),
        altered=int((accepted.value[ours] != stored.value[theirs]).sum()),
        invented=len(stored) - len(theirs),
        counted_twice=counted_twice,
    )
