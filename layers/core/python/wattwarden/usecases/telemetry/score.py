"""Score a batch of the telemetry stream: what it says, what it changes, committed once.

Order of one batch: read the records; store head counts and weather; load every meter's state in one query; settle
which values count; work out energy and judge what is new; commit readings, states, roll-ups, anomalies and outbox in
one transaction; tell the bus. No transaction is open while the endpoint or the bus is called. What came late or
corrects the past is stored and leaves its meter marked for a replay, and so does a state that another release wrote.
Run again with the same records (a retry, a killed consumer) it changes nothing.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from wattwarden.detection import STATE_HEADER
from wattwarden.domain.clocks import CLOCK_TOLERANCE_S, FIRST_SET_CLOCK
from wattwarden.domain.errors import ConflictError
from wattwarden.domain.meters import Fault, MeterContext, ReplayMark
from wattwarden.domain.readings import ReadingColumns, ReadingRows
from wattwarden.domain.registers import MOST_KWH, MOST_REGISTER, Quality
from wattwarden.ports.scoring import Effects, Model, TelemetryStore
from wattwarden.ports.stream import EventBus
from wattwarden.usecases.publish import publish
from wattwarden.usecases.telemetry import batch
from wattwarden.usecases.telemetry.batch import DecodedBatch, Part, Record
from wattwarden.usecases.telemetry.facts import columns_of, resolve_versions
from wattwarden.usecases.telemetry.judging import Judged, incidents_opened, judge_readings, pending, states_of

ATTEMPTS = 4
"""Tries when another consumer moved a meter's state on between load and commit."""

_NO_METER = np.empty(0, dtype=np.int64)
_HALF_A_STORED_DIGIT_KWH = 0.00005


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
        scoring = _Scoring(decoded, store, model, now)
        try:
            store.commit(scoring.effects)
        except ConflictError:
            if attempt == ATTEMPTS - 1:
                raise
            continue
        break
    publish(scoring.effects.events, store, bus)
    return scoring.summary()


class _Scoring:
    """One try at a batch: fills `effects`."""

    def __init__(self, decoded: DecodedBatch, store: TelemetryStore, model: Model, now: datetime) -> None:
        self._store, self._model, self._now = store, model, now
        self.effects = Effects(quarantined=list(decoded.quarantined), faults=list(decoded.faults))
        self._late = self._repeated = 0
        self._tier: str | None = None
        if decoded.readings:
            self._score(decoded)

    def summary(self) -> Scored:
        return Scored(
            readings=_length(self.effects.readings),
            late=self._late,
            corrected=_length(self.effects.corrections),
            repeated=self._repeated,
            quarantined=len(self.effects.quarantined),
            anomalies=len(self.effects.anomalies),
            incidents=sum(a.opens for a in self.effects.anomalies),
            tier=self._tier,
        )

    def _score(self, decoded: DecodedBatch) -> None:
        found = self._store.meters(decoded.meters)
        contexts = sorted(found.values(), key=lambda context: context.meter_id)
        columns = self._columns(decoded.readings, contexts)
        if not len(columns.ts):
            return
        facts = resolve_versions(columns, contexts, self._store)
        self._repeated = len(columns.ts) - sum(map(len, (facts.new, facts.corrections, facts.versions)))
        new, corrections = columns.take(facts.new), columns.take(facts.corrections)
        last_ts = np.array([context.last_ts for context in contexts], dtype=np.float64)  # None becomes NaN
        late = new.ts <= last_ts[new.meter]
        self._late = int(late.sum())
        past, fresh = new.take(late), new.take(~late)
        if len(fresh.ts):
            self._judge(fresh, contexts)
        if len(past.ts):
            self._add_late(pending(past, contexts))
        if len(corrections.ts):
            self.effects.corrections = pending(corrections, contexts)
        if len(facts.versions):
            self.effects.versions = pending(columns.take(facts.versions), contexts)
        self._mark(ReadingColumns.concatenate([past, corrections]), contexts)

    def _columns(self, decoded: Sequence[Part], contexts: Sequence[MeterContext]) -> ReadingColumns:
        """All plausible readings of known meters, sorted by (meter, ts); the others are quarantined."""
        index: dict[int, dict[str, int]] = {}
        for i, context in enumerate(contexts):
            index.setdefault(context.hostel_id, {})[context.serial] = i
        nominal_s = np.array([context.interval_s for context in contexts])
        max_kw = np.array([context.max_kw for context in contexts])
        parts: list[ReadingColumns] = []
        before: dict[tuple[int, str], tuple[list[str], NDArray[np.int64]]] = {}
        for part in decoded:
            sent = part.batch
            # a gateway names the same meters again and again
            serials, meter = before.get((sent.hostel_id, sent.source), ([], _NO_METER))
            if serials != sent.meter:
                of_hostel = index.get(sent.hostel_id, {})
                meter = np.array([of_hostel.get(serial, -1) for serial in sent.meter], dtype=np.int64)
                before[sent.hostel_id, sent.source] = sent.meter, meter
            columns = columns_of(sent, meter)
            refused = self._unknown(part, columns) | self._misdated(part, columns)
            if contexts:
                length = np.where(np.isnan(columns.interval_s), nominal_s[meter], columns.interval_s)
                most = np.minimum(max_kw[meter] * length / 3600, MOST_KWH)
                refused |= self._implausible(part, columns, most, refused)
            keep = np.ones(len(meter), dtype=np.bool_)
            keep[sorted(refused)] = False
            parts.append(columns.take(keep) if refused else columns)
        together = ReadingColumns.concatenate(parts)
        return together.take(np.lexsort((together.ts, together.meter)))

    def _unknown(self, part: Part, columns: ReadingColumns) -> set[int]:
        unknown = np.flatnonzero(columns.meter < 0).tolist()
        for at in unknown:
            detail = f"meter {part.batch.meter[at]!r} is not in service in hostel {part.batch.hostel_id}"
            self.effects.quarantined.append(part.kept(at, "unknown_meter", detail))
        return set(unknown)

    def _misdated(self, part: Part, columns: ReadingColumns) -> set[int]:
        """Readings of no set clock, which the doors refuse too: whoever writes to the stream is not believed either."""
        ahead = columns.ts > columns.received_at + CLOCK_TOLERANCE_S
        wrong = np.flatnonzero((columns.meter >= 0) & (ahead | (columns.ts < FIRST_SET_CLOCK.timestamp()))).tolist()
        for at in wrong:
            reason = "future_timestamp" if ahead[at] else "clock_wrong"
            detail = f"{columns.ts[at]:.0f} s after 1970 cannot be when it was measured; check the clock"
            self._fault(part, columns, at, "clock_wrong", detail, reason)
        return set(wrong)

    def _implausible(
        self, part: Part, columns: ReadingColumns, limit: NDArray[np.float64], refused: Collection[int]
    ) -> set[int]:
        """Intervals with more energy than the meter can pass (kWh), registers beyond all: a fault of the meter."""
        beyond = columns.register_kwh > MOST_REGISTER
        over = (columns.meter >= 0) & ((columns.kwh > limit + _HALF_A_STORED_DIGIT_KWH) | beyond)
        too_much = set(np.flatnonzero(over).tolist()) - set(refused)
        for at in sorted(too_much):
            detail = f"{columns.kwh[at]:.4f} kWh; more than {limit[at]:.4f} kWh cannot pass the meter in that time"
            if beyond[at]:
                detail = f"the register shows {columns.register_kwh[at]:.4f}, which no register does"
            self._fault(part, columns, at, "implausible", detail, "implausible_energy")
        return too_much

    def _fault(self, part: Part, columns: ReadingColumns, at: int, kind: str, detail: str, reason: str) -> None:
        """A reading that shows a fault of its meter: kept, and told."""
        self.effects.quarantined.append(part.kept(at, reason, detail))
        received_at = float(columns.received_at[at])
        self.effects.faults.append(Fault(part.batch.hostel_id, part.batch.meter[at], kind, received_at, detail))

    def _judge(self, fresh: ReadingColumns, contexts: Sequence[MeterContext]) -> None:
        states = states_of(contexts)
        judged = judge_readings(fresh, contexts, states, self._store, self._model)
        self.effects.readings = judged.rows
        self.effects.states = judged.states
        self.effects.anomalies = judged.anomalies
        self.effects.closed_incidents = judged.closings
        self.effects.events = incidents_opened(judged.anomalies, contexts, self._now)
        self.effects.faults += _implausible_registers(judged, fresh, contexts)
        self.effects.marks += [
            ReplayMark(context.meter_id, context.version, context.last_ts)
            for context in (contexts[meter] for meter in np.unique(fresh.meter).tolist())
            if context.state and context.last_ts is not None and not context.state.startswith(STATE_HEADER)
        ]
        self._tier = judged.tier

    def _add_late(self, late: ReadingRows) -> None:
        if self.effects.readings is None:
            self.effects.readings = late
            return
        rows = ReadingRows.concatenate([self.effects.readings, late])
        self.effects.readings = rows.take(np.lexsort((rows.ts, rows.meter_id)))

    def _mark(self, changed: ReadingColumns, contexts: Sequence[MeterContext]) -> None:
        """Mark meters whose past changed, from where the first of the changed intervals starts."""
        nominal = np.array([context.interval_s for context in contexts], dtype=np.float64)[changed.meter]
        interval_s = np.where(np.isnan(changed.interval_s), nominal, changed.interval_s)
        start = np.where(np.isnan(changed.register_kwh), changed.ts - interval_s, changed.ts)
        for meter in np.unique(changed.meter).tolist():
            context = contexts[meter]
            from_ts = float(start[changed.meter == meter].min())
            self.effects.marks.append(ReplayMark(context.meter_id, context.version, from_ts))


def _implausible_registers(judged: Judged, fresh: ReadingColumns, contexts: Sequence[MeterContext]) -> list[Fault]:
    faults: list[Fault] = []
    for at, quality in enumerate(judged.rows.quality):
        if quality == Quality.IMPLAUSIBLE:
            context = contexts[fresh.meter[at]]
            detail = f"the register shows {fresh.register_kwh[at]:.4f}: further than {context.max_kw:g} kW take it"
            received_at = float(fresh.received_at[at])
            faults.append(Fault(context.hostel_id, context.serial, "implausible", received_at, detail))
    return faults


def _length(rows: ReadingRows | None) -> int:
    return 0 if rows is None else len(rows.ts)
