"""What records of the stream say: readings to score, exogenous inputs, and what cannot be used with its reason."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import NamedTuple

from wattwarden.contracts.quarantine import MAX_RECORD_BYTES, QuarantinedReading, QuarantinedRecord
from wattwarden.contracts.telemetry import MEASURES, OccupancyBatch, ReadingsBatch, RefusedBatch, WeatherBatch, decode
from wattwarden.domain.data_health import FaultKind
from wattwarden.domain.meters import Fault
from wattwarden.domain.quarantine import Quarantined, Reason
from wattwarden.ports.scoring import ExogenousFacts

DETAIL_LIMIT = 1_000
"""Characters of an error that are kept with what it befell."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record of the stream; `record_id` is the same on every delivery, and no other record's."""

    record_id: str
    data: bytes
    arrived_at: float = 0.0
    """Epoch seconds; the same on every delivery."""


type MeterKey = tuple[int, str]
"""(hostel id, serial)"""


class Part(NamedTuple):
    """Readings of one record: all of them or some."""

    record_id: str
    batch: ReadingsBatch
    rows: list[int] | None = None
    """Where in the record each one stands, when they are not all."""

    def kept(self, at: int, reason: Reason, detail: str) -> Quarantined:
        """Reading number `at` of this part, to be kept as it came."""
        payload = QuarantinedReading(
            hostel_id=self.batch.hostel_id,
            source=self.batch.source,
            received_at=self.batch.received_at,
            **{name: getattr(self.batch, name)[at] for name in ("meter", "ts", *MEASURES)},
        )
        return _reading(payload, reason, detail)

    def of(self, keys: Collection[MeterKey]) -> "Part":
        """What it holds of these meters."""
        rows = [at for at, serial in enumerate(self.batch.meter) if (self.batch.hostel_id, serial) in keys]
        columns = {name: [value[at] for at in rows] for name, value in self.batch if isinstance(value, list)}
        where = rows if self.rows is None else [self.rows[at] for at in rows]
        return Part(self.record_id, self.batch.model_copy(update=columns), where)


@dataclass(slots=True)
class DecodedBatch:
    """Decoded records by what is to be done with them."""

    readings: list[Part] = field(default_factory=list)
    exogenous: ExogenousFacts = field(default_factory=ExogenousFacts)
    quarantined: list[Quarantined] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    @property
    def meters(self) -> list[MeterKey]:
        """Who sent readings."""
        return sorted({(part.batch.hostel_id, serial) for part in self.readings for serial in part.batch.meter})

    def of(self, keys: Collection[MeterKey]) -> "DecodedBatch":
        """The readings of these meters, and nothing else."""
        parts = [part.of(keys) for part in self.readings]
        return DecodedBatch(readings=[part for part in parts if part.batch.meter])


def read(records: Sequence[Record]) -> DecodedBatch:
    decoded = DecodedBatch()
    for record in records:
        try:
            batch = decode(record.data)
        except ValueError as error:
            decoded.quarantined.append(whole_record(record, Reason.UNDECODABLE_RECORD, str(error)))
            continue
        match batch:
            case ReadingsBatch():
                decoded.readings.append(Part(record.record_id, batch))
            case OccupancyBatch(hostel_id=hostel_id, source=source, received_at=received_at):
                decoded.exogenous.occupancy += [
                    (hostel_id, room, ts, count, source, received_at)
                    for room, ts, count in zip(batch.room, batch.ts, batch.count, strict=True)
                ]
            case WeatherBatch(hostel_id=hostel_id, source=source, received_at=received_at):
                decoded.exogenous.weather += [
                    (hostel_id, ts, temperature, humidity, source, received_at)
                    for ts, temperature, humidity in zip(batch.ts, batch.temperature_c, batch.humidity, strict=True)
                ]
            case RefusedBatch():
                _set_aside(batch, decoded)
    return decoded


def whole_record(record: Record, reason: Reason, detail: str) -> Quarantined:
    """A record that cannot be processed, kept whole."""
    payload = QuarantinedRecord(record_id=record.record_id, data_hex=record.data[:MAX_RECORD_BYTES].hex())
    key = f"record:{reason}:{sha256(record.data).hexdigest()}"
    return Quarantined(key, "stream", reason, detail[:DETAIL_LIMIT], payload.model_dump(), record.arrived_at)


def _reading(said: QuarantinedReading, reason: Reason, detail: str) -> Quarantined:
    """Under one key whoever sends it and however often: what it says, and why it is kept."""
    content = said.model_dump_json(exclude={"source", "received_at"})
    key = f"reading:{reason}:{sha256(content.encode()).hexdigest()}"
    return Quarantined(key, said.source, reason, detail[:DETAIL_LIMIT], said.model_dump(), said.received_at)


def _set_aside(batch: RefusedBatch, decoded: DecodedBatch) -> None:
    """Readings refused for their time: each kept, and where the clock is to blame a fault of its meter."""
    for at, (meter, reason, detail) in enumerate(zip(batch.meter, batch.reason, batch.detail, strict=True)):
        payload = QuarantinedReading(
            hostel_id=batch.hostel_id,
            source=batch.source,
            received_at=batch.received_at,
            meter=meter,
            ts=batch.ts[at],
            kwh=batch.kwh[at],
            register_kwh=batch.register_kwh[at],
        )
        decoded.quarantined.append(_reading(payload, Reason(reason), detail))
        if reason != Reason.TOO_OLD:  # a backlog older than what is kept says nothing about the clock
            decoded.faults.append(Fault(batch.hostel_id, meter, FaultKind.CLOCK_WRONG, batch.received_at, detail))
