"""From readings in order to what follows from them: the one piece of code for the live path and for replays."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import batched
from uuid import NAMESPACE_OID, UUID, uuid5

import numpy as np
from numpy.typing import NDArray

from wattwarden.contracts.events import IncidentsOpened
from wattwarden.contracts.telemetry import MEASURES
from wattwarden.detection import MeterStates, Observations, Rooms, Verdicts, advance, judge
from wattwarden.detection.state import Core
from wattwarden.domain.anomalies import Anomaly, Severity, Tier, incident_id
from wattwarden.domain.meters import Meters, StateRow
from wattwarden.domain.readings import ReadingColumns, ReadingRows
from wattwarden.domain.registers import Quality
from wattwarden.domain.voltage import tolerance
from wattwarden.ports.exogenous import ExogenousSource
from wattwarden.ports.scoring import Model
from wattwarden.usecases.telemetry.energy import Energy, interval_energy
from wattwarden.usecases.telemetry.exogenous import exogenous_of, local_hours

WEEK_S = 7 * 24 * 3600.0
"""Weeks are counted from the epoch. A meter's state is kept once in each: a replay starts from one of them."""

INCIDENTS_PER_EVENT = 100


@dataclass(frozen=True, slots=True)
class Judged:
    """What some readings come to."""

    rows: ReadingRows
    """All of them, in the order given."""
    anomalies: list[Anomaly]
    closings: list[tuple[int, datetime]]
    """(meter id, instant) where an open incident ended."""
    states: list[StateRow]
    """Of each meter with a reading, after its last one."""
    tier: str
    """Whether the model answered, whoever judged a meter's first day; else who did instead."""


def states_of(meters: Meters) -> MeterStates:
    """The detector's states, aligned with the meters."""
    return MeterStates.load(meters.state, meters.ring)


def judge_readings(
    columns: ReadingColumns,
    meters: Meters,
    states: MeterStates,
    exogenous: ExogenousSource,
    model: Model,
) -> Judged:
    """Work out energies and judge. Changes `states`, which are aligned with the meters.

    `columns` are not empty, sorted by (meter, ts), each key once, all younger than their meter's `last_ts`.
    """
    energy = interval_energy(columns, meters)
    rows = pending(columns, meters, energy)
    low, high = np.array([tolerance(country) for country in meters.country]).T
    rooms = Rooms(meters.beds, meters.has_ac, meters.nominal_voltage, low, high)
    observations = Observations(
        meter=columns.meter,
        ts=columns.ts,
        interval_s=energy.interval_s,
        hour_of_week=local_hours(columns.ts - energy.interval_s, columns.meter, meters),
        kwh=energy.kwh,
        voltage=columns.voltage,
        current=columns.current,
        power_factor=columns.power_factor,
        **exogenous_of(columns, energy.interval_s, meters, exogenous),
    )
    features = advance(states, rooms, observations)
    predictions = model.predict(features)
    version = None if predictions is None else model.version
    verdicts = judge(states, rooms, observations, features, predictions)
    hours = energy.interval_s / 3600
    rows.expected_low_kwh[:] = verdicts.expected_low_kw * hours
    rows.expected_kwh[:] = verdicts.expected_kw * hours
    rows.expected_high_kwh[:] = verdicts.expected_high_kw * hours
    return Judged(
        rows=rows,
        anomalies=_anomalies(rows, verdicts, version),
        closings=[(int(rows.meter_id[at]), _instant(rows.ts[at])) for at in np.flatnonzero(verdicts.closes)],
        states=_states(states, rows, columns.meter, verdicts, meters, energy),
        tier=str(verdicts.tier[-1]) if predictions is None else str(Tier.MODEL),
    )


def pending(columns: ReadingColumns, meters: Meters, energy: Energy | None = None) -> ReadingRows:
    """Rows to store of readings that nothing is expected of yet; without their energy: of late ones.

    A late register's energy is left to the replay.
    """
    if energy is None:
        energy = Energy(columns.kwh, meters.lengths_s(columns), [Quality.LATE] * len(columns.ts), [])
    said = {name: getattr(columns, name) for name in MEASURES}
    return ReadingRows(
        **said | {"interval_s": energy.interval_s, "kwh": energy.kwh},
        meter_id=meters.meter_id[columns.meter],
        ts=columns.ts,
        quality=np.array(energy.quality, dtype=object),
        timezone=meters.timezone[columns.meter],
        expected_low_kwh=np.full(len(columns.ts), np.nan),
        expected_kwh=np.full(len(columns.ts), np.nan),
        expected_high_kwh=np.full(len(columns.ts), np.nan),
        told_kwh=np.full(len(columns.ts), np.nan),
        told_interval_s=np.full(len(columns.ts), np.nan),
        received_at=columns.received_at,
    )


def incidents_opened(anomalies: Sequence[Anomaly], meters: Meters, now: datetime) -> list[IncidentsOpened]:
    """What opened, or became more severe, per hostel.

    An event's id is made from its incidents and how severe they are by then: a retry writes the same outbox row.
    """
    hostel_of = dict(zip(meters.meter_id.tolist(), meters.hostel_id.tolist(), strict=True))
    news: dict[int, dict[UUID, Severity]] = {}
    for anomaly in anomalies:
        if anomaly.opens or anomaly.grows:
            news.setdefault(hostel_of[anomaly.meter_id], {})[anomaly.incident_id] = anomaly.severity
    return [
        IncidentsOpened(
            outbox_id=uuid5(NAMESPACE_OID, ",".join(f"{incident}:{severity}" for incident, severity in part)),
            hostel_id=hostel_id,
            incident_ids=[incident for incident, _ in part],
            detected_at=now,
        )
        for hostel_id, incidents in news.items()
        for part in batched(incidents.items(), INCIDENTS_PER_EVENT, strict=False)
    ]


def _anomalies(rows: ReadingRows, verdicts: Verdicts, version: str | None) -> list[Anomaly]:
    found: list[Anomaly] = []
    for at in np.flatnonzero(verdicts.anomalous):
        kind, severity = verdicts.kind[at], verdicts.severity[at]
        if kind is None or severity is None:  # pragma: no cover - the detector's contract
            raise ValueError("the detector judged a reading anomalous without naming its kind")
        meter_id = int(rows.meter_id[at])
        found.append(
            Anomaly(
                meter_id=meter_id,
                ts=_instant(rows.ts[at]),
                incident_id=incident_id(meter_id, _instant(verdicts.incident_ts[at])),
                kind=kind,
                severity=severity,
                tier=verdicts.tier[at],
                score=float(verdicts.score[at]),
                confidence=float(verdicts.confidence[at]),
                actual_kwh=_known_or_none(rows.kwh[at]),
                expected_low_kwh=float(rows.expected_low_kwh[at]),
                expected_kwh=float(rows.expected_kwh[at]),
                expected_high_kwh=float(rows.expected_high_kwh[at]),
                excess_kwh=_known_or_none(verdicts.excess_kwh[at]),
                reasons=verdicts.reasons[at] or {},
                opens=bool(verdicts.opens[at]),
                grows=bool(verdicts.grows[at]),
                model_version=version if verdicts.tier[at] is Tier.MODEL else None,
            )
        )
    return found


def _states(
    states: MeterStates,
    rows: ReadingRows,
    meter: NDArray[np.int64],
    verdicts: Verdicts,
    meters: Meters,
    energy: Energy,
) -> list[StateRow]:
    blobs = states.dump()
    flat_h = Core(*states.core).flat_h
    power = rows.kwh * 3600 / rows.interval_s
    ends = np.flatnonzero(np.r_[meter[1:] != meter[:-1], True])
    places, lasts = meter[ends], rows.ts[ends]
    begins_week = meters.last_ts[places] // WEEK_S != lasts // WEEK_S
    needed = places[states.ring_changed[places] | begins_week]
    rings = dict(zip(needed.tolist(), states.dump_rings(needed), strict=True))
    chosen = places.tolist()
    stuck_since = np.where(verdicts.stuck[ends], lasts - flat_h[places] * 3600, np.nan)
    return [
        StateRow(*row)  # by position: a meter sends one state for each batch, and there are thousands of them
        for row in zip(
            meters.meter_id[places].tolist(),
            [meters.version[place] for place in chosen],
            [blobs[place] for place in chosen],
            map(rings.get, chosen),
            lasts.tolist(),
            [energy.registers[place] for place in chosen],
            _known(power[ends]),
            verdicts.expected_low_kw[ends].tolist(),
            verdicts.expected_kw[ends].tolist(),
            verdicts.expected_high_kw[ends].tolist(),
            rows.received_at[ends].tolist(),
            _known(stuck_since),
            begins_week.tolist(),
            strict=True,
        )
    ]


def _known(values: NDArray[np.float64]) -> list[float | None]:
    """NaN becomes None."""
    return [None if value != value else value for value in values.tolist()]  # noqa: PLR0124 (that is what NaN is)


def _known_or_none(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _instant(ts: float) -> datetime:
    return datetime.fromtimestamp(ts, UTC)
