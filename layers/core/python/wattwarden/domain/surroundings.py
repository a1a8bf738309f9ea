"""Who was in and what the weather was: step functions over time."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Step functions over time: value i holds from ts i on. Keys are room ids and hostel ids; ts in epoch seconds."""

    occupancy: dict[int, tuple[NDArray[np.float64], NDArray[np.float64]]]
    temperature_c: dict[int, tuple[NDArray[np.float64], NDArray[np.float64]]]
    humidity: dict[int, tuple[NDArray[np.float64], NDArray[np.float64]]]
