"""Records of a stream and the contexts of its meters, for the tests of the consumer and of replays."""

from collections.abc import Sequence
from datetime import UTC, datetime

from tests.fakes.telemetry import FakeBus, FakeTelemetry, SilentModel
from wattwarden.contracts.telemetry import ReadingsBatch, encode
from wattwarden.domain.meters import MeterContext
from wattwarden.domain.registers import RegisterState
from wattwarden.usecases.telemetry.batch import Record
from wattwarden.usecases.telemetry.score import Scored, score

NOW = datetime(2026, 1, 31, 9, 0, tzinfo=UTC)
START = datetime(2025, 12, 1, tzinfo=UTC).timestamp()
HOUR = 3600.0


def context(meter_id: int, digits: int | None = None) -> MeterContext:
    return MeterContext(
        meter_id=meter_id,
        serial=f"M{meter_id}",
        hostel_id=1,
        room_id=meter_id,
        timezone="Asia/Kolkata",
        country=None,
        beds=2,
        has_ac=False,
        interval_s=HOUR,
        register_digits=digits,
        nominal_voltage=230,
        max_kw=20.0,
        version=0,
        state=None,
        ring=None,
        changes=(),
        last_ts=None,
        register=RegisterState(),
    )


def store_of(*contexts: MeterContext) -> FakeTelemetry:
    return FakeTelemetry(
        contexts={(c.hostel_id, c.serial): c for c in contexts},
        rooms={(c.hostel_id, f"A{c.room_id}"): c.room_id for c in contexts},
    )


def record(
    name: str,
    rows: Sequence[tuple[str, float, float | None]],
    *,
    register: bool = False,
    voltage: float | None = None,
    received_at: float = NOW.timestamp(),
) -> Record:
    """One micro-batch of (serial, hour number, kWh or register)."""
    values: list[float | None] = [value for _, _, value in rows]
    nothing: list[float | None] = [None] * len(rows)
    batch = ReadingsBatch(
        hostel_id=1,
        source="gateway:3",
        received_at=received_at,
        meter=[serial for serial, _, _ in rows],
        ts=[START + hour * HOUR for _, hour, _ in rows],
        interval_s=nothing,
        kwh=nothing if register else values,
        register_kwh=values if register else nothing,
        voltage=[voltage] * len(rows),
        current=nothing,
        power_factor=nothing,
    )
    return Record(name, encode(batch))


def run(store: FakeTelemetry, *records: Record, bus: FakeBus | None = None) -> Scored:
    return score(records, store, SilentModel(), bus or FakeBus(), NOW)
