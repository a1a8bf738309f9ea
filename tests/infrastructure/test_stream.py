import json
from typing import Any

import pytest

from tests.infrastructure.clouds import Cloud, Resource
from wattwarden.adapters.postgres.base.retention import Kept
from wattwarden.usecases.alerts.reraise import GIVEN_UP_AFTER

LANES = {"Telemetry": "telemetry", "Backfill": "backfill"}


def stream_of(cloud: Cloud, lane: str) -> Resource:
    (stream,) = [s for s in cloud.of("AWS::Kinesis::Stream", "Ingest") if s.path.split("/")[1] == lane]
    return stream


def mapping_of(cloud: Cloud, lane: str) -> dict[str, Any]:
    """How score_readings reads this stream."""
    name = stream_of(cloud, lane).name
    (mapping,) = [
        m.properties
        for m in cloud.of("AWS::Lambda::EventSourceMapping", "Stream")
        if name in str(m.properties["EventSourceArn"])
    ]
    return mapping


@pytest.mark.parametrize("lane", LANES)
def test_a_record_is_tried_until_it_is_dealt_with(any_cloud: Cloud, lane: str) -> None:
    mapping = mapping_of(any_cloud, lane)
    assert "MaximumRetryAttempts" not in mapping
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["BisectBatchOnFunctionError"] is True
    assert mapping["StartingPosition"] == "TRIM_HORIZON"


@pytest.mark.parametrize("lane", LANES)
def test_a_record_that_grows_too_old_is_named_in_a_queue_before_the_stream_forgets_it(
    any_cloud: Cloud, lane: str
) -> None:
    mapping = mapping_of(any_cloud, lane)
    destination = mapping["DestinationConfig"]["OnFailure"]["Destination"]["Fn::GetAtt"][0]
    (queue,) = [q for q in any_cloud.of("AWS::SQS::Queue", "Stream") if q.name == destination]
    assert queue.properties["MessageRetentionPeriod"] == 14 * 24 * 3600
    kept_s = stream_of(any_cloud, lane).properties["RetentionPeriodHours"] * 3600
    assert kept_s - mapping["MaximumRecordAgeInSeconds"] >= 4 * 3600


@pytest.mark.parametrize("lane", LANES)
def test_an_outage_of_hours_loses_nothing(any_cloud: Cloud, lane: str) -> None:
    assert mapping_of(any_cloud, lane)["MaximumRecordAgeInSeconds"] >= 12 * 3600


def test_a_reading_waits_a_second_at_most_for_its_batch(any_cloud: Cloud) -> None:
    mapping = mapping_of(any_cloud, "Telemetry")
    assert mapping["BatchSize"] == 100
    assert mapping["MaximumBatchingWindowInSeconds"] == 1


def test_both_streams_are_encrypted_with_the_same_key(cloud: Cloud) -> None:
    settings = [stream_of(cloud, lane).properties["StreamEncryption"] for lane in LANES]
    assert settings[0]["EncryptionType"] == "KMS"
    assert settings[0] == settings[1]


def test_a_shard_is_read_by_several_in_prod(prod: Cloud) -> None:
    assert mapping_of(prod, "Telemetry")["ParallelizationFactor"] == 4


def test_the_laptop_cloud_polls_the_streams_itself(local: Cloud) -> None:
    assert not any(m.properties["Enabled"] for m in local.of("AWS::Lambda::EventSourceMapping"))


def test_who_puts_readings_on_the_streams_knows_and_may_use_both(any_cloud: Cloud) -> None:
    for name in ("ingest_readings", "ingest_occupancy", "import_file", "collect_weather", "api"):
        function = any_cloud.functions()[name]
        variables = function.properties["Environment"]["Variables"]
        assert {"TELEMETRY_STREAM", "BACKFILL_STREAM"} <= set(variables), name
        role = function.properties["Role"]["Fn::GetAtt"][0]
        put = [s for s in any_cloud.statements(role, function.stack) if "kinesis:PutRecords" in s["Action"]]
        (statement,) = put
        assert len(statement["Resource"]) == 2, name


def test_replays_run_one_at_a_time_every_minute(any_cloud: Cloud) -> None:
    function = any_cloud.functions()["replay_meters"]
    at_once = function.properties.get("ReservedConcurrentExecutions")
    assert at_once == 1 or function.properties["Timeout"] <= 60
    rules = [r.properties for r in any_cloud.of("AWS::Events::Rule", "Stream") if function.name in r.text]
    assert [rule["ScheduleExpression"] for rule in rules] == ["rate(1 minute)"]


def test_how_long_readings_are_kept_is_known_where_they_enter_and_where_they_leave(any_cloud: Cloud) -> None:
    months = any_cloud.config.readings_kept_months
    for name in ("ingest_readings", "ingest_occupancy", "import_file", "extend_partitions"):
        variables = any_cloud.functions()[name].properties["Environment"]["Variables"]
        assert variables.get("READINGS_KEPT_MONTHS") == (None if months is None else str(months)), name


def test_each_stage_says_how_long_the_rest_is_kept_and_head_counts_outlive_the_readings(any_cloud: Cloud) -> None:
    config = any_cloud.config
    variables = any_cloud.functions()["extend_partitions"].properties["Environment"]["Variables"]
    if config.kept is None:
        assert (config.name, variables.get("KEPT_DAYS")) == ("local", None)
        return
    days = json.loads(variables["KEPT_DAYS"])
    assert set(days) == {name.value for name in Kept}
    assert config.readings_kept_months is not None
    assert days["occupancy"] >= 31 * (config.readings_kept_months + 1) + 3  # whole months, two days and one before
    assert days["outbox"] > GIVEN_UP_AFTER.days  # what is raised again looks for what was told


@pytest.mark.parametrize(("lane", "threshold"), [("Telemetry", 60_000), ("Backfill", 3_600_000)])
def test_an_alarm_tells_when_the_slowest_reader_of_a_stream_is_behind(cloud: Cloud, lane: str, threshold: int) -> None:
    name = stream_of(cloud, lane).name
    (alarm,) = [
        alarm.properties
        for alarm in cloud.of("AWS::CloudWatch::Alarm")
        if alarm.properties.get("MetricName") == "GetRecords.IteratorAgeMilliseconds" and name in alarm.text
    ]
    assert alarm["Threshold"] == threshold
    assert alarm["Statistic"] == "Maximum"


def test_an_alarm_tells_when_a_consumer_is_behind_and_failing(cloud: Cloud) -> None:
    """While a function fails nothing is read, so that only the function itself still tells an age."""
    consumers = {
        m.properties["FunctionName"]["Ref"]
        for m in cloud.of("AWS::Lambda::EventSourceMapping")
        if "Kinesis" in m.text or "Stream" in m.text
    }
    ages = [a.text for a in cloud.of("AWS::CloudWatch::Alarm") if a.properties.get("MetricName") == "IteratorAge"]
    assert len(ages) == len(consumers)
    assert all(any(consumer in text for text in ages) for consumer in consumers)


def test_an_alarm_tells_of_dead_letters_and_of_failed_replays(cloud: Cloud) -> None:
    names = {alarm.path.split("/")[1] for alarm in cloud.of("AWS::CloudWatch::Alarm")}
    assert {"expired-dead-letters", "replay_meters-dead-letters", "replay_meters-errors"} <= names
