"""What records of the stream say: readings to score, facts around them, and what cannot be used with its reason."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from wattwarden.contracts.quarantine import MAX_RECORD_BYTES, QuarantinedReading, QuarantinedRecord
from wattwarden.contracts.telemetry import OccupancyBatch, ReadingsBatch, RefusedBatch, WeatherBatch, decode
from wattwarden.ports.scoring import Around, Fault, Quarantined


@dataclass(frozen=True, slots=True)
class Record:
    """One record of the stream; `record_id` is the same on every delivery, and no other record's."""

    record_id: str
    data: bytes


@dataclass(slots=True)
class Said:
    """Decoded records by what is to be done with them."""

    readings: list[tuple[str, ReadingsBatch]] = field(default_factory=list)
    """With the id of the record each came in."""
    around: Around = field(default_factory=Around)
    quarantined: list[Quarantined] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def read(records: Sequence[Record]) -> Said:
    said = Said()
    for record in records:
        try:
            batch = decode(record.data)
        except ValueError as error:
            said.quarantined.append(whole_record(record, "undecodable_record", str(error)))
            continue
        match batch:
            case ReadingsBatch():
                said.readings.append((record.record_id, batch))
            case OccupancyBatch(hostel_id=hostel_id, source=source, received_at=received_at):
                said.around.occupancy += [
                    (hostel_id, room, ts, count, source, received_at)
                    for room, ts, count in zip(batch.room, batch.ts, batch.count, strict=True)
                ]
            case WeatherBatch(hostel_id=hostel_id, source=source, received_at=received_at):
                said.around.weather += [
                    (hostel_id, ts, temperature, humidity, source, received_at)
                    for ts, temperature, humidity in zip(batch.ts, batch.temperature_c, batch.humidity, strict=True)
                ]
            case RefusedBatch():
                _set_aside(record.record_id, batch, said)
    return said


def whole_record(record: Record, reason: str, detail: str) -> Quarantined:
    """A record that cannot be processed, kept whole."""
    payload = QuarantinedRecord(record_id=record.record_id, data_hex=record.data[:MAX_RECORD_BYTES].hex())
    return Quarantined(f"record:{record.record_id}", "stream", reason, detail[:1000], payload.model_dump())


def reading(record_id: str, batch: ReadingsBatch, at: int, reason: str, detail: str) -> Quarantined:
    """Reading number `at` of a batch, kept as it came."""
    names = ("meter", "ts", "interval_s", "kwh", "register_kwh", "voltage", "current", "power_factor")
    payload = QuarantinedReading(
        hostel_id=batch.hostel_id,
        source=batch.source,
        received_at=batch.received_at,
        **{name: getattr(batch, name)[at] for name in names},
    )
    return Quarantined(f"reading:{record_id}:{at}", batch.source, reason, detail, payload.model_dump())


def _set_aside(record_id: str, batch: RefusedBatch, said: Said) -> None:
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
        key = f"reading:{record_id}:{at}"
        said.quarantined.append(Quarantined(key, batch.source, reason, detail, payload.model_dump()))
        if reason != "too_old":  # a backlog older than what is kept says nothing about the clock
            said.faults.append(Fault(batch.hostel_id, meter, "clock_wrong", batch.received_at, detail))
