"""Causal features of every reading, by the same code online and when training replays history."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wattwarden.detection import power_factor, supply
from wattwarden.detection.observations import Observations, Rooms
from wattwarden.detection.state import Column, Core

_VACANT_LEARNT = 12  # vacant hours before their quantile means anything
_FEW_HEADS = 0.1
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


def express(core: Core, now: Judged, rooms: Rooms, obs: Observations) -> NDArray[np.float32]:
    """Features of all rows from what the rounds saw: powers in units of the meter's own level, unknowns filled."""
    columns = _columns(core, now, rooms, obs)
    matrix = np.empty((len(obs), len(FEATURES)), dtype=np.float32)
    with np.errstate(over="ignore"):  # what single precision cannot hold is clipped next
        for place, name in enumerate(FEATURES):
            matrix[:, place] = columns[name]
    np.clip(matrix, -1e6, 1e6, out=matrix)
    matrix[np.isnan(matrix)] = 0.0
    return matrix


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
        **_days(core, scale),
        **_electricity(core, now, nominal, obs),
        "per_head": _use_per_head(core, occupancy, scale),
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
        "recurs": np.where(core.flat_h > 0, core.recurs, 0.0),
        "low_voltage_n": core.low_voltage_n,
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


def _days(core: Core, scale: Column) -> dict[str, Column]:
    """Days beside the days of six weeks, as logarithms of ratios: the least load of a day, its mean, its peak."""
    least, mean = 0.01 * scale, 0.05 * scale
    return {
        "baseload24": _log_ratio(core.min24, core.baseload_mid, least),
        "baseload72": _log_ratio(core.min72, core.baseload_mid, least),
        "baseload_over": _log_ratio(core.min24, core.baseload_high, least),
        "baseload_under": _log_ratio(core.min24, core.baseload_low, least),
        "day24": _log_ratio(core.roll24, core.day_mid, mean),
        "day72": _log_ratio(core.roll72, core.day_mid, mean),
        "day168": _log_ratio(core.roll168, core.day_mid, mean),
        "day_over": _log_ratio(core.roll24, core.day_high, mean),
        "day_under": _log_ratio(core.roll24, core.day_low, mean),
        "peak72": _log_ratio(core.max72, core.p99, mean),
    }


def _electricity(core: Core, now: Judged, nominal: Column, obs: Observations) -> dict[str, Column]:
    """Voltage and power factor beside what they usually are; a `_z` is in units of how far it usually strays."""
    factor = np.abs(obs.power_factor)
    pf_stray = np.maximum(np.where(np.isnan(core.pf_stray), 0.015, core.pf_stray), 0.004)
    resistive_stray = np.maximum(np.where(np.isnan(core.resistive_stray), 0.1, core.resistive_stray), 0.02)
    of_voltage = {
        "voltage_change": obs.voltage / nominal - 1,
        "voltage_drift": (obs.voltage - core.voltage72) / nominal,
        "voltage_z": np.clip((obs.voltage - core.voltage72) / np.maximum(core.voltage_stray, 0.002 * nominal), -20, 20),
        "voltage_limit": supply.lowest_usual(core, nominal) / nominal - 1,
    }
    of_factor = {
        "pf_fall": -core.pf_off3,
        "pf_change": power_factor.explained_change(core, now.kw, now.mid, factor),
        "pf_z": np.clip(core.pf_off1 / pf_stray, -10, 10),
        "pf_z3": np.clip(core.pf_off3 / pf_stray, -10, 10),
        "pf_stray": pf_stray,
        "resistive": core.resistive1,
        "resistive24": core.resistive24,
        "resistive_z": np.clip(core.resistive1 / resistive_stray, -20, 20),
        "resistive_stray": resistive_stray,
    }
    return {
        **{name: np.where(np.isnan(obs.voltage), 0.0, column) for name, column in of_voltage.items()},
        **{name: np.where(np.isnan(factor), 0.0, column) for name, column in of_factor.items()},
    }


def _use_per_head(core: Core, occupancy: Column, scale: Column) -> Column:
    """Logarithm of what a person uses today beside two weeks; 0 where nobody counts."""
    use = _log_ratio(core.value24, core.value336, 0.05 * scale)
    return np.where(np.isnan(occupancy), 0.0, use - _log_ratio(core.heads24, core.heads336, _FEW_HEADS))


def _log_ratio(a: Column, b: Column, least: Column | float) -> Column:
    """0 where either is unknown; `least` is added to both, lest next to nothing is compared with nothing."""
    ratio = np.log((a + least) / (b + least))
    return np.clip(np.nan_to_num(ratio), -4.0, 4.0)


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
    "pf_z", "pf_z3", "pf_stray", "resistive", "resistive24",
    "baseload24", "baseload72", "baseload_over", "baseload_under",
    "day24", "day72", "day168", "day_over", "day_under", "peak72", "per_head", "resistive_z", "resistive_stray",
    "voltage_z", "voltage_limit", "recurs",
)  # fmt: skip
"""Columns of the feature matrix. Powers are in units of `scale_kw`, the meter's own usual mean kW."""
