"""From features to verdicts: who judges, the expected band, incidents with hysteresis, severity and reasons."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wattwarden.detection.advance import GAP_S
from wattwarden.detection.features import FEATURES
from wattwarden.detection.observations import HOUR_S, Observations, Rooms
from wattwarden.detection.profile import JUDGED_H
from wattwarden.detection.rules import RULES, Facts, Flags, Values, facts
from wattwarden.detection.severity import severity_of
from wattwarden.detection.state import Alarm, MeterStates
from wattwarden.domain.anomalies import Kind, Severity, Tier

CLOSE_SHARE = 1 / 3
"""An incident that the model opened goes on while its probability stays above this share of the threshold."""
SUPPORT_SHARE = 0.85
"""A rule that is not certain needs the model, where it judges, to come this close to its threshold."""
LIKELY_SHARE, LIKELY_H = 1 / 3, 2.0
"""The model opens an incident, too, once the odds have been this share of the threshold's for so many hours."""
ONGOING_ODDS = 3.0
"""A reading that keeps an incident going is so many times as likely (odds) to be wrong as its own figures say."""
QUIET_H = 2.0
"""An incident ends once this long nothing has kept it going."""

_KINDS = list(Kind)
_SEVERITIES = list(Severity)
_TIERS = np.array([Tier.MODEL, Tier.RULES, Tier.STATIC], dtype=object)
_SUPPLY = (Kind.UNDERVOLTAGE, Kind.OVERVOLTAGE)
"""Known by the voltage alone, and told even while something else goes on."""
_RULE_OF = {rule.kind: i for i, rule in enumerate(RULES)}
_CONFIDENCE_OF_RULE = np.array([[rule.confidence] for rule in RULES])


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Columns of equal length, a value per reading. Energies are kWh of the reading's interval."""

    anomalous: Flags
    opens: Flags
    grows: Flags
    """The reading makes the incident that is open more severe than it was."""
    closes: Flags
    """The incident that was open before this reading ends with it; the reading may open the next one."""
    incident_ts: Values
    """`ts` of the reading that opened the incident the reading belongs to (or ends); NaN without one."""
    kind: list[Kind | None]
    severity: list[Severity | None]
    """Of the incident so far: it only grows."""
    tier: list[Tier]
    score: Values
    """0..1: the model's probability or, when a rule fires, at least that rule's confidence."""
    confidence: Values
    """0..1: probability that the verdict, anomalous or not, is right."""
    expected_low_kw: Values
    expected_kw: Values
    expected_high_kw: Values
    excess_kwh: Values
    """Energy above (or, negative, below) the expected; 0 for readings that are not anomalous, NaN for those that are
    while nothing is known of their load."""
    reasons: list[dict[str, Any] | None]
    stuck: Flags
    """The meter has repeated one value for hours (the rule `flat`), or its open incident is of that kind."""


def judge(
    states: MeterStates,
    rooms: Rooms,
    obs: Observations,
    features: NDArray[np.float32],
    predictions: NDArray[np.float32] | None,
    *,
    explain: bool = True,
) -> Verdicts:
    """Judge readings whose features `advance` has returned, with the model's predictions [m, 5] when there are any.

    A reading of unknown energy says nothing about the load: it neither opens an incident nor keeps one going, and two
    hours of such readings end it, as silence does. Its voltage is known all the same, so that a sagging supply opens
    and goes on with it.

    Without `explain` no reasons are given, for those who only count.
    """
    by_model = _judged_by_model(features, predictions)
    low, mid, high = _band(features, predictions, by_model)
    f = facts(features, obs, rooms, low, mid, high, Alarm(*states.alarm))
    usable = f.feature("usable") > 0
    asked = by_model & usable
    probability = np.where(asked, predictions[:, 0] if predictions is not None else 0.0, 0.0).astype(np.float64)
    threshold = np.where(by_model, predictions[:, 4] if predictions is not None else 1.0, 1.0).astype(np.float64)
    likely_h = _likely_hours(states, obs, asked & (_odds(probability) >= LIKELY_SHARE * _odds(threshold)))
    opens_model = asked & ((probability >= threshold) | (likely_h >= LIKELY_H))
    holds_model = asked & (probability >= threshold * CLOSE_SHARE)
    unasked = np.stack([rule.certain(f) for rule in RULES]) | ~by_model
    supported = asked & (probability >= threshold * SUPPORT_SHARE)
    told = np.stack([np.isfinite(obs.voltage) if rule.kind in _SUPPLY else usable for rule in RULES])
    fires = np.stack([rule.opens(f) for rule in RULES]) & told & (unasked | supported)
    holds = np.stack([rule.holds(f) for rule in RULES]) & told & (unasked | holds_model)

    confidence_of_rule = np.where(fires, _CONFIDENCE_OF_RULE, 0.0).max(axis=0, initial=0.0)
    score = np.maximum(probability, confidence_of_rule)
    energy = np.maximum(obs.kwh, 0.0)
    signals = _Signals(
        fires=fires,
        holds=holds,
        opens_model=opens_model,
        holds_model=holds_model,
        normal=np.stack([rule.normal(f) for rule in RULES]),
        model_kind=_model_kind(f),
        excess=np.where(usable, energy - mid * obs.interval_s / HOUR_S, np.nan),
        level=f.feature("scale_kw"),
    )
    m = len(obs)
    verdicts = Verdicts(
        anomalous=np.zeros(m, dtype=np.bool_),
        opens=np.zeros(m, dtype=np.bool_),
        grows=np.zeros(m, dtype=np.bool_),
        closes=np.zeros(m, dtype=np.bool_),
        incident_ts=np.full(m, np.nan),
        kind=[None] * m,
        severity=[None] * m,
        tier=_TIERS[np.where(by_model, 0, np.where(f.settled, 1, 2))].tolist(),
        score=score,
        confidence=1 - probability,
        expected_low_kw=low,
        expected_kw=mid,
        expected_high_kw=high,
        excess_kwh=np.zeros(m),
        reasons=[None] * m,
        stuck=fires[_RULE_OF[Kind.FLAT]].copy(),
    )
    silent_h = _silent_hours(states, obs)
    _run_incidents(states, obs, signals, verdicts)
    kept_by_rule = np.where(holds, _CONFIDENCE_OF_RULE, 0.0).max(axis=0, initial=0.0)
    sure = np.maximum(score, kept_by_rule)
    sure = np.where(verdicts.opens, sure, 1 - 1 / (1 + ONGOING_ODDS * _odds(sure)))
    verdicts.confidence[:] = np.where(verdicts.anomalous, sure, 1 - probability)
    if explain:
        _explain(f, features, predictions, by_model, likely_h, silent_h, fires, verdicts)
    return verdicts


@dataclass(frozen=True, slots=True)
class _Signals:
    fires: Flags
    """[rules, m]"""
    holds: Flags
    """[rules, m]"""
    normal: Flags
    """[rules, m]"""
    opens_model: Flags
    holds_model: Flags
    model_kind: NDArray[np.int64]
    """Position in `Kind` of what the model's alarm is called when no rule says it better."""
    excess: Values
    """NaN where nothing is known of the load."""
    level: Values


def _judged_by_model(features: NDArray[np.float32], predictions: NDArray[np.float32] | None) -> Flags:
    """All but a meter's first day, of which nothing can be said yet but by rules."""
    if predictions is None:
        return np.zeros(len(features), dtype=np.bool_)
    seen = features[:, FEATURES.index("seen_h")] >= JUDGED_H
    return np.asarray(seen & np.isfinite(predictions).all(axis=1))


def _odds(probability: Values) -> Values:
    """Infinite where certain."""
    with np.errstate(divide="ignore"):
        return probability / (1 - probability)


def _likely_hours(states: MeterStates, obs: Observations, likely: Flags) -> Values:
    """Hours from the start of the first of likely readings in a row to the end of each; 0 for one that is not likely.

    The start is kept, not a sum, so that it makes no difference how the readings were divided into batches.
    """
    if len(obs) == 0:
        return np.empty(0)
    alarm = Alarm(*states.alarm)
    first = np.r_[True, obs.meter[1:] != obs.meter[:-1]]
    start = obs.ts - obs.interval_s
    silent = _silent_hours(states, obs) > GAP_S / HOUR_S
    goes_on = ~silent & np.where(first, np.isfinite(alarm.likely_since[obs.meter]), np.r_[False, likely[:-1]])
    since = np.where(first & goes_on, alarm.likely_since[obs.meter], start)
    run = np.maximum.accumulate(np.where(first | ~goes_on, np.arange(len(obs)), 0))
    # the last reading of each meter comes last, and assignment keeps the last
    alarm.likely_since[obs.meter] = np.where(likely, since[run], np.nan)
    return np.where(likely, (obs.ts - since[run]) / HOUR_S, 0.0)


def _silent_hours(states: MeterStates, obs: Observations) -> Values:
    """Hours between the reading before and the start of each one's interval; NaN for a meter's first."""
    if len(obs) == 0:
        return np.empty(0)
    first = np.r_[True, obs.meter[1:] != obs.meter[:-1]]
    before = np.where(first, Alarm(*states.alarm).last_ts[obs.meter], np.r_[np.nan, obs.ts[:-1]])
    return np.asarray((obs.ts - obs.interval_s - before) / HOUR_S)


def _band(
    features: NDArray[np.float32], predictions: NDArray[np.float32] | None, by_model: Flags
) -> tuple[Values, Values, Values]:
    scale = features[:, FEATURES.index("scale_kw")].astype(np.float64)
    names = ("band_low", "band_mid", "band_high")
    band = np.stack([features[:, FEATURES.index(name)].astype(np.float64) * scale for name in names])
    if predictions is not None:
        band = np.where(by_model, predictions[:, 1:4].T.astype(np.float64), band)
    low, mid, high = np.sort(np.maximum(band, 0.0), axis=0)
    return low, mid, high


def _model_kind(f: Facts) -> NDArray[np.int64]:
    """A bad supply is called that before its rule, which waits for a second reading, is sure of it."""
    named = (*_SUPPLY, Kind.EXCESS, Kind.SHORTFALL)
    sags = np.where(f.strict, f.sag_n, f.feature("low_voltage_n")) > 0
    found = [sags, f.swell_n > 0, f.value > f.high, f.value < f.low]
    return np.select(found, [_KINDS.index(kind) for kind in named], _KINDS.index(Kind.PATTERN))


def _run_incidents(states: MeterStates, obs: Observations, signals: _Signals, verdicts: Verdicts) -> None:
    """Open, continue and close incidents in order. Rows of meters with nothing open and nothing rising cost nothing."""
    starting = signals.fires.any(axis=0) | signals.opens_model
    eventful = np.zeros(len(states), dtype=np.bool_)
    eventful[obs.meter[starting]] = True
    eventful |= Alarm(*states.alarm).open > 0
    last_ts = Alarm._fields.index("last_ts")
    for meter, rows in _per_meter(obs.meter, eventful):
        states.alarm[:, meter] = _run_meter(states.alarm[:, meter].tolist(), rows, obs, signals, starting, verdicts)
    # the last reading of each meter comes last, and assignment keeps the last
    states.alarm[last_ts, obs.meter] = np.fmax(states.alarm[last_ts, obs.meter], obs.ts)


def _per_meter(meter: NDArray[np.int64], wanted: Flags) -> list[tuple[int, range]]:
    starts = np.flatnonzero(np.r_[True, meter[1:] != meter[:-1]]) if len(meter) else np.empty(0, dtype=np.int64)
    ends = np.r_[starts[1:], len(meter)]
    chosen = wanted[meter[starts]]
    return [(int(meter[a]), range(a, b)) for a, b in zip(starts[chosen].tolist(), ends[chosen].tolist(), strict=True)]


def _run_meter(
    alarm: list[float], rows: range, obs: Observations, signals: _Signals, starting: Flags, verdicts: Verdicts
) -> list[float]:
    opened, incident_ts, severity, quiet_h, duration_h, excess, last_ts, *others = alarm
    for row in rows:
        ts, hours = float(obs.ts[row]), float(obs.interval_s[row]) / HOUR_S
        kind = _KINDS[int(opened) - 1] if opened else None
        if kind is not None:
            verdicts.incident_ts[row] = incident_ts
            goes_on = _goes_on(kind, row, signals)
            silent = ts - hours * HOUR_S - last_ts > GAP_S
            replaced = bool(starting[row]) and not goes_on
            quiet_h = 0.0 if goes_on and not _normal(kind, row, signals) else quiet_h + hours
            if silent or replaced or quiet_h >= QUIET_H:
                verdicts.closes[row] = True
                kind, opened = None, 0.0
        last_ts = max(ts, last_ts) if last_ts == last_ts else ts  # noqa: PLR0124 - NaN before the first reading
        begins = kind is None and bool(starting[row])
        if begins:
            kind = _name(row, signals)
            opened, incident_ts, severity = 1.0 + _KINDS.index(kind), ts, 0.0
            quiet_h = duration_h = excess = 0.0
        if kind is None or quiet_h > 0:
            continue
        known = not np.isnan(signals.excess[row])
        duration_h += hours if known else min(hours, 1.0)  # a voltage is of its instant, not of a gap before it
        excess += float(signals.excess[row]) if known else 0.0
        before = severity
        severity = max(severity, severity_of(kind, excess, duration_h, float(signals.level[row])).rank)
        verdicts.anomalous[row] = True
        verdicts.opens[row] = begins
        verdicts.grows[row] = not begins and severity > before
        verdicts.incident_ts[row] = incident_ts
        verdicts.kind[row] = kind
        verdicts.severity[row] = _SEVERITIES[int(severity)]
        verdicts.excess_kwh[row] = signals.excess[row]
        verdicts.stuck[row] |= kind is Kind.FLAT
    return [opened, incident_ts, severity, quiet_h, duration_h, excess, last_ts, *others]


def _goes_on(kind: Kind, row: int, signals: _Signals) -> bool:
    rule = _RULE_OF.get(kind)
    by_rule = rule is not None and bool(signals.holds[rule, row])
    another = bool(signals.fires[:, row].any()) and (rule is None or not signals.fires[rule, row])
    urgent = any(other is not kind and bool(signals.fires[_RULE_OF[other], row]) for other in _SUPPLY)
    return not urgent and (by_rule or (bool(signals.holds_model[row]) and not another))


def _normal(kind: Kind, row: int, signals: _Signals) -> bool:
    """The load has come down: what still holds is the trailing hour."""
    rule = _RULE_OF.get(kind)
    return rule is not None and bool(signals.normal[rule, row])


def _name(row: int, signals: _Signals) -> Kind:
    fired = np.flatnonzero(signals.fires[:, row])
    return RULES[fired[0]].kind if len(fired) else _KINDS[int(signals.model_kind[row])]


def _explain(
    f: Facts,
    features: NDArray[np.float32],
    predictions: NDArray[np.float32] | None,
    by_model: Flags,
    likely_h: Values,
    silent_h: Values,
    fires: Flags,
    verdicts: Verdicts,
) -> None:
    """Reasons of the anomalous readings, as numbers that recompute exactly from the reading and its state."""
    rows = np.flatnonzero(verdicts.anomalous)
    if len(rows) == 0:
        return
    usable = f.feature("usable") > 0
    numbers = [rule.numbers(f) for rule in RULES]
    residuals = features[:, [FEATURES.index(name) for name in _RESIDUALS]]
    for row in rows.tolist():
        fired = [i for i in range(len(RULES)) if fires[i, row]]
        kind = verdicts.kind[row]
        reason: dict[str, Any] = {
            "rules": [RULES[i].kind.value for i in fired],
            "value_kw": _plain(f.value[row]) if usable[row] else None,
            "band_kw": [_plain(f.low[row]), _plain(f.mid[row]), _plain(f.high[row])],
            "level_kw": _plain(features[row, _SCALE]),
        }
        for i in fired or ([_RULE_OF[kind]] if kind in _RULE_OF else []):
            reason |= {
                name: _plain(column if isinstance(column, float) else column[row])
                for name, column in numbers[i].items()
            }
        if not np.isnan(f.occupancy[row]):
            reason["occupancy"] = _plain(f.occupancy[row])
        if not np.isnan(f.voltage[row]):
            reason["voltage"] = _plain(f.voltage[row])
        if not np.isnan(f.power_factor[row]):
            reason["power_factor"] = _plain(f.power_factor[row])
        if silent_h[row] > GAP_S / HOUR_S:
            reason["silent_h"] = _plain(silent_h[row])
        if predictions is not None and by_model[row] and usable[row]:
            reason |= {"probability": _plain(predictions[row, 0]), "threshold": _plain(predictions[row, 4])}
            if likely_h[row] >= LIKELY_H:
                reason["likely_h"] = _plain(likely_h[row])
        strongest = np.argsort(-np.abs(residuals[row]), kind="stable")[:_TOP].tolist() if usable[row] else []
        reason["top"] = [[_RESIDUALS[i], _plain(residuals[row, i])] for i in strongest]
        verdicts.reasons[row] = reason


_TOP = 3  # residual features named in the reasons
_SCALE = FEATURES.index("scale_kw")
_RESIDUALS = (
    "residual", "z", "residual3", "residual24", "jump", "empty_excess", "pf_fall", "voltage_drift",
    "baseload24", "day24", "per_head", "pf_z3", "resistive24",
)  # fmt: skip


def _plain(number: float | np.floating[Any]) -> float:
    return round(float(number), 4)
