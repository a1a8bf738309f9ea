"""A reading taken into a meter's state: sums, runs and smoothed values, kept by one numpy step for many meters."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from wattwarden.detection import power_factor, profile, supply
from wattwarden.detection.features import FEATURES, Judged, express
from wattwarden.detection.observations import HOUR_S, Observations, Rooms, rounds
from wattwarden.detection.state import RING_H, Column, Core, MeterStates

LONGEST_INTERVAL_S = 2 * HOUR_S
GAP_S = 3 * HOUR_S
"""A longer silence ends runs and incidents."""
_BLOCK = 8_000  # readings
_MAX_KW = 60_000.0  # what half precision holds
_CUSUM_SLACK, _CUSUM_CAP = 0.5, 60.0
_PF_FALLING, _PF_LEARNT_H = 0.06, 48.0
_SEEN_H, _HOUR_COVERED = Core._fields.index("seen_h"), Core._fields.index("hour_covered")
_SHORTEST_H = 1 / 3600
_UNWILLING = 10.0  # times as slowly does a fall become the usual


def advance(states: MeterStates, rooms: Rooms, obs: Observations) -> NDArray[np.float32]:
    """Take the readings into the states and return their features [m, len(FEATURES)], finite throughout."""
    features = np.empty((len(obs), len(FEATURES)), dtype=np.float32)
    for turns in _blocks(rounds(obs.meter)):
        order = np.concatenate(turns)
        seen = np.concatenate([_round(states, rooms, obs, rows) for rows in turns], axis=1)
        core, judged = Core(*seen[: len(Core._fields)]), Judged(*seen[len(Core._fields) :])
        features[order] = express(core, judged, rooms, obs.take(order))
    return features


def _blocks(turns: list[NDArray[np.int64]]) -> Iterator[list[NDArray[np.int64]]]:
    """Rounds together, few enough for what `express` makes of them to stay in the processor's cache."""
    block: list[NDArray[np.int64]] = []
    for rows in turns:
        block.append(rows)
        if sum(map(len, block)) >= _BLOCK:
            yield block
            block = []
    if block:
        yield block


def _round(states: MeterStates, rooms: Rooms, obs: Observations, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """One reading each of some meters: [fields of Core and Judged, rows]."""
    meters = obs.meter[rows]
    before = states.core[:, meters]
    after = before.copy()
    core = Core(*after)
    ts, hours = obs.ts[rows], obs.interval_s[rows] / HOUR_S
    start = ts - obs.interval_s[rows]
    hour = np.floor(start / HOUR_S)
    usable = (
        np.isfinite(obs.kwh[rows]) & (hours > 0) & (obs.interval_s[rows] <= LONGEST_INTERVAL_S) & (hour >= core.hour)
    )
    hours = np.where(usable, hours, 1.0)
    kw = np.clip(np.where(usable, obs.kwh[rows], 0.0) / hours, 0.0, _MAX_KW)

    new_hour = usable & (hour > core.hour)
    _turn_hour(states, core, meters, np.where(new_hour, hour, core.hour), new_hour)
    value = _trailing_hour(core, kw, hours)

    has_ac, hour_of_week = rooms.has_ac[meters], obs.hour_of_week[rows]
    scale = profile.usual_level(core, profile.prior_kw(rooms.beds[meters], has_ac), value)
    low, mid, high = profile.seasonal_band(core, scale, profile.prior_shape(hour_of_week, has_ac))
    value = np.where(usable, value, mid)

    _count_runs(core, obs, rows, kw, value, mid, high, scale, hours, start - core.last_ts > GAP_S)
    _smooth_load(core, obs, rows, value, low, mid, high, scale, hours)
    _smooth_power_factor(after, core, obs, rows, kw, scale, hours)
    core.last_kw[:] = kw

    known_h = np.where(usable, _known_h(core, hours), before[_SEEN_H] + before[_HOUR_COVERED])
    after[:, ~usable] = before[:, ~usable]
    hours = np.where(usable, hours, np.clip(obs.interval_s[rows] / HOUR_S, _SHORTEST_H, 1.0))
    _take_voltage(core, obs.voltage[rows], rooms.nominal_voltage[meters], hours, known_h, usable)
    core.last_ts[:] = np.fmax(before[Core._fields.index("last_ts")], ts)
    states.core[:, meters] = after
    return np.concatenate([after, np.stack([value, np.where(usable, kw, mid), low, mid, high, scale, usable * 1.0])])


def _turn_hour(
    states: MeterStates, core: Core, meters: NDArray[np.int64], hour: Column, new_hour: NDArray[np.bool_]
) -> None:
    """Put finished hours into the rings, leave unmeasured ones NaN, and begin the new hour."""
    finished = new_hour & (core.hour_covered > 0)
    hour_kw = np.where(finished, core.hour_kwh / np.maximum(core.hour_covered, 1e-9), np.nan)
    states.ring[meters[finished], core.hour[finished].astype(np.int64) % RING_H] = hour_kw[finished]
    states.ring_changed[meters[finished]] = True
    for i in np.flatnonzero(finished & (hour - core.hour > 1)):
        missing = np.arange(max(core.hour[i] + 1, hour[i] - RING_H), hour[i]).astype(np.int64) % RING_H
        states.ring[meters[i], missing] = np.nan
    profile.remember_vacant(core, states.vacant, meters, hour_kw, finished)
    core.seen_h[finished] += 1
    core.usual1[:] = np.where(new_hour, np.where(hour - core.hour == 1, core.usual_kw, np.nan), core.usual1)
    core.hour[:] = hour
    for column, start in ((core.hour_kwh, 0.0), (core.hour_covered, 0.0), (core.hour_people, np.nan)):
        column[new_hour] = start
    profile.refresh_stats(core, states.ring, meters, profile.stats_due(core, finished))
    profile.recall(core, states.ring, meters, new_hour)


def _trailing_hour(core: Core, kw: Column, hours: Column) -> Column:
    """Mean kW of the last 60 minutes: this hour so far and, for the rest, the mean of the hour before."""
    core.hour_kwh[:] += kw * hours
    core.hour_covered[:] += hours
    covered = np.minimum(core.hour_covered, 1.0)
    so_far = core.hour_kwh / core.hour_covered
    value: Column = so_far * covered + np.where(np.isnan(core.lag1), so_far, core.lag1) * (1 - covered)
    return value


def _count_runs(
    core: Core,
    obs: Observations,
    rows: NDArray[np.int64],
    kw: Column,
    value: Column,
    mid: Column,
    high: Column,
    scale: Column,
    hours: Column,
    silent: NDArray[np.bool_],
) -> None:
    people = obs.occupancy[rows]
    core.hour_people[:] = np.fmax(core.hour_people, people)
    same = np.abs(kw - core.last_kw) <= 1e-6 + 1e-5 * kw
    short = core.value24 < 0.55 * core.mid24
    runs = (
        (core.flat_h, same & (kw > 0.01 * scale)),
        (core.zero_h, kw <= 0.005 * scale),
        (core.low_h, value < 0.3 * mid),
        (core.high_h, value > high),
        (core.empty_h, people == 0),
        (core.short_h, short),
    )
    for run, goes_on in runs:
        run[:] = np.where(goes_on, np.where(silent, 0.0, run) + hours, 0.0)


def _smooth_load(
    core: Core,
    obs: Observations,
    rows: NDArray[np.int64],
    value: Column,
    low: Column,
    mid: Column,
    high: Column,
    scale: Column,
    hours: Column,
) -> None:
    sigma = np.maximum((high - low) / 2, np.maximum(0.25 * mid, 0.1 * scale))
    z = np.clip((value - mid) / sigma, -10, 10)
    core.cusum_high[:] = np.clip(core.cusum_high + (z - _CUSUM_SLACK) * hours, 0, _CUSUM_CAP)
    core.cusum_low[:] = np.clip(core.cusum_low + (-z - _CUSUM_SLACK) * hours, 0, _CUSUM_CAP)
    residual = np.clip((value - mid) / scale, -10, 10)
    stray = np.minimum(np.abs(residual), 3.0)
    people, known_h = obs.occupancy[rows], _known_h(core, hours)
    for column, new, tau_h in (
        (core.resid3, residual, 3.0),
        (core.resid24, residual, 24.0),
        (core.resid96, residual, 96.0),
        (core.stray24, stray, 24.0),
        (core.stray336, stray, 336.0),
        (core.value24, value, 24.0),
        (core.value336, value, 336.0),
        (core.mid24, mid, 24.0),
        (core.people24, np.where(np.isnan(people), np.nan, people > 0), 24.0),
        (core.heads24, people, 24.0),
        (core.heads336, people, 336.0),
        (core.temperature168, obs.temperature_c[rows], 168.0),
    ):
        _smooth(column, new, hours, tau_h, known_h)
    core.usual_kw[:] = mid


def _take_voltage(
    core: Core, voltage: Column, nominal: Column, hours: Column, known_h: Column, usable: NDArray[np.bool_]
) -> None:
    """Count low readings in a row, then learn. A voltage is known whether or not the energy is."""
    low = (voltage < supply.lowest_usual(core, nominal)) & (voltage > (1 - supply.IMPLAUSIBLE) * nominal)
    silent = np.isnan(voltage) & ~usable
    core.low_voltage_n[:] = np.where(silent, core.low_voltage_n, np.where(low, core.low_voltage_n + 1, 0.0))
    _smooth(core.voltage72, voltage, hours, 72.0, known_h)
    stray = np.minimum(np.abs(voltage - core.voltage72), supply.MOST_STRAY * nominal)
    _smooth(core.voltage_stray, stray, hours, 336.0, known_h)


def _smooth_power_factor(
    after: NDArray[np.float64],
    core: Core,
    obs: Observations,
    rows: NDArray[np.int64],
    kw: Column,
    scale: Column,
    hours: Column,
) -> None:
    """Half an hour's smoothing makes readings of a minute say what one of an hour would. `core` are rows of `after`."""
    factor = np.abs(obs.power_factor[rows])
    factor = np.where((factor > 0) & (kw > power_factor.IDLE * scale), factor, np.nan)
    usual = power_factor.usual_factor(core, factor)
    at = np.searchsorted(power_factor.LEVELS, kw / scale), np.arange(len(rows))
    habit, habit_h = after[power_factor.HABIT][at], after[power_factor.HABIT_H][at]
    off = power_factor.distance(factor, habit, habit_h, usual)
    resistive = np.clip(power_factor.without_reactive(kw, factor, usual) / scale, -10, 10)
    for column, new, tau_h in (
        (core.resistive1, resistive, 0.5),
        (core.resistive24, resistive, 24.0),
        (core.pf_off1, off, 0.5),
        (core.pf_off3, off, 3.0),
    ):
        _smooth(column, new, hours, tau_h, core.pf_h)
    stray = np.where(np.isnan(factor), np.nan, np.minimum(np.abs(core.pf_off1), 0.1))
    _smooth(core.pf_stray, stray, hours, 336.0, core.pf_h)
    stray = np.where(np.isnan(resistive), np.nan, np.minimum(np.abs(core.resistive1), 2.0))
    _smooth(core.resistive_stray, stray, hours, 336.0, core.pf_h)
    # a fall must not soon become the baseline it is measured against
    reluctance = np.where((core.pf_off3 < -_PF_FALLING) & (core.pf_h > _PF_LEARNT_H), _UNWILLING, 1.0)
    _smooth(core.pf_slow, factor, hours, 168.0 * reluctance, core.pf_h * reluctance)
    _smooth(habit, factor, hours, 96.0 * reluctance, habit_h * reluctance)
    known = np.where(np.isnan(factor), 0.0, hours)
    after[power_factor.HABIT][at] = habit
    after[power_factor.HABIT_H][at] += known
    core.pf_h[:] += known


def _known_h(core: Core, hours: Column) -> Column:
    """Hours that the meter was watched before the reading."""
    return core.seen_h + core.hour_covered - hours


def _smooth(column: Column, new: Column, hours: Column, tau_h: Column | float, known_h: Column) -> None:
    """Move the column towards what is new, as far as the hours count beside the time constant; NaN moves nothing.

    They count no less than beside the hours known before: in a meter's first weeks a slow mean is the plain one, or its
    first reading would pass for its habit.
    """
    share = np.maximum(1 - np.exp(-hours / tau_h), hours / (known_h + hours))
    moved = column + share * (new - column)
    column[:] = np.where(np.isnan(new), column, np.where(np.isnan(column), new, moved))
