"""How like measured meters the generated ones are: statistics of hourly loads beside their quartiles on real meters."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from simulator import buildings
from simulator.buildings import Campus
from simulator.clock import DAY, HOUR
from simulator.generator import generate, hostel
from simulator.noise import Floats

WEEKS = 20
START = datetime(2025, 9, 1, tzinfo=UTC).timestamp()  # a Monday
ROOMS, BUILDINGS = "rooms", "buildings"
ROOM_UP_TO_KW = 3.0
"""A folder's meters that draw less on the average are homes, to be compared with rooms."""
LEAST_HOURS = 24 * 7 * 12
MOSTLY_THERE = 0.9

Quartiles = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Line:
    statistic: str
    generated: Quartiles
    real: Quartiles

    @property
    def inside(self) -> bool:
        """Whether the generated median lies between the real quartiles."""
        return self.real[0] <= self.generated[1] <= self.real[2]


def _autocorrelation(lag: int) -> Callable[[Floats], float]:
    def statistic(kwh: Floats) -> float:
        one, two = kwh[lag:] - np.nanmean(kwh), kwh[:-lag] - np.nanmean(kwh)
        return float(np.nanmean(one * two) / np.nanvar(kwh))

    return statistic


def _from_habit(kwh: Floats) -> float:
    weeks = kwh[: len(kwh) // 168 * 168].reshape(-1, 168)
    return float(np.nanmedian(np.abs(weeks - np.nanmedian(weeks, axis=0))) / np.nanmean(kwh))


def _weekend(kwh: Floats) -> float:
    days = kwh[: len(kwh) // 168 * 168].reshape(-1, 7, 24)
    return float(np.nanmean(days[:, 5:]) / np.nanmean(days[:, :5]))


STATISTICS: dict[str, Callable[[Floats], float]] = {
    "hourly coefficient of variation": lambda kwh: float(np.nanstd(kwh) / np.nanmean(kwh)),
    "autocorrelation, 1 h": _autocorrelation(1),
    "autocorrelation, 24 h": _autocorrelation(24),
    "autocorrelation, 168 h": _autocorrelation(168),
    "median distance from the hour of week's median, of the mean": _from_habit,
    "weekend over weekday": _weekend,
    "99 % quantile, of the mean": lambda kwh: float(np.nanquantile(kwh, 0.99) / np.nanmean(kwh)),
    "99.9 % quantile, of the mean": lambda kwh: float(np.nanquantile(kwh, 0.999) / np.nanmean(kwh)),
    "mean step from hour to hour, of the mean": lambda kwh: float(np.nanmean(np.abs(np.diff(kwh))) / np.nanmean(kwh)),
}
"""Of one meter's hours, from a Monday's midnight on; NaN where nothing was measured."""


MEASURED: dict[str, dict[str, Quartiles]] = {
    ROOMS: {
        "hourly coefficient of variation": (0.632, 0.808, 0.993),
        "autocorrelation, 1 h": (0.611, 0.707, 0.819),
        "autocorrelation, 24 h": (0.444, 0.514, 0.622),
        "autocorrelation, 168 h": (0.334, 0.425, 0.679),
        "median distance from the hour of week's median, of the mean": (0.133, 0.198, 0.288),
        "weekend over weekday": (0.952, 1.013, 1.125),
        "99 % quantile, of the mean": (3.119, 3.605, 4.245),
        "99.9 % quantile, of the mean": (3.614, 4.705, 5.425),
        "mean step from hour to hour, of the mean": (0.296, 0.376, 0.425),
    },
    BUILDINGS: {
        "hourly coefficient of variation": (0.221, 0.332, 0.497),
        "autocorrelation, 1 h": (0.896, 0.932, 0.947),
        "autocorrelation, 24 h": (0.637, 0.718, 0.78),
        "autocorrelation, 168 h": (0.734, 0.862, 0.929),
        "median distance from the hour of week's median, of the mean": (0.046, 0.069, 0.085),
        "weekend over weekday": (0.682, 0.793, 0.863),
        "99 % quantile, of the mean": (1.519, 1.894, 2.229),
        "99.9 % quantile, of the mean": (1.69, 2.046, 2.61),
        "mean step from hour to hour, of the mean": (0.05, 0.081, 0.118),
    },
}
"""Of 17 homes (CityLearn 2022) and 109 university meters (Cambridge, 2016-2019), as `measure` found them."""


def report(measured: dict[str, dict[str, Quartiles]]) -> dict[str, list[Line]]:
    """Every statistic of generated rooms and buildings beside the measured ones."""
    generated = {ROOMS: quartiles(_rooms()), BUILDINGS: quartiles(_buildings())}
    return {
        what: [Line(name, generated[what][name], real) for name, real in of_real.items()]
        for what, of_real in measured.items()
    }


def quartiles(meters: list[Floats]) -> dict[str, Quartiles]:
    found = {name: np.quantile([of(kwh) for kwh in meters], (0.25, 0.5, 0.75)) for name, of in STATISTICS.items()}
    return {name: (float(low), float(mid), float(high)) for name, (low, mid, high) in found.items()}


def measure(readings: Iterable[tuple[NDArray[np.int64], Floats]]) -> dict[str, dict[str, Quartiles]]:
    """Quartiles over real meters, each (epoch seconds, kWh): homes beside rooms, larger ones beside buildings."""
    meters = [kept for ts, kwh in readings if (kept := _hours(ts, kwh)) is not None]
    small = [kwh for kwh in meters if np.nanmean(kwh) < ROOM_UP_TO_KW]
    large = [kwh for kwh in meters if np.nanmean(kwh) >= ROOM_UP_TO_KW]
    return {what: quartiles(some) for what, some in ((ROOMS, small), (BUILDINGS, large)) if some}


def _hours(ts: NDArray[np.int64], kwh: Floats) -> Floats | None:
    """A meter's hours from its first Monday on, for at most WEEKS weeks; None of one with many gaps."""
    if len(ts) < LEAST_HOURS:
        return None
    hour = ((ts - ts.min()) // HOUR).astype(np.int64)
    hours = np.full(int(hour[-1]) + 1, np.nan)
    hours[hour] = kwh
    monday = int(-(ts.min() // HOUR + 72) % 168)
    kept = hours[monday : monday + WEEKS * 168]
    there = len(kept) >= LEAST_HOURS and np.isfinite(kept).mean() > MOSTLY_THERE and np.nanmean(kept) > 0
    return kept if there else None


def _rooms() -> list[Floats]:
    spec = replace(hostel(3, rooms=60), event_rate=0.0, timezone="UTC")
    data = generate(spec, START, START + WEEKS * 7 * DAY)
    return list(np.where(data.missing, np.nan, data.kwh))


def _buildings() -> list[Floats]:
    campus = Campus(seed=5, timezone="UTC", climate="temperate", meters=60, event_rate=0.0)
    kwh = buildings.table("realism", campus, int(START // DAY), WEEKS * 7)
    hour = ((kwh["ts"].to_numpy() - START) // HOUR).astype(np.int64) - 1
    meter = np.unique(kwh["meter"].to_numpy(zero_copy_only=False), return_inverse=True)[1]
    hours = np.full((campus.meters, WEEKS * 168), np.nan)
    hours[meter, hour] = kwh["kwh"].to_numpy()
    return list(hours)
