"""Small synthetic streams for the detector's tests: rooms with a daily rhythm, one column set per test."""

from dataclasses import fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wattwarden.detection import MeterStates, Observations, Rooms, hour_of_week

ZONE = "Asia/Kolkata"
START = 1_725_129_000.0  # Sunday 2024-09-01 00:00 in India
_RHYTHM = np.array([8, 6, 5, 4, 4, 5, 8, 11, 9, 7, 6, 6, 8, 8, 7, 7, 9, 12, 16, 19, 20, 20, 17, 12]) / 9.5


def rooms(n: int = 1, *, beds: int = 4, has_ac: bool = False, tolerance: float | None = None) -> Rooms:
    plain = Rooms(np.full(n, beds, np.int16), np.full(n, has_ac), np.full(n, 230.0))
    if tolerance is None:
        return plain
    return replace(plain, low_tolerance=np.full(n, tolerance), high_tolerance=np.full(n, tolerance))


def observe(
    kwh: NDArray[np.float64], *, meter: int = 0, start: float = START, interval_s: float = 3600.0, **measures: Any
) -> Observations:
    """A meter's gapless readings from `start` on; measures not given are unknown."""
    m = len(kwh)
    ts = start + interval_s * np.arange(1, m + 1)
    columns = {name: np.full(m, np.nan) for name in ("voltage", "current", "power_factor", "temperature_c", "humidity")}
    columns["occupancy"] = np.full(m, np.nan)
    for name, values in measures.items():
        columns[name] = np.broadcast_to(np.asarray(values, dtype=np.float64), (m,)).copy()
    return Observations(
        meter=np.full(m, meter, dtype=np.int64),
        ts=ts,
        interval_s=np.full(m, interval_s),
        hour_of_week=hour_of_week(ts - interval_s, ZONE),
        kwh=np.asarray(kwh, dtype=np.float64),
        **columns,
    )


def ordinary_room(seed: int, hours: int, kw: float = 0.2) -> NDArray[np.float64]:
    """Hourly kWh of an ordinary room: a rhythm, noise from hour to hour, a base load."""
    rng = np.random.default_rng(seed)
    noise = rng.gamma(2.2, 1 / 2.2, hours)
    return 0.015 + kw * _RHYTHM[np.arange(hours) % 24] * noise


def join(*streams: Observations) -> Observations:
    columns = {f.name: np.concatenate([getattr(s, f.name) for s in streams]) for f in fields(Observations)}
    order = np.lexsort((columns["ts"], columns["meter"]))
    return Observations(**{name: column[order] for name, column in columns.items()})


def side_by_side(*streams: Observations) -> Observations:
    """The streams as meters 0, 1, ...: as many are advanced in little more time than one."""
    return join(*(replace(stream, meter=np.full(len(stream), n, np.int64)) for n, stream in enumerate(streams)))


def take(obs: Observations, rows: Any) -> Observations:
    return Observations(**{f.name: getattr(obs, f.name)[rows] for f in fields(Observations)})


def shift(obs: Observations, seconds: float) -> Observations:
    ts = obs.ts + seconds
    return replace(obs, ts=ts, hour_of_week=hour_of_week(ts - obs.interval_s, ZONE))


def fresh(n: int = 1) -> MeterStates:
    return MeterStates.new(n)
