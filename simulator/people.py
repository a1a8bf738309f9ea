"""Who lives in the rooms, when they are in, and what the hostel's head count says about it."""

from dataclasses import dataclass

import numpy as np

from simulator.clock import Clock, is_break
from simulator.nature import Nature
from simulator.noise import DayNoise, Floats, fixed, smooth

MAX_PERSONS = 6
DAILY_KWH = 0.92
"""Mean use of one person, kWh a day; log-normal with sigma 0.9 from misers to hogs."""

_SHAPE_HOURS = np.array([0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 12, 13, 14, 17, 18, 19, 20, 21, 22, 23, 24])
_SHAPE = np.array(
    [1.0, 0.6, 0.4, 0.3, 0.35, 0.8, 1.4, 1.5, 1.2, 0.9, 0.9, 1.0, 0.9, 1.0, 1.4, 1.7, 2.0, 2.1, 2.0, 1.6, 1.0]
)


@dataclass(frozen=True, slots=True)
class People:
    """Arrays [rooms, hours]."""

    load_kw: Floats
    present: Floats
    """Persons in the room, guests included, as a mean over the hour."""
    counted: Floats
    """Whole persons the head count reports, right 88 times out of 100."""


def live(beds: Floats, noise: DayNoise, clock: Clock, seed: int, nature: Nature) -> People:
    """Let the hostel's people come, go and use electricity. `beds` is [rooms]."""
    rooms = len(beds)
    rng = fixed(seed, "people")
    exists = np.arange(MAX_PERSONS) < beds[:, None]
    appetite = np.exp(0.9 * np.clip(rng.standard_normal((rooms, MAX_PERSONS)), -2.2, 2.2) - 0.9**2 / 2)
    phase = rng.normal(0, 1.1, (rooms, MAX_PERSONS))
    present = _presence(exists, noise, clock, seed, nature)
    activity = np.interp((clock.hour + phase[..., None]) % 24, _SHAPE_HOURS, _SHAPE)
    mood = np.exp(nature.mood * _daily(noise, "person mood", rooms, clock) - nature.mood**2 / 2)
    spread = nature.burst
    bursts = np.exp(spread * _hourly(noise, "person burst", rooms) - spread**2 / 2)
    per_hour = nature.appetite * DAILY_KWH / 24 * 1.28
    load = (appetite[..., None] * activity * present * mood * bursts).sum(axis=1) * per_hour
    guests = _guests(noise, clock, rooms, nature.guests_per_month)
    at_home = present.sum(axis=1) > 0
    load += guests * at_home * np.interp(clock.hour, _SHAPE_HOURS, _SHAPE) * per_hour * 0.8
    heads = present.sum(axis=1) + guests * at_home
    # People own only so many things: measured homes hardly ever draw more than six times their mean.
    most = nature.most * per_hour * (appetite * exists).sum(axis=1, keepdims=True)
    load = load / (1 + (load / most) ** 4) ** 0.25
    return People(load_kw=load, present=heads, counted=_count(heads, noise, rooms, nature.wrong_count))


def _presence(exists: np.ndarray, noise: DayNoise, clock: Clock, seed: int, nature: Nature) -> Floats:
    """Share of each hour a person is in: [rooms, persons, hours]."""
    rooms = len(exists)
    rng = fixed(seed, "habits")
    shape = (rooms, MAX_PERSONS, 1)
    leaves = nature.leaves + rng.normal(0, 0.7, shape)
    returns = nature.returns + rng.normal(0, 1.2, shape)
    day = np.clip(clock.local_day - noise.first_day, 0, noise.days - 1)
    weekend = clock.weekday >= 5  # noqa: PLR2004 Saturday and Sunday
    jitter = np.moveaxis(noise.normal("leave and return", rooms, MAX_PERSONS, 2), 0, -1)[..., day]
    luck = np.moveaxis(noise.uniform("day out", rooms, MAX_PERSONS, 2), 0, -1)[..., day]
    leave = leaves + 0.6 * jitter[..., 0, :] + np.where(weekend, 2.5, 0.0)
    back = returns + 1.1 * jitter[..., 1, :] + np.where(weekend, 0.5, 0.0)
    out = luck[..., 0, :] < np.where(weekend, 0.45, 0.88)
    away = np.clip(np.minimum(clock.hour + 0.5, back) - np.maximum(clock.hour - 0.5, leave), 0, 1)
    present = 1 - out * away
    lunch = (np.abs(clock.hour - 13.0) < 1) & (luck[..., 0, :] > 0.5) & ~weekend  # noqa: PLR2004 every other student
    present = np.maximum(present, 0.7 * lunch)
    trip = luck[..., 1, :] < np.where(weekend, 0.10, 0.02)
    holiday = is_break(clock, seed) & (rng.random(shape) < 0.42)  # noqa: PLR2004 who goes home
    stays: Floats = present * ~trip * ~holiday * exists[..., None]
    return stays


def _daily(noise: DayNoise, stream: str, rooms: int, clock: Clock) -> Floats:
    """A person's slowly changing habits: [rooms, persons, hours], unit variance."""
    white = noise.normal(stream, rooms, MAX_PERSONS)
    slow = _smooth_days(white)
    day = np.clip(clock.local_day - noise.first_day, 0, noise.days - 1)
    return np.moveaxis(slow, 0, -1)[..., day]


def _smooth_days(white: Floats) -> Floats:
    """Half of it lasts a day, half a week."""
    slow: Floats = (white + smooth(white, memory=4.0, reach=12)) / np.sqrt(2 + 2 / np.sqrt(2))
    return slow


def _hourly(noise: DayNoise, stream: str, rooms: int) -> Floats:
    """Bursts of use that last a few hours: [rooms, persons, hours], unit variance."""
    white = noise.normal(stream, 24, rooms, MAX_PERSONS)
    flat = white.reshape(-1, rooms, MAX_PERSONS)
    return np.moveaxis(smooth(flat, memory=2.2, reach=12), 0, -1)


def _guests(noise: DayNoise, clock: Clock, rooms: int, per_month: float) -> Floats:
    """One or two guests for one to three days, [rooms, hours]: more use, and nothing wrong."""
    draws = noise.uniform("guests", rooms, 3)
    arrives = draws[..., 0] < per_month / 30.4
    count = np.where(draws[..., 1] < 0.6, 1.0, 2.0)  # noqa: PLR2004 mostly one
    stay = np.ceil(draws[..., 2] * 3).astype(int)
    guests = np.zeros((noise.days, rooms))
    for later in range(3):
        guests[later:] = np.maximum(guests[later:], (count * (arrives & (stay > later)))[: noise.days - later])
    day = np.clip(clock.local_day - noise.first_day, 0, noise.days - 1)
    return guests.T[:, day]


def _count(heads: Floats, noise: DayNoise, rooms: int, share: float) -> Floats:
    """What a register at the door says: whole persons, and for stretches of three hours one off."""
    draws = np.repeat(noise.uniform("head count", 8, rooms, 2), 3, axis=1).reshape(-1, rooms, 2)
    wrong = share > draws[..., 0].T
    step = np.where(draws[..., 1].T < 0.5, -1.0, 1.0)  # noqa: PLR2004 as often one too few as one too many
    whole = np.round(heads)
    step = np.where(whole == 0, 1.0, step)
    return np.where(wrong, whole + step, whole)
