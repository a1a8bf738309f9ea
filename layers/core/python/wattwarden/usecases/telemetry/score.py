"""Score a batch of the telemetry stream: what it says, what it changes, committed once.

Order of one batch: read the records; store head counts and weather; load every meter's state in one query; settle
which values count; work out energy and judge what is new; commit readings, states, roll-ups, anomalies and outbox in
one transaction; tell the bus. No transaction is open while the endpoint or the bus is called. What came late or
corrects the past is stored and leaves its meter marked for a replay, and so does a state that another release wrote.
Run again with the same records (a retry, a killed consumer) it changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from wattwarden.detection import STATE_HEADER
from wattwarden.domain.data_health import FaultKind
from wattwarden.domain.errors import ConflictError
from wattwarden.domain.meters import Fault, Meters, ReplayMark
from wattwarden.domain.readings import ReadingColumns, ReadingRows
from wattwarden.domain.registers import Quality
from wattwarden.ports.scoring import Effects, Model, TelemetryStore
from wattwarden.ports.stream import EventBus
from wattwarden.usecases.publish import publish
from wattwarden.usecases.telemetry import batch
from wattwarden.usecases.telemetry.batch import DecodedBatch, Record
from wattwarden.usecases.telemetry.facts import resolve_versions
from wattwarden.usecases.telemetry.judging import incidents_opened, judge_readings, pending, states_of
from wattwarden.usecases.telemetry.overlaps import beginnings, shortened
from wattwarden.usecases.telemetry.sift import sift

ATTEMPTS = 4
"""Tries when another consumer moved a meter's state on between load and commit."""


@dataclass(frozen=True, slots=True)
class Scored:
    """What a batch came to."""

    readings: int = 0
    late: int = 0
    corrected: int = 0
    repeated: int = 0
    quarantined: int = 0
    anomalies: int = 0
    incidents: int = 0
    tier: str | None = None

    def __add__(self, other: "Scored") -> "Scored":
        """Both parts of a batch; the tier is that of the one judged last."""
        counts = {f.name: getattr(self, f.name) + getattr(other, f.name) for f in fields(self) if f.name != "tier"}
        return Scored(**counts, tier=other.tier or self.tier)


def score(records: Sequence[Record], store: TelemetryStore, model: Model, bus: EventBus, now: datetime) -> Scored:
    """Score the records and commit what they change.

    Raises:
        ConflictError: the meters' states kept moving; nothing was applied, the batch may be delivered again.
        UnavailableError: the database is away; likewise.
    """
    return score_decoded(batch.read(records), store, model, bus, now)


def score_decoded(decoded: DecodedBatch, store: TelemetryStore, model: Model, bus: EventBus, now: datetime) -> Scored:
    """As `score` does, of what records have been found to say."""
    if decoded.exogenous.occupancy or decoded.exogenous.weather:
        store.save_exogenous(decoded.exogenous)
    for attempt in range(ATTEMPTS):
        effects, scored = _work_out(decoded, store, model, now)
        try:
            store.commit(effects)
        except ConflictError:
            if attempt == ATTEMPTS - 1:
                raise
            continue
        break
    publish(effects.events, store, bus)
    return scored


def _work_out(decoded: DecodedBatch, store: TelemetryStore, model: Model, now: datetime) -> tuple[Effects, Scored]:
    """One try at a batch: what it changes, and what it comes to."""
    effects = Effects(quarantined=list(decoded.quarantined), faults=list(decoded.faults))
    if not decoded.readings:
        return effects, Scored(quarantined=len(effects.quarantined))
    meters = Meters.of(sorted(store.meters(decoded.meters).values(), key=attrgetter("meter_id")))
    columns, quarantined, faults = sift(decoded.readings, meters)
    effects.quarantined += quarantined
    effects.faults += faults
    facts = resolve_versions(columns, meters, store)
    new, corrections = columns.take(facts.new), columns.take(facts.corrections)
    start, again = beginnings(new, meters)
    late = (new.ts <= meters.last_ts[new.meter]) | again  # what overlaps others is settled by the replay
    past, fresh = new.take(late), new.take(~late)
    fresh, told_s = shortened(fresh, meters, start[~late])
    tier = _judge(fresh, meters, store, model, now, effects) if len(fresh.ts) else None
    if effects.readings is not None:
        effects.readings.told_interval_s[:] = told_s
    if len(past.ts):
        effects.readings = _together(effects.readings, pending(past, meters))
    if len(corrections.ts):
        effects.corrections = pending(corrections, meters)
    if len(facts.versions):
        effects.versions = pending(columns.take(facts.versions), meters)
    effects.marks += _marks(ReadingColumns.concatenate([past, corrections]), meters)
    scored = Scored(
        readings=len(new.ts),
        late=len(past.ts),
        corrected=len(corrections.ts),
        repeated=len(columns.ts) - sum(map(len, (facts.new, facts.corrections, facts.versions))),
        quarantined=len(effects.quarantined),
        anomalies=len(effects.anomalies),
        incidents=sum(anomaly.opens for anomaly in effects.anomalies),
        tier=tier,
    )
    return effects, scored


def _judge(
    fresh: ReadingColumns, meters: Meters, store: TelemetryStore, model: Model, now: datetime, effects: Effects
) -> str:
    """Add to the effects what follows from the readings that are younger than their meters; returns who judged."""
    judged = judge_readings(fresh, meters, states_of(meters), store, model)
    effects.readings = judged.rows
    effects.states = judged.states
    effects.anomalies = judged.anomalies
    effects.closed_incidents = judged.closings
    effects.events = incidents_opened(judged.anomalies, meters, now)
    effects.faults += _implausible_registers(judged.rows, fresh.meter, meters)
    for place in np.unique(fresh.meter).tolist():
        state, last_ts = meters.state[place], float(meters.last_ts[place])
        if state and not np.isnan(last_ts) and not state.startswith(STATE_HEADER):
            effects.marks.append(ReplayMark(int(meters.meter_id[place]), meters.version[place], last_ts))
    return judged.tier


def _together(fresh: ReadingRows | None, late: ReadingRows) -> ReadingRows:
    if fresh is None:
        return late
    rows = ReadingRows.concatenate([fresh, late])
    return rows.take(np.lexsort((rows.ts, rows.meter_id)))


def _marks(changed: ReadingColumns, meters: Meters) -> list[ReplayMark]:
    """Of meters whose past changed, from where the first of the changed intervals starts."""
    start = np.where(np.isnan(changed.register_kwh), changed.ts - meters.lengths_s(changed), changed.ts)
    return [
        ReplayMark(int(meters.meter_id[place]), meters.version[place], float(start[changed.meter == place].min()))
        for place in np.unique(changed.meter).tolist()
    ]


def _implausible_registers(rows: ReadingRows, meter: NDArray[np.int64], meters: Meters) -> list[Fault]:
    faults: list[Fault] = []
    for at in np.flatnonzero(rows.quality == Quality.IMPLAUSIBLE).tolist():
        place = int(meter[at])
        detail = f"the register shows {rows.register_kwh[at]:.4f}: further than {meters.max_kw[place]:g} kW take it"
        hostel_id, received_at = int(meters.hostel_id[place]), float(rows.received_at[at])
        faults.append(Fault(hostel_id, meters.serial[place], FaultKind.IMPLAUSIBLE, received_at, detail))
    return faults
