"""Causal features of every reading, by the same code online and when training replays history."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wattwarden.detection import profile
from wattwarden.detection.observations import HOUR_S, Observations, Rooms, rounds
from wattwarden.detection.state import RING_H, Column, Core, MeterStates

LONGEST_INTERVAL_S = 2 * HOUR_S
GAP_S = 3 * HOUR_S
"""A longer silence ends runs and incidents."""
_MAX_KW = 60_000.0  # what half precision holds
_CUSUM_SLACK, _CUSUM_CAP = 0.5, 60.0
_PF_FALLING, _PF_LEARNT_H = 0.06, 48.0
_VACANT_LEARNT = 12  # vacant hours before their quantile means anything
_SATURDAY = 5 * 24


class Judged(NamedTuple):
    """What a round works out beside the state. kW, except where said."""

    value: Column
    """Mean kW over the hour that ends with the reading."""
    kw: Column
    """Mean kW of the reading itself."""
    low: Column
    mid: Column
    high: Column
    scale: Column
    """The meter's usual mean kW, in which features are expressed."""
    usable: Column
    """1, or 0 for a reading that says nothing about the load."""


def advance(states: MeterStates, rooms: Rooms, obs: Observations) -> NDArray[np.float32]:
    """Take the readings into the states and return their features [m, len(FEATURES)], finite throughout."""
    seen = np.empty((len(Core._fields) + len(Judged._fields), len(obs)))
    for rows in rounds(obs.meter):
        seen[:, rows] = _round(states, rooms, obs, rows)
    return _express(Core(*seen[: len(Core._fields)]), Judged(*seen[len(Core._fields) :]), rooms, obs)


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

    _count_runs(core, obs, rows, kw, value, mid, high, scale, hours, start - core.last_ts > GAP_S, rooms)
    _smooth_all(core, obs, rows, value, low, mid, high, scale, hours)
    core.last_kw[:] = kw

    after[:, ~usable] = before[:, ~usable]
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
    rooms: Rooms,
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
    nominal = rooms.nominal_voltage[obs.meter[rows]]
    voltage = obs.voltage[rows]
    low = (voltage < 0.9 * nominal) & (voltage > 0.3 * nominal)
    core.low_voltage_n[:] = np.where(low, core.low_voltage_n + 1, 0.0)


def _smooth_all(
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
    people, voltage = obs.occupancy[rows], obs.voltage[rows]
    power_factor = np.abs(obs.power_factor[rows])
    falling = (core.pf_slow - core.pf_fast > _PF_FALLING) & (core.pf_h > _PF_LEARNT_H)
    for column, new, tau_h in (
        (core.resid3, residual, 3.0),
        (core.resid24, residual, 24.0),
        (core.resid96, residual, 96.0),
        (core.stray24, stray, 24.0),
        (core.stray336, stray, 336.0),
        (core.value24, value, 24.0),
        (core.mid24, mid, 24.0),
        (core.people24, np.where(np.isnan(people), np.nan, people > 0), 24.0),
        (core.voltage72, voltage, 72.0),
        (core.temperature168, obs.temperature_c[rows], 168.0),
        (core.pf_fast, power_factor, 3.0),
        # a fall must not become the baseline it is measured against
        (core.pf_slow, np.where(falling, np.nan, power_factor), 168.0),
    ):
        step = 1 - np.exp(-hours / tau_h)
        moved = column + step * (new - column)
        column[:] = np.where(np.isnan(new), column, np.where(np.isnan(column), new, moved))
    core.usual_kw[:] = mid
    core.pf_h[:] += np.where(np.isnan(power_factor), 0.0, hours)


def _express(core: Core, now: Judged, rooms: Rooms, obs: Observations) -> NDArray[np.float32]:
    """Features of all rows from what the rounds saw: powers in units of the meter's own level, unknowns filled."""
    columns = _columns(core, now, rooms, obs)
    matrix = np.stack([columns[name] for name in FEATURES], axis=1)
    return np.nan_to_num(np.clip(matrix, -1e6, 1e6)).astype(np.float32)


def _columns(core: Core, now: Judged, rooms: Rooms, obs: Observations) -> dict[str, Column]:
    scale, m = now.scale, obs.meter
    beds = rooms.beds[m].astype(np.float64)
    nominal = rooms.nominal_voltage[m]
    occupancy, temperature = obs.occupancy, obs.temperature_c
    hour = (obs.hour_of_week % 24).astype(np.float64)
    people_known = ~np.isnan(occupancy)
    known_vacant = core.vacant_n >= _VACANT_LEARNT
    vacant = np.where(known_vacant, core.vacant_p97, now.mid)

    def relative(column: Column) -> Column:
        return np.where(np.isnan(column), now.mid, column) / scale

    band = np.maximum(now.high - now.low, 0.1 * scale)
    stray = np.where(np.isnan(core.stray336), 0.3, core.stray336)
    jump = now.value - np.where(np.isnan(core.lag1), now.mid, core.lag1)
    usual_jump = np.where(np.isnan(core.usual1) | np.isnan(core.lag1), 0.0, now.mid - core.usual1)
    return {
        "value": now.value / scale,
        "band_low": now.low / scale,
        "band_mid": now.mid / scale,
        "band_high": now.high / scale,
        "residual": (now.value - now.mid) / scale,
        "z": np.clip((now.value - now.mid) / band, -20, 20),
        "residual3": core.resid3,
        "residual24": core.resid24,
        "cusum_high": core.cusum_high,
        "cusum_low": core.cusum_low,
        "how_n": core.how_n,
        "hod_n": core.hod_n,
        "how_low": relative(core.how_low),
        "how_mid": relative(core.how_mid),
        "how_high": relative(core.how_high),
        "hod_mid": relative(core.hod_mid),
        "hod_high": relative(core.hod_high),
        "lag1": relative(core.lag1),
        "lag2": relative(core.lag2),
        "lag3": relative(core.lag3),
        "lag24": relative(core.lag24),
        "lag168": relative(core.lag168),
        "roll3": relative(core.roll3),
        "roll6": relative(core.roll6),
        "roll24": relative(core.roll24),
        "roll168": relative(core.roll168),
        "max24": relative(core.max24),
        "min24": relative(core.min24),
        "jump": jump / scale,
        "residual96": core.resid96,
        "base_rise": np.where(np.isnan(core.p05) | np.isnan(core.min24), 0.0, core.min24 - core.p05) / scale,
        "surprise": (jump - usual_jump) / scale,
        "hod_low": relative(core.hod_low),
        "near_low": relative(core.near_low),
        "near_high": relative(core.near_high),
        "span6": np.where(np.isnan(core.span6), band, core.span6) / scale,
        "stray": stray,
        "stray24": core.stray24,
        "ratio24": core.value24 / np.maximum(core.mid24, 0.05 * scale),
        "flat_h": core.flat_h,
        "zero_h": core.zero_h,
        "low_h": core.low_h,
        "high_h": core.high_h,
        "short_h": core.short_h,
        "p50": relative(core.p50),
        "p99": np.where(np.isnan(core.p99), now.high, core.p99) / scale,
        "zero_share": core.zero_share,
        "same_share": core.same_share,
        "voltage_change": np.where(np.isnan(obs.voltage), 0.0, obs.voltage / nominal - 1),
        "voltage_drift": np.where(np.isnan(obs.voltage), 0.0, (obs.voltage - core.voltage72) / nominal),
        "low_voltage_n": core.low_voltage_n,
        "pf_fall": np.where(np.isnan(obs.power_factor), 0.0, core.pf_slow - core.pf_fast),
        "pf_change": np.where(np.isnan(obs.power_factor), 0.0, _power_factor_change(core, now, obs)),
        "pf_h": np.minimum(core.pf_h, 200.0),
        "people_share": np.where(people_known, occupancy / np.maximum(beds, 1), -1.0),
        "people24": np.where(np.isnan(core.people24), -1.0, core.people24),
        "empty_h": np.minimum(core.empty_h, 100.0),
        "empty_excess": np.where(occupancy == 0, now.value - vacant, 0.0) / scale,
        "vacant_p97": vacant / scale,
        "vacant_n": np.minimum(core.vacant_n, 64.0),
        "warmer": np.where(np.isnan(temperature), 0.0, temperature - core.temperature168),
        "cooling": np.where(np.isnan(temperature), 0.0, np.maximum(temperature - 24, 0) * rooms.has_ac[m]),
        "heating": np.where(np.isnan(temperature), 0.0, np.maximum(16 - temperature, 0)),
        "has_ac": rooms.has_ac[m] * 1.0,
        "beds": beds,
        "hour": hour,
        "hour_sin": np.sin(hour * (np.pi / 12)),
        "hour_cos": np.cos(hour * (np.pi / 12)),
        "weekend": (obs.hour_of_week >= _SATURDAY) * 1.0,
        "seen_h": core.seen_h,
        "usable": now.usable,
        "scale_kw": scale,
    }


def _power_factor_change(core: Core, now: Judged, obs: Observations) -> Column:
    """Distance to the usual power factor; a rise counts as far as resistance of the load's excess can have caused it.

    A load of power factor f of which a share s is replaced by resistance has (1 - s) f + s at most: a power factor that
    rises beside an ordinary load is one that recovers.
    """
    measured = np.abs(obs.power_factor)
    usual = np.where(np.isnan(core.pf_slow), measured, core.pf_slow)
    excess = np.maximum(now.kw - now.mid, 0.0) / np.maximum(now.kw, 1e-9)
    change: Column = np.minimum(measured - usual, np.maximum(1 - usual, 0.0) * excess)
    return change


FEATURES: tuple[str, ...] = (
    "value", "band_low", "band_mid", "band_high", "residual", "z", "residual3", "residual24", "cusum_high", "cusum_low",
    "how_n", "how_low", "how_mid", "how_high", "hod_mid", "hod_high",
    "lag1", "lag2", "lag3", "lag24", "lag168", "roll3", "roll6", "roll24", "roll168", "max24", "min24", "jump",
    "ratio24", "flat_h", "zero_h", "low_h", "high_h", "short_h", "p50", "p99", "zero_share", "same_share",
    "voltage_change", "voltage_drift", "low_voltage_n", "pf_fall", "pf_h",
    "people_share", "people24", "empty_h", "empty_excess", "vacant_p97", "vacant_n",
    "warmer", "cooling", "heating", "has_ac", "beds", "hour", "hour_sin", "hour_cos", "weekend",
    "seen_h", "usable", "scale_kw",
    "surprise", "hod_low", "near_low", "near_high", "span6", "stray", "stray24", "hod_n", "pf_change",
    "residual96", "base_rise",
)  # fmt: skip
"""Columns of the feature matrix. Powers are in units of `scale_kw`, the meter's own usual mean kW."""
