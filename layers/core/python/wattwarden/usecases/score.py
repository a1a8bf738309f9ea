"""Score a batch of the telemetry stream: what it says, what it changes, committed once.

Order of one batch: read the records; load every meter's state in one query; work out energy; judge; commit readings,
states, roll-ups, anomalies and outbox in one transaction; tell the bus. No transaction is open while the endpoint or
the bus is called. Run again with the same records (a retry, a killed consumer) it changes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

import numpy as np
from numpy.typing import NDArray

from wattwarden.contracts.events import IncidentsOpened
from wattwarden.contracts.telemetry import OccupancyBatch, ReadingsBatch, WeatherBatch, decode
from wattwarden.detection import MeterStates, Observations, Rooms, Verdicts, advance, judge
from wattwarden.domain.anomalies import Anomaly, incident_id
from wattwarden.domain.errors import ConflictError
from wattwarden.ports.scoring import (
    Effects,
    MeterContext,
    Model,
    Quarantined,
    ReadingRows,
    StateRow,
    TelemetryStore,
)
from wattwarden.ports.stream import EventBus
from wattwarden.usecases.energy import Columns, Quality, interval_energy
from wattwarden.usecases.publish import publish
from wattwarden.usecases.surroundings import around_readings, local_hours

ATTEMPTS = 4
"""Tries when another consumer moved a meter's state on between load and commit."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record of the stream; `record_id` is the same on every delivery."""

    record_id: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Scored:
    """What a batch came to."""

    readings: int
    late: int
    repeated: int
    quarantined: int
    anomalies: int
    incidents: int
    tier: str | None


def score(records: Sequence[Record], store: TelemetryStore, model: Model, bus: EventBus, now: datetime) -> Scored:
    """Score the records and commit what they change.

    Raises:
        ConflictError: the meters' states kept moving; nothing was applied, the batch may be delivered again.
        UnavailableError: the database is away; likewise.
    """
    for attempt in range(ATTEMPTS):
        batch = _Batch(records, store, model, now)
        try:
            store.commit(batch.effects)
        except ConflictError:
            if attempt == ATTEMPTS - 1:
                raise
            continue
        break
    publish(batch.effects.events, store, bus)
    return batch.summary()


class _Batch:
    """One try at a batch: fills `effects`."""

    def __init__(self, records: Sequence[Record], store: TelemetryStore, model: Model, now: datetime) -> None:
        self._store, self._model, self._now = store, model, now
        self.effects = Effects()
        self._late = self._repeated = 0
        self._tier: str | None = None
        readings = self._read(records)
        if readings:
            self._score(readings)

    def summary(self) -> Scored:
        rows = self.effects.readings
        return Scored(
            readings=0 if rows is None else len(rows.ts),
            late=self._late,
            repeated=self._repeated,
            quarantined=len(self.effects.quarantined),
            anomalies=len(self.effects.anomalies),
            incidents=sum(a.opens for a in self.effects.anomalies),
            tier=self._tier,
        )

    def _read(self, records: Sequence[Record]) -> list[tuple[str, ReadingsBatch]]:
        """Decode; occupancy and weather become effects, readings are returned."""
        readings: list[tuple[str, ReadingsBatch]] = []
        for record in records:
            try:
                batch = decode(record.data)
                _check_lengths(batch)
            except ValueError as error:
                payload = {"data_hex": record.data[:4096].hex()}
                detail = str(error)[:1000]
                self._quarantine(f"record:{record.record_id}", "stream", "undecodable_record", detail, payload)
                continue
            match batch:
                case ReadingsBatch():
                    readings.append((record.record_id, batch))
                case OccupancyBatch():
                    self.effects.occupancy += [
                        (batch.hostel_id, room, ts, count, batch.source)
                        for room, ts, count in zip(batch.room, batch.ts, batch.count, strict=True)
                    ]
                case WeatherBatch():
                    self.effects.weather += [
                        (batch.hostel_id, ts, temperature, humidity, batch.source)
                        for ts, temperature, humidity in zip(batch.ts, batch.temperature_c, batch.humidity, strict=True)
                    ]
        return readings

    def _score(self, batches: list[tuple[str, ReadingsBatch]]) -> None:
        keys = sorted({(batch.hostel_id, serial) for _, batch in batches for serial in batch.meter})
        found = self._store.meters(keys)
        contexts = sorted(found.values(), key=lambda context: context.meter_id)
        index = {(context.hostel_id, context.serial): i for i, context in enumerate(contexts)}
        columns, sources = self._columns(batches, index)
        if not len(columns.ts):
            return
        columns = self._without_repeats(columns, sources, contexts)
        if not len(columns.ts):
            return
        energy = interval_energy(columns, contexts)
        last_ts = np.array([c.last_ts for c in contexts], dtype=np.float64)  # None becomes NaN
        late = columns.ts <= last_ts[columns.meter]
        self._late = int(late.sum())
        rows = _rows(columns, energy.kwh, energy.interval_s, energy.quality, late, contexts)
        fresh = ~late
        if fresh.any():
            self._judge(rows, columns, energy.kwh, energy.interval_s, fresh, contexts, energy.last_register)
        self.effects.readings = rows

    def _columns(
        self, batches: list[tuple[str, ReadingsBatch]], index: Mapping[tuple[int, str], int]
    ) -> tuple[Columns, list[str]]:
        """All readings of known meters as columns sorted by (meter, ts), and each row's source."""
        parts: list[Columns] = []
        sources: list[str] = []
        for record_id, batch in batches:
            meter = np.array([index.get((batch.hostel_id, serial), -1) for serial in batch.meter], dtype=np.int64)
            for at in np.flatnonzero(meter < 0):
                row = {name: getattr(batch, name)[at] for name in _READING_FIELDS}
                self._quarantine(
                    f"reading:{record_id}:{at}",
                    batch.source,
                    "unknown_meter",
                    f"meter {row['meter']!r} is not in service in hostel {batch.hostel_id}",
                    {"hostel_id": batch.hostel_id, **row},
                )
            part = Columns.of(batch, meter)
            known = meter >= 0
            parts.append(part if known.all() else part.take(known))
            sources += [batch.source] * int(known.sum())
        columns = Columns.concatenate(parts)
        order = np.lexsort((columns.ts, columns.meter))
        return columns.take(order), [sources[i] for i in order]

    def _without_repeats(self, columns: Columns, sources: list[str], contexts: Sequence[MeterContext]) -> Columns:
        """Drop readings that are stored already or stand twice in the batch; a different value is quarantined."""
        keep = np.ones(len(columns.ts), dtype=np.bool_)
        same = np.zeros(len(columns.ts), dtype=np.bool_)
        same[1:] = (columns.meter[1:] == columns.meter[:-1]) & (columns.ts[1:] == columns.ts[:-1])
        first = 0
        for at in np.flatnonzero(same):
            if not same[at - 1]:
                first = int(at) - 1
            keep[at] = False
            self._repeat(columns, int(at), sources, contexts, columns.kwh[first], columns.register_kwh[first])
        last_ts = np.array([c.last_ts for c in contexts], dtype=np.float64)  # None becomes NaN
        past = np.flatnonzero(keep & (columns.ts <= last_ts[columns.meter]))
        if len(past):
            ids = [contexts[columns.meter[at]].meter_id for at in past]
            stored = self._store.stored(ids, columns.ts[past].tolist())
            for at, meter_id in zip(past, ids, strict=True):
                known = stored.get((meter_id, float(columns.ts[at])))
                if known is not None:
                    keep[at] = False
                    self._repeat(columns, int(at), sources, contexts, *known)
        return columns if keep.all() else columns.take(keep)

    def _repeat(
        self,
        columns: Columns,
        at: int,
        sources: list[str],
        contexts: Sequence[MeterContext],
        kwh: float,
        register_kwh: float,
    ) -> None:
        """Count a repeated reading; quarantine it when it says something else than the one that counts."""
        self._repeated += 1
        # A register reading's energy is worked out here, so registers are compared where there is one.
        given, counted = (
            (columns.register_kwh[at], register_kwh)
            if not np.isnan(columns.register_kwh[at])
            else (columns.kwh[at], kwh)
        )
        if abs(given - counted) <= _STORED_PRECISION_KWH:
            return
        context = contexts[columns.meter[at]]
        ts = datetime.fromtimestamp(columns.ts[at], UTC).isoformat()
        self._quarantine(
            f"conflict:{context.meter_id}:{columns.ts[at]:.3f}:{given:.4f}",
            sources[at],
            "conflicting_reading",
            f"meter {context.serial!r} already has {counted:.4f} kWh at {ts}; this says {given:.4f}",
            {"hostel_id": context.hostel_id, "meter": context.serial, "ts": float(columns.ts[at]), "kwh": float(given)},
        )

    def _judge(
        self,
        rows: ReadingRows,
        columns: Columns,
        kwh: NDArray[np.float64],
        interval_s: NDArray[np.float64],
        fresh: NDArray[np.bool_],
        contexts: Sequence[MeterContext],
        last_register: NDArray[np.float64],
    ) -> None:
        """Advance the meters' states over the fresh rows and turn the verdicts into effects."""
        states = MeterStates.load([context.state for context in contexts])
        rooms = Rooms(
            beds=np.array([c.beds for c in contexts], dtype=np.float64),
            has_ac=np.array([c.has_ac for c in contexts], dtype=np.bool_),
            nominal_voltage=np.array([c.nominal_voltage for c in contexts], dtype=np.float64),
        )
        part = columns.take(fresh)
        seconds = interval_s[fresh]
        observations = Observations(
            meter=part.meter,
            ts=part.ts,
            interval_s=seconds,
            hour_of_week=local_hours(part.ts - seconds, part.meter, contexts),
            kwh=kwh[fresh],
            voltage=part.voltage,
            current=part.current,
            power_factor=part.power_factor,
            **around_readings(part, seconds, contexts, self._store),
        )
        features = advance(states, rooms, observations)
        predictions = self._model.predict(features)
        verdicts = judge(states, rooms, observations, features, predictions)
        self.effects.model_version = self._model.version
        self._tier = str(verdicts.tier[-1])
        hours = seconds / 3600
        rows.expected_low_kwh[fresh] = verdicts.expected_low_kw * hours
        rows.expected_kwh[fresh] = verdicts.expected_kw * hours
        rows.expected_high_kwh[fresh] = verdicts.expected_high_kw * hours
        self._anomalies(observations, verdicts, contexts)
        self._states(states, observations, verdicts, rows, contexts, last_register)
        self._events(contexts)

    def _anomalies(self, observations: Observations, verdicts: Verdicts, contexts: Sequence[MeterContext]) -> None:
        hours = observations.interval_s / 3600
        for at in np.flatnonzero(verdicts.anomalous):
            kind, severity = verdicts.kind[at], verdicts.severity[at]
            if kind is None or severity is None:  # pragma: no cover - the detector's contract
                raise ValueError("the detector judged a reading anomalous without naming its kind")
            context = contexts[observations.meter[at]]
            opened = datetime.fromtimestamp(verdicts.incident_ts[at], UTC)
            kwh = observations.kwh[at]
            self.effects.anomalies.append(
                Anomaly(
                    meter_id=context.meter_id,
                    ts=datetime.fromtimestamp(observations.ts[at], UTC),
                    incident_id=incident_id(context.meter_id, opened),
                    kind=kind,
                    severity=severity,
                    tier=verdicts.tier[at],
                    score=float(verdicts.score[at]),
                    confidence=float(verdicts.confidence[at]),
                    actual_kwh=float(kwh),
                    expected_low_kwh=float(verdicts.expected_low_kw[at] * hours[at]),
                    expected_kwh=float(verdicts.expected_kw[at] * hours[at]),
                    expected_high_kwh=float(verdicts.expected_high_kw[at] * hours[at]),
                    excess_kwh=float(verdicts.excess_kwh[at]),
                    reasons=verdicts.reasons[at] or {},
                    opens=bool(verdicts.opens[at]),
                )
            )
        self.effects.closed_incidents += [
            (contexts[observations.meter[at]].meter_id, datetime.fromtimestamp(observations.ts[at], UTC))
            for at in np.flatnonzero(verdicts.closes)
        ]

    def _states(
        self,
        states: MeterStates,
        observations: Observations,
        verdicts: Verdicts,
        rows: ReadingRows,
        contexts: Sequence[MeterContext],
        last_register: NDArray[np.float64],
    ) -> None:
        blobs = states.dump()
        last = np.flatnonzero(np.r_[observations.meter[1:] != observations.meter[:-1], True])
        received = float(rows.received_at.max())
        for at in last:
            meter = int(observations.meter[at])
            register = last_register[meter]
            power = observations.kwh[at] * 3600 / observations.interval_s[at]
            self.effects.states.append(
                StateRow(
                    meter_id=contexts[meter].meter_id,
                    loaded_version=contexts[meter].version,
                    state=blobs[meter],
                    last_ts=float(observations.ts[at]),
                    last_register_kwh=None if np.isnan(register) else float(register),
                    last_kw=None if np.isnan(power) else float(power),
                    expected_low_kw=float(verdicts.expected_low_kw[at]),
                    expected_kw=float(verdicts.expected_kw[at]),
                    expected_high_kw=float(verdicts.expected_high_kw[at]),
                    last_received_at=received,
                )
            )

    def _events(self, contexts: Sequence[MeterContext]) -> None:
        """One event per hostel, with an id made from its incidents so that a retry writes the same outbox row."""
        hostel_of = {context.meter_id: context.hostel_id for context in contexts}
        opened: dict[int, list[UUID]] = {}
        for anomaly in self.effects.anomalies:
            if anomaly.opens:
                opened.setdefault(hostel_of[anomaly.meter_id], []).append(anomaly.incident_id)
        for hostel_id, incidents in opened.items():
            for start in range(0, len(incidents), _INCIDENTS_PER_EVENT):
                ids = incidents[start : start + _INCIDENTS_PER_EVENT]
                self.effects.events.append(
                    IncidentsOpened(
                        outbox_id=uuid5(NAMESPACE_OID, ",".join(map(str, ids))),
                        hostel_id=hostel_id,
                        incident_ids=ids,
                        detected_at=self._now,
                    )
                )

    def _quarantine(self, key: str, source: str, reason: str, detail: str, payload: dict[str, Any]) -> None:
        self.effects.quarantined.append(Quarantined(key, source, reason, detail, payload))


_STORED_PRECISION_KWH = 0.00011
"""Energy is stored to 0.0001 kWh; a difference below that is rounding."""

_INCIDENTS_PER_EVENT = 100

_READING_FIELDS = ("meter", "ts", "interval_s", "kwh", "register_kwh", "voltage", "current", "power_factor")


def _check_lengths(batch: ReadingsBatch | OccupancyBatch | WeatherBatch) -> None:
    lengths = {len(value) for _, value in batch if isinstance(value, list)}
    if len(lengths) > 1:
        raise ValueError(f"columns differ in length: {sorted(lengths)}")


def _rows(
    columns: Columns,
    kwh: NDArray[np.float64],
    interval_s: NDArray[np.float64],
    quality: list[Quality],
    late: NDArray[np.bool_],
    contexts: Sequence[MeterContext],
) -> ReadingRows:
    ids = np.array([context.meter_id for context in contexts], dtype=np.int64)
    unknown = np.full(len(columns.ts), np.nan)
    return ReadingRows(
        meter_id=ids[columns.meter],
        ts=columns.ts,
        interval_s=interval_s,
        kwh=kwh,
        register_kwh=columns.register_kwh,
        voltage=columns.voltage,
        current=columns.current,
        power_factor=columns.power_factor,
        quality=[
            Quality.LATE if is_late and q is Quality.MEASURED else q for q, is_late in zip(quality, late, strict=True)
        ],
        expected_low_kwh=unknown.copy(),
        expected_kwh=unknown.copy(),
        expected_high_kwh=unknown.copy(),
        received_at=columns.received_at,
    )
