"""Guarded rules: each says when it opens an incident, when one goes on, and with which numbers.

A rule sees a reading's features only, hence the same reading always gets the same answer.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wattwarden.detection import supply
from wattwarden.detection.features import FEATURES
from wattwarden.detection.observations import HOUR_S, Observations, Rooms
from wattwarden.detection.profile import OWN_PROFILE_H
from wattwarden.detection.state import Alarm
from wattwarden.domain.anomalies import Kind

Flags = NDArray[np.bool_]
Values = NDArray[np.float64]

VOLTAGE_OVER = 0.02  # of the nominal voltage inside the limit that was crossed
ZERO_H, ZERO_VACANT_H = 4, 12
FLAT_H = 7
PF_FALL, PF_FALL_OVER = 0.10, 0.05
PF_STRAYS = 5.0  # times as far as the power factor usually lies from what is usual at such a load
EMPTY_H = 3
MOSTLY_SAME = 0.10  # a meter that repeats itself more often is coarse, not stuck
AT_REST = 0.02  # share of the last week's hours with a load that is nothing new
HARDLY_EVER = 0.02  # share of dead hours of a meter that practically always draws
SHORT_H, SHORT_UNKNOWN_H = 30, 60
SHORT_RATIO, SHORT_RATIO_UNKNOWN, SHORT_RATIO_OVER = 0.5, 0.3, 0.6  # of the usual use of a day
LIVED_IN = 0.5  # share of the last day with somebody in
ROOM_FLAT_KW = 0.15
APPLIANCE_KW = 0.8  # a heater or a cooker; less than that is somebody's evening
OVERWHELMING = 1.5
HEAVY_KWH = 0.45  # above the band within the hour: ten minutes of a heater, more than a kettle ever takes
HEAVY_INTERVAL_S = 600.0  # a longer interval is itself as long as the wait
FIRST_HOURS, UNLIKE = 3, 2.0  # a larger room shows early what it draws: then a room's limit is not its own
SETTLED_H = 72  # finished hours before "usual" means anything to the simplest guards


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rules look at, one value per reading; powers in kW."""

    value: Values
    """Of the trailing hour."""
    now: Values
    """Of the reading alone; NaN where it says nothing."""
    low: Values
    mid: Values
    high: Values
    feature: Callable[[str], Values]
    """A feature by name."""
    kw: Callable[[str], Values]
    """A relative power among the features, in kW."""
    voltage: Values
    power_factor: Values
    nominal_voltage: Values
    occupancy: Values
    interval_s: Values
    beds: Values
    has_ac: Flags
    settled: Flags
    """The meter has statistics of its own."""
    low_limit: Values
    """Voltage (V) below which the meter is badly supplied by its country's rules, and worse than it is used to."""
    high_limit: Values
    """Likewise above."""
    sag_n: Values
    """Readings in a row below `low_limit`; `swell_n` above `high_limit`."""
    swell_n: Values
    strict: Flags
    """The country allows less undervoltage than EN 50160."""


def facts(
    features: NDArray[np.float32],
    obs: Observations,
    rooms: Rooms,
    low: Values,
    mid: Values,
    high: Values,
    alarm: Alarm,
) -> Facts:
    """What the rules look at. What `alarm` knows of the voltage moves on with the readings."""
    at = {name: i for i, name in enumerate(FEATURES)}
    scale = features[:, at["scale_kw"]].astype(np.float64)

    def feature(name: str) -> Values:
        return features[:, at[name]].astype(np.float64)

    def kw(name: str) -> Values:
        return feature(name) * scale

    nominal = rooms.nominal_voltage[obs.meter]
    settled = feature("seen_h") >= OWN_PROFILE_H
    low_limit, high_limit = supply.limits(rooms, obs.meter, *supply.follow(rooms, obs, alarm.lowest, alarm.highest))
    told = np.isfinite(obs.voltage)
    low_voltage = (obs.voltage < low_limit) & (obs.voltage > (1 - supply.IMPLAUSIBLE) * nominal)
    high_voltage = (obs.voltage > high_limit) & (obs.voltage < (1 + supply.IMPOSSIBLE) * nominal)
    sag_n = supply.in_a_row(obs.meter, told, low_voltage, alarm.sag_n)
    swell_n = supply.in_a_row(obs.meter, told, high_voltage, alarm.swell_n)
    # the last reading of each meter comes last, and assignment keeps the last
    alarm.sag_n[obs.meter], alarm.swell_n[obs.meter] = sag_n, swell_n
    return Facts(
        value=kw("value"),
        now=obs.kwh * HOUR_S / np.maximum(obs.interval_s, 1.0),
        low=low,
        mid=mid,
        high=high,
        feature=feature,
        kw=kw,
        voltage=obs.voltage,
        power_factor=obs.power_factor,
        nominal_voltage=nominal,
        occupancy=obs.occupancy,
        interval_s=obs.interval_s,
        beds=rooms.beds[obs.meter].astype(np.float64),
        has_ac=rooms.has_ac[obs.meter],
        settled=settled,
        low_limit=low_limit,
        high_limit=high_limit,
        sag_n=sag_n,
        swell_n=swell_n,
        strict=(supply.low_tolerance(rooms) < supply.LOW)[obs.meter],
    )


@dataclass(frozen=True, slots=True)
class Rule:
    kind: Kind
    confidence: float
    """How often it has been right, with its guards."""
    opens: Callable[[Facts], Flags]
    holds: Callable[[Facts], Flags]
    numbers: Callable[[Facts], dict[str, Values | float]]
    """What the rule compared, for the alert's explanation."""
    certain: Callable[[Facts], Flags] = lambda f: np.ones(len(f.value), dtype=np.bool_)
    """Where the rule needs no support: elsewhere the model, where it judges, may overrule it."""
    normal: Callable[[Facts], Flags] = lambda f: np.zeros(len(f.value), dtype=np.bool_)
    """Where a reading by itself is no part of it, whatever the trailing hour says."""


def excess_limit_kw(f: Facts) -> Values:
    """Above this a load is far out of the meter's own six weeks and of the hour's band, by an appliance's worth."""
    p99 = f.kw("p99")
    out_of_weeks = p99 + np.maximum(0.6 * (p99 - f.kw("p50")), 0.15 * p99)
    out_of_band = f.mid + 4 * (f.high - f.mid)
    appliance = p99 + np.where(f.beds > 0, APPLIANCE_KW, 0.5 * f.feature("scale_kw"))
    return np.maximum(np.maximum(out_of_weeks, out_of_band), appliance)


def empty_limit_kw(f: Facts) -> Values:
    """What an empty room may draw: 0.35 kW, or its own vacant 97 % quantile and a quarter kilowatt."""
    return np.maximum(0.35, f.kw("vacant_p97") + 0.25)


def overwhelming(f: Facts) -> Flags:
    """A load that no model may explain away: half as much again as the limit that is an appliance above the P99.

    Meters that report more often need not wait for the hour: still on, and already more than a kettle's worth.
    """
    limit = OVERWHELMING * np.maximum(excess_limit_kw(f), f.high)
    heavy_now = (f.interval_s <= HEAVY_INTERVAL_S) & (f.now > limit) & (f.value > f.high + HEAVY_KWH)
    return f.settled & ((f.value > limit) | heavy_now)


def fall_limit(f: Facts) -> Values:
    """Below what is usual at such a load by more than this, the power factor has fallen."""
    return np.maximum(PF_FALL, PF_STRAYS * f.feature("pf_stray"))


def static_limit_kw(f: Facts) -> Values:
    """What a room's sockets and its air conditioner are meant for; infinite where no room is measured."""
    return np.where(f.beds > 0, 1.6 + 0.5 * f.beds + 2.0 * f.has_ac, np.inf)


def _limit_voltage(f: Facts) -> Values:
    by_habit = (1 + f.feature("voltage_limit")) * f.nominal_voltage
    return np.where(f.strict, f.low_limit, by_habit)


def _still_low(f: Facts) -> Flags:
    below = f.voltage < _limit_voltage(f) + VOLTAGE_OVER * f.nominal_voltage
    return below & (f.voltage > (1 - supply.IMPLAUSIBLE) * f.nominal_voltage)


def _undervoltage(f: Facts) -> Flags:
    """One reading of half an hour or more, two shorter ones: a motor's start is no undervoltage."""
    needed = np.where(f.interval_s >= HOUR_S / 2, 1, 2)
    return np.where(f.strict, f.sag_n, f.feature("low_voltage_n")) >= needed


def _overvoltage(f: Facts) -> Flags:
    """Likewise: a spike is no overvoltage."""
    return f.swell_n >= np.where(f.interval_s >= HOUR_S / 2, 1, 2)


def _still_high(f: Facts) -> Flags:
    above = f.voltage > f.high_limit - VOLTAGE_OVER * f.nominal_voltage
    return above & (f.voltage < (1 + supply.IMPOSSIBLE) * f.nominal_voltage)


def _zero(f: Facts) -> Flags:
    """Dead while the meter practically never is; longer when nobody is in, for then little is drawn anyway."""
    usually_draws = (f.feature("zero_share") < HARDLY_EVER) & (f.feature("seen_h") >= SETTLED_H)
    needed = np.where(f.occupancy == 0, ZERO_VACANT_H, ZERO_H)
    return usually_draws & (f.feature("zero_h") >= needed)


def _flat(f: Facts) -> Flags:
    """A value new to the meter, for hours while the room is lived in or draws much; and it seldom repeats itself."""
    lively = (f.occupancy > 0) | ((f.value > ROOM_FLAT_KW) & (f.value > 0.5 * f.feature("scale_kw")))
    unusual = (f.feature("same_share") < MOSTLY_SAME) & (f.feature("recurs") < AT_REST)
    return lively & (f.feature("flat_h") >= FLAT_H) & unusual


def _power_factor(f: Facts) -> Flags:
    return (f.feature("pf_fall") > fall_limit(f)) & (f.feature("pf_h") >= SETTLED_H)


def _empty(f: Facts) -> Flags:
    """Beyond the hour's band too, since head counts are often wrong: then an ordinary evening must not alarm."""
    return (f.feature("empty_h") >= EMPTY_H) & (f.value > np.maximum(empty_limit_kw(f), f.high))


def _shortfall(f: Facts) -> Flags:
    """Far below the usual for more than a day although people live there: a bypass, a broken phase."""
    lived_in = f.feature("people24") > LIVED_IN
    unknown = f.feature("people24") < 0
    ratio, short_h = f.feature("ratio24"), f.feature("short_h")
    drawn = (f.feature("zero_share") < HARDLY_EVER) & f.settled
    short = lived_in & (ratio < SHORT_RATIO) & (short_h >= SHORT_H)
    short |= unknown & (ratio < SHORT_RATIO_UNKNOWN) & (short_h >= SHORT_UNKNOWN_H)
    return drawn & short


def _excess(f: Facts) -> Flags:
    return f.settled & ((f.value > excess_limit_kw(f)) | overwhelming(f))


def _static(f: Facts) -> Flags:
    """Only while nothing better is known, and not for a meter that plainly measures more than a room."""
    limit = static_limit_kw(f)
    a_room = (f.value < 5 * limit) & (f.feature("scale_kw") < limit / 2)
    unlike_so_far = (f.feature("seen_h") >= FIRST_HOURS) & (f.value > UNLIKE * np.maximum(f.kw("max24"), f.kw("p99")))
    return ~f.settled & a_room & unlike_so_far & (f.value > limit)


def _nowhere(f: Facts) -> Flags:
    """For a rule that may never do without the model where one judges."""
    return np.zeros(len(f.value), dtype=np.bool_)


RULES: tuple[Rule, ...] = (
    Rule(
        Kind.UNDERVOLTAGE,
        0.97,
        _undervoltage,
        _still_low,
        lambda f: {"voltage": f.voltage, "limit_voltage": _limit_voltage(f)},
    ),
    Rule(
        Kind.OVERVOLTAGE,
        0.97,
        _overvoltage,
        _still_high,
        lambda f: {"voltage": f.voltage, "limit_voltage_high": f.high_limit},
    ),
    Rule(
        Kind.EMPTY_ROOM_LOAD,
        0.92,
        _empty,
        lambda f: (f.occupancy == 0) & (f.value > 0.8 * empty_limit_kw(f)),
        lambda f: {"empty_h": f.feature("empty_h"), "limit_kw": empty_limit_kw(f), "vacant_p97_kw": f.kw("vacant_p97")},
        certain=overwhelming,
        normal=lambda f: f.now <= 0.8 * empty_limit_kw(f),
    ),
    Rule(
        Kind.EXCESS,
        0.90,
        _excess,
        lambda f: (f.settled & (f.value > 0.8 * excess_limit_kw(f)) & (f.value > f.high)) | overwhelming(f),
        lambda f: {"limit_kw": excess_limit_kw(f), "p99_kw": f.kw("p99"), "p50_kw": f.kw("p50")},
        certain=overwhelming,
        normal=lambda f: f.now <= f.high,
    ),
    Rule(
        Kind.ZERO,
        0.90,
        _zero,
        lambda f: f.feature("zero_h") > 0,
        lambda f: {"zero_h": f.feature("zero_h"), "zero_share": f.feature("zero_share")},
    ),
    Rule(
        Kind.FLAT,
        0.85,
        _flat,
        lambda f: f.feature("flat_h") > 0,
        lambda f: {
            "flat_h": f.feature("flat_h"),
            "same_share": f.feature("same_share"),
            "recurring_share": f.feature("recurs"),
        },
    ),
    Rule(
        Kind.POWER_FACTOR,
        0.85,
        _power_factor,
        lambda f: f.feature("pf_fall") > PF_FALL_OVER,
        lambda f: {"power_factor_fall": f.feature("pf_fall"), "limit_fall": fall_limit(f)},
    ),
    Rule(
        Kind.SHORTFALL,
        0.75,
        _shortfall,
        lambda f: f.feature("ratio24") < SHORT_RATIO_OVER,
        lambda f: {"ratio24": f.feature("ratio24"), "short_h": f.feature("short_h")},
        certain=_nowhere,
    ),
    Rule(
        Kind.STATIC_LIMIT,
        0.70,
        _static,
        lambda f: f.value > 0.8 * static_limit_kw(f),
        lambda f: {"limit_kw": static_limit_kw(f)},
        certain=_nowhere,
        normal=lambda f: f.now <= 0.8 * static_limit_kw(f),
    ),
)
"""In the order in which they name an incident when several fire at once."""
