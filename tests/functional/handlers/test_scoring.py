"""The stream's consumer and the replays, as AWS calls them: nothing blocks a shard, nothing is lost."""

import base64
import json
import types
from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import Any

import pytest

from tests.fakes.telemetry import FakeBus, FakeReplays, FakeTelemetry, SilentModel
from tests.unit.usecases.hostel_stream import context, record, run, store_of
from wattwarden.contracts.quarantine import QuarantinedReading
from wattwarden.domain.errors import ConflictError
from wattwarden.ports.scoring import Effects
from wattwarden.runtime.wiring import wiring
from wattwarden.usecases.telemetry.batch import Record

POISON = 13.0
STREAM = "arn:aws:kinesis:eu-west-1:000000000000:stream/wattwarden-telemetry"


class Context:
    function_name = "score_readings"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:eu-west-1:000000000000:function:score_readings"
    aws_request_id = "request-1"

    def __init__(self, remaining_ms: int = 60_000) -> None:
        self._remaining_ms = remaining_ms

    def get_remaining_time_in_millis(self) -> int:
        return self._remaining_ms


class Poisoned(FakeTelemetry):
    """A reading of 13 kWh makes its commit fail, as a bug or a constraint would; `full` nothing can be set aside."""

    full = False

    def commit(self, effects: Effects) -> None:
        if effects.readings is not None and POISON in effects.readings.kwh.tolist():
            raise ValueError("a row violates a constraint")
        if self.full and effects.quarantined:
            raise ValueError("the quarantine takes nothing")
        super().commit(effects)


@pytest.fixture
def store() -> Poisoned:
    plain = store_of(context(1), context(2))
    return Poisoned(contexts=plain.contexts, rooms=plain.rooms)


@pytest.fixture
def consumer(store: Poisoned) -> Iterator[types.ModuleType]:
    with wiring.use(telemetry=store, model=SilentModel(), bus=FakeBus()):
        yield import_module("functions.score_readings.handler")


@pytest.fixture
def replayer(store: Poisoned) -> Iterator[types.ModuleType]:
    with wiring.use(replays=FakeReplays(store, broken={2}), patient_model=SilentModel(), bus=FakeBus()):
        yield import_module("functions.replay_meters.handler")


def deliver(consumer: types.ModuleType, records: Sequence[Record]) -> Any:
    received = [
        {
            "eventSourceARN": STREAM,
            "kinesis": {
                "sequenceNumber": r.record_id,
                "approximateArrivalTimestamp": 1_767_268_800.0,
                "data": base64.b64encode(r.data).decode(),
            },
        }
        for r in records
    ]
    return consumer.handler({"Records": received}, Context())


def three_records() -> list[Record]:
    return [record("1", [("M1", 0, 0.2)]), record("2", [("M1", 1, POISON)]), record("3", [("M2", 0, 0.3)])]


def test_a_reading_that_fails_for_its_own_sake_is_kept_and_the_shard_moves_on(
    consumer: types.ModuleType, store: Poisoned
) -> None:
    records = three_records()
    assert deliver(consumer, records) == {"batchItemFailures": []}
    assert sorted(meter_id for meter_id, _ in store.rows) == [2]
    kept = sorted(store.quarantine.values(), key=lambda item: item.payload["ts"])
    assert {(item.reason, item.detail) for item in kept} == {
        ("processing_failed", "ValueError: a row violates a constraint")
    }
    assert [QuarantinedReading.model_validate(item.payload).kwh for item in kept] == [0.2, POISON]


def test_the_same_sequence_number_on_two_streams_is_two_records(consumer: types.ModuleType, store: Poisoned) -> None:
    for stream, data in ((STREAM, b"bad"), (STREAM.replace("telemetry", "backfill"), b"bad, too")):
        bad = {
            "sequenceNumber": "1",
            "approximateArrivalTimestamp": 1_767_268_800.5,
            "data": base64.b64encode(data).decode(),
        }
        consumer.handler({"Records": [{"eventSourceARN": stream, "kinesis": bad}]}, Context())
    kept = store.quarantine.values()
    assert [item.payload["record_id"] for item in kept] == ["wattwarden-telemetry:1", "wattwarden-backfill:1"]
    assert {item.received_at for item in kept} == {1_767_268_800.5}


def test_what_cannot_even_be_set_aside_is_delivered_again(consumer: types.ModuleType, store: Poisoned) -> None:
    store.full = True
    with pytest.raises(ValueError, match="takes nothing"):
        deliver(consumer, three_records())
    assert [meter_id for meter_id, _ in store.rows] == [2]
    store.full = False
    assert deliver(consumer, three_records()) == {"batchItemFailures": []}
    assert (len(store.rows), len(store.quarantine)) == (1, 2)


def test_without_the_database_the_whole_batch_is_delivered_again(consumer: types.ModuleType, store: Poisoned) -> None:
    store.away = True
    with pytest.raises(Exception, match="does not answer"):
        deliver(consumer, three_records())
    assert not store.quarantine


def test_a_record_that_only_lost_against_others_is_delivered_again(consumer: types.ModuleType, store: Poisoned) -> None:
    store.conflicts_to_come = 1_000
    with pytest.raises(ConflictError):
        deliver(consumer, three_records()[:1])
    assert not store.quarantine
    store.conflicts_to_come = 0


def test_replays_go_on_past_a_meter_that_fails_and_tell_of_it_by_metrics(
    replayer: types.ModuleType, store: Poisoned, capsys: pytest.CaptureFixture[str]
) -> None:
    for meter in ("M1", "M2"):
        run(store, record(meter, [(meter, 0, 0.2), (meter, 2, 0.2)]), record(f"{meter} too", [(meter, 1, 0.2)]))
        run(store, record(f"{meter} late", [(meter, 0.5, 0.2)]))
    assert replayer.handler({}, Context()) == {"meters": 1, "readings": 4, "conflicts": 0, "failed": 1}
    assert list(store.marks) == [2]
    told = next(json.loads(line) for line in capsys.readouterr().out.splitlines() if "_aws" in line)
    assert (told["ReplaysFailing"], told["MetersMarked"]) == ([1.0], [1.0])


def test_replays_end_before_the_function_does(replayer: types.ModuleType, store: Poisoned) -> None:
    run(store, record("1", [("M1", 0, 0.2), ("M1", 2, 0.2)]))
    run(store, record("2", [("M1", 1, 0.2)]))
    nothing = {"meters": 0, "readings": 0, "conflicts": 0, "failed": 0}
    assert replayer.handler({}, Context(remaining_ms=int(replayer.MARGIN_S * 1000))) == nothing
    assert replayer.handler({}, Context()) == nothing | {"meters": 1, "readings": 3}
