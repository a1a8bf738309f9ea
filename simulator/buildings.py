"""Meters of whole buildings: kWh and nothing else, steadier than rooms, with what people label on such meters.

Ranges follow 69 university meters over a year: hourly coefficient of variation 0.17-0.76, autocorrelation 0.86-0.97 at
one hour and 0.62-0.91 at a day, weekend over weekday 0.53-0.98, night over day 0.32-0.87, median distance from the last
six weeks' median of the hour 4-13 % of the mean with a 99 % quantile of 0.3-1.9.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pyarrow as pa

from simulator.climate import CLIMATES, weather
from simulator.clock import HOUR, Clock, is_break
from simulator.noise import DayNoise, Floats, fixed, smooth


class Oddity(StrEnum):
    """What people labelled on meters of buildings, and how often (shares of 1.9 a month)."""

    HIGH = "high"
    LOW = "low"
    FLAT = "flat"
    ZERO = "zero"
    SHAPE = "shape"


SHARE = {Oddity.HIGH: 0.33, Oddity.LOW: 0.20, Oddity.FLAT: 0.15, Oddity.ZERO: 0.13, Oddity.SHAPE: 0.19}
PER_MONTH = 1.9
MEDIAN_H = {Oddity.HIGH: 4.0, Oddity.LOW: 9.0, Oddity.FLAT: 8.0, Oddity.ZERO: 6.0, Oddity.SHAPE: 8.0}
HARDLY = 0.05
SPREAD = 1.0
"""Of the logarithm of the hours: a tenth lasts an hour, a tenth a day."""


@dataclass(frozen=True, slots=True)
class Campus:
    """Some buildings in one place."""

    seed: int
    timezone: str
    climate: str
    meters: int
    event_rate: float = 1.0
    strength: float = 1.0
    holidays_per_month: float = 0.8
    """Working days on which the place is as empty as on a Sunday."""


def table(name: str, campus: Campus, first_day: int, days: int) -> pa.Table:
    """Hourly readings in the columns of the training data, by meter, then time."""
    noise = DayNoise(campus.seed, first_day, days)
    clock = Clock.of(first_day, days, campus.timezone)
    temperature, humidity = weather(CLIMATES[campus.climate], noise, clock)
    kwh = _load(campus, noise, clock, temperature)
    label, kind = _spoil(campus, kwh, days)
    step = 10.0 ** fixed(campus.seed, "resolution").integers(-2, 1, (campus.meters, 1))
    usual = kwh.mean(axis=1, keepdims=True)
    kwh = np.where(step < 0.1 * usual, np.round(kwh / step) * step, np.round(kwh, 2))  # ten steps at least
    arrived = fixed(campus.seed, "missing").random(kwh.shape) >= 0.004  # noqa: PLR2004 a reading in 250
    return _as_table(name, campus, clock, kwh, temperature, humidity, label, kind, arrived)


def _load(campus: Campus, noise: DayNoise, clock: Clock, temperature: Floats) -> Floats:
    """Mean kW of each hour, [meters, hours]."""
    rng = fixed(campus.seed, "buildings")
    each = (campus.meters, 1)
    size = np.exp(rng.normal(3.6, 1.6, each))
    base = rng.uniform(0.10, 0.75, each)
    """Share of the load that never sleeps."""
    opens, closes = rng.normal(8, 1.2, each), rng.normal(18.5, 2.0, each)
    edge = rng.uniform(0.5, 2.0, each)
    busy = 1 / (1 + np.exp(-(clock.hour - opens) / edge)) - 1 / (1 + np.exp(-(clock.hour - closes) / edge))
    residential = rng.random(each) < 0.4  # noqa: PLR2004 halls and houses live in the evening
    evening = np.exp(-(((clock.hour - rng.normal(20, 1.0, each)) / 3.5) ** 2)) + 0.5 * np.exp(
        -(((clock.hour - 8) / 1.5) ** 2)
    )
    shape = np.where(residential, evening, busy)
    weekend = np.where(_free(campus, noise, clock), rng.uniform(0.0, 0.7, each), 1.0)
    term = np.where(is_break(clock, campus.seed), rng.uniform(0.4, 1.0, each), 1.0)
    mood = np.exp(rng.uniform(0.05, 0.3, each) * _daily(noise, campus.meters, clock))
    weather_share = rng.uniform(0, 0.03, each) * np.where(
        rng.random(each) < 0.5,  # noqa: PLR2004 heated or cooled by electricity
        np.maximum(16 - temperature, 0),
        np.maximum(temperature - 22, 0),
    )
    rough = np.minimum(np.exp(rng.normal(-3.4, 0.8, each)), 0.5)
    white = noise.normal("building", 24, campus.meters).reshape(-1, campus.meters)
    wobble = np.exp(rough * smooth(white, memory=5.0, reach=24).T + 0.25 * rough * white.T)
    steps = _steps(campus, clock)
    bursts = _bursts(noise, campus.meters, rng)
    load = size * (base + (1 - base) * shape * weekend * term * mood + weather_share + bursts) * wobble * steps
    return _resting(load, rng)


def _resting(load: Floats, rng: np.random.Generator) -> Floats:
    """Every eighth meter rests: what is switched off out of hours, or fed by the roof, uses nothing for hours."""
    rests = rng.random((len(load), 1)) < 0.12  # noqa: PLR2004 every eighth
    idle = np.quantile(load, rng.uniform(0.05, 0.6, len(load)), axis=1).diagonal()[:, None]
    return np.where(rests, np.maximum(load - idle, 0.0), load)


def _free(campus: Campus, noise: DayNoise, clock: Clock) -> np.ndarray:
    """Hours of weekends and holidays."""
    holiday = fixed(campus.seed, "holidays").random(noise.days) < campus.holidays_per_month / 30.4
    return (clock.weekday >= 5) | holiday[np.clip(clock.local_day - noise.first_day, 0, noise.days - 1)]  # noqa: PLR2004 Saturday


def _bursts(noise: DayNoise, meters: int, rng: np.random.Generator) -> Floats:
    """Pumps, lifts, ovens: short loads that come at any time on every third meter, and nothing wrong."""
    draws = noise.uniform("bursts", 24, meters, 2).reshape(-1, meters, 2)
    often = np.where(rng.random(meters) < 0.35, rng.uniform(0.0, 0.12, meters), 0.0)  # noqa: PLR2004 every third
    return np.where(draws[..., 0] < often, rng.uniform(0.1, 0.5, meters) * draws[..., 1], 0.0).T


def _daily(noise: DayNoise, meters: int, clock: Clock) -> Floats:
    days = smooth(noise.normal("building mood", meters), memory=2.0, reach=8)
    return days.T[:, np.clip(clock.local_day - noise.first_day, 0, noise.days - 1)]


def _steps(campus: Campus, clock: Clock) -> Floats:
    """A machine more or less from some day on, every few months: new, and nothing wrong."""
    rng = fixed(campus.seed, "steps")
    factor = np.ones((campus.meters, len(clock.start)))
    for meter in range(campus.meters):
        for _ in range(rng.poisson(len(clock.start) / 24 / 120)):
            factor[meter, rng.integers(0, len(clock.start)) :] *= np.exp(rng.normal(0, 0.12))
    return factor


def _spoil(campus: Campus, kwh: Floats, days: int) -> tuple[np.ndarray, np.ndarray]:
    """Put oddities into the load, in place; labels and kinds of the hours."""
    rng = fixed(campus.seed, "oddities")
    hours = kwh.shape[1]
    label = np.zeros(kwh.shape, dtype=np.int8)
    kind = np.full(kwh.shape, "", dtype=object)
    clean = kwh.copy()
    for meter in range(campus.meters):
        for _ in range(rng.poisson(campus.event_rate * PER_MONTH * days / 30.4)):
            oddity = list(SHARE)[int(rng.choice(len(SHARE), p=list(SHARE.values())))]
            length = int(np.clip(round(MEDIAN_H[oddity] * np.exp(SPREAD * rng.standard_normal())), 1, 120))
            length = max(length, 5) if oddity is Oddity.FLAT else length
            begin = int(rng.integers(0, max(1, hours - length)))
            when = slice(begin, begin + length)
            if label[meter, max(0, begin - 6) : begin + length + 6].any():
                continue
            odd = _odd(oddity, clean[meter], when, rng, campus.strength)
            if np.abs(odd - clean[meter, when]).max() < HARDLY * clean[meter].mean():
                continue  # nobody would have seen it
            kwh[meter, when] = odd
            label[meter, when], kind[meter, when] = 1, str(oddity)
    return label, kind


def _odd(oddity: Oddity, load: Floats, when: slice, rng: np.random.Generator, strength: float) -> Floats:
    now: Floats = load[when]
    usual = float(load.mean())
    match oddity:
        case Oddity.HIGH:
            more: Floats = usual * strength * np.exp(rng.normal(-0.4, 0.6)) * rng.uniform(0.8, 1.2, len(now))
            return now + more
        case Oddity.LOW:
            left: Floats = np.clip(1 - strength * rng.uniform(0.35, 0.75), 0.02, 1) * rng.uniform(0.9, 1.1, len(now))
            return now * left
        case Oddity.FLAT:
            return np.full(len(now), load[max(when.start - 1, 0)])
        case Oddity.ZERO:
            return np.zeros(len(now))
        case Oddity.SHAPE:
            away = int(rng.integers(8, 17))
            return np.roll(load, away)[when] if when.start > away else now[::-1]


def _as_table(
    name: str,
    campus: Campus,
    clock: Clock,
    kwh: Floats,
    temperature: Floats,
    humidity: Floats,
    label: np.ndarray,
    kind: np.ndarray,
    arrived: np.ndarray,
) -> pa.Table:
    meter, hour = np.nonzero(arrived)
    rows = len(meter)
    unknown = pa.array(np.full(rows, np.nan, dtype=np.float32))
    knows_weather = fixed(campus.seed, "knows weather").random() < 0.5  # noqa: PLR2004 half of the places
    return pa.table(
        {
            "hostel": pa.array([name] * rows),
            "meter": pa.array([f"{name}/{number:03d}" for number in meter.tolist()]),
            "ts": pa.array(clock.start[hour] + HOUR),
            "interval_s": pa.array(np.full(rows, HOUR, dtype=np.float32)),
            "timezone": pa.array([campus.timezone] * rows),
            "kwh": pa.array(kwh[arrived].astype(np.float32)),
            "voltage": unknown,
            "current": unknown,
            "power_factor": unknown,
            "temperature_c": pa.array(temperature[hour].astype(np.float32)) if knows_weather else unknown,
            "humidity": pa.array(humidity[hour].astype(np.float32)) if knows_weather else unknown,
            "occupancy": unknown,
            "beds": pa.array(np.zeros(rows, dtype=np.int16)),
            "has_ac": pa.array(np.zeros(rows, dtype=np.bool_)),
            "nominal_voltage": pa.array(np.full(rows, 230, dtype=np.float32)),
            "label": pa.array(label[arrived]),
            "kind": pa.array([value or None for value in kind[arrived].tolist()], type=pa.string()),
        }
    )
