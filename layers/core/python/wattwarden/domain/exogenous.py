"""Exogenous inputs, who was in and what the weather was: step functions over time."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

HELD_S = 24 * 3600.0
"""A head count or the weather says nothing about what is further ahead than this."""

type Steps = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Epoch seconds, and the value that holds from each on."""


@dataclass(frozen=True, slots=True)
class Exogenous:
    """Steps by room id (occupancy) and hostel id (weather)."""

    occupancy: dict[int, Steps]
    temperature_c: dict[int, Steps]
    humidity: dict[int, Steps]


def held(steps: Steps | None, at: NDArray[np.float64]) -> NDArray[np.float64]:
    """What held at the instants `at`; NaN before the first step and a day after the last one before."""
    if steps is None or not len(steps[0]):
        return np.full(len(at), np.nan)
    since, values = steps
    place = np.searchsorted(since, at, side="right") - 1
    before = np.maximum(place, 0)
    return np.where((place >= 0) & (at - since[before] <= HELD_S), values[before], np.nan)
