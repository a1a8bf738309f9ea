"""Alarms over what functions count themselves."""

from typing import Any

import pytest

from cdk.config import ROOT
from tests.infrastructure.clouds import Cloud

EXPECTED = {
    "readings-set-aside": ("score_readings", "ReadingsSetAside", "Sum", 300, 1, 1),
    "stream-waits": ("score_readings", "StreamWaits", "Sum", 300, 1, 1),
    "rules-judge-alone": ("score_readings", "FallbackBatches", "Sum", 300, 3, 1),
    "no-readings": ("score_readings", "ReadingsStored", "Sum", 3600, 2, 1),
    "replays-failing": ("replay_meters", "ReplaysFailing", "Maximum", 300, 1, 1),
    "replays-late": ("replay_meters", "OldestReplayMarkS", "Maximum", 300, 3, 900),
    "incidents-raised-again": ("dispatch_outbox", "IncidentsRaisedAgain", "Sum", 300, 1, 1),
    "lake-files-unreadable": ("compact_lake", "LakeFilesUnreadable", "Sum", 300, 1, 1),
    "messages-failed": ("send_notifications", "MessagesFailed", "Sum", 300, 1, 1),
    "messages-wait": ("send_notifications", "PeopleWaiting", "Minimum", 300, 3, 1),
    "model-drift": ("watch_drift", "Drift", "Maximum", 3600, 1, 1),
}
"""By alarm: function, metric, statistic, seconds of a period, periods, threshold."""


def own(cloud: Cloud) -> dict[str, dict[str, Any]]:
    alarms = {alarm.path.split("/")[1]: alarm.properties for alarm in cloud.of("AWS::CloudWatch::Alarm")}
    return {name: alarm for name, alarm in alarms.items() if alarm.get("Namespace") == "WattWarden"}


def test_what_was_set_aside_waits_fails_or_does_not_come_is_told(cloud: Cloud) -> None:
    found = {
        name: (
            alarm["Dimensions"][0]["Value"],
            *(alarm[key] for key in ("MetricName", "Statistic", "Period", "EvaluationPeriods", "Threshold")),
        )
        for name, alarm in own(cloud).items()
    }
    assert found == EXPECTED


def test_silence_is_an_alarm_only_where_readings_should_be(cloud: Cloud) -> None:
    alarms = own(cloud)
    assert {name for name, alarm in alarms.items() if alarm["TreatMissingData"] == "breaching"} == {"no-readings"}
    assert alarms["no-readings"]["ComparisonOperator"] == "LessThanThreshold"


@pytest.mark.parametrize("alarm", EXPECTED)
def test_an_alarm_is_about_something_that_its_function_counts(alarm: str) -> None:
    service, metric, *_ = EXPECTED[alarm]
    assert f'"{metric}"' in (ROOT / "functions" / service / "handler.py").read_text()


def test_every_page_that_an_alarm_names_exists(cloud: Cloud) -> None:
    said = " ".join(a.properties.get("AlarmDescription", "") for a in cloud.of("AWS::CloudWatch::Alarm"))
    pages = {word.rstrip(".") for word in said.split() if word.startswith("docs/")}
    assert pages
    assert [page for page in pages if not (ROOT / page).exists()] == []


def test_the_page_on_cost_counts_the_alarms(prod: Cloud) -> None:
    page = (ROOT / "docs" / "cost.md").read_text(encoding="utf-8")
    assert f"| CloudWatch alarms | {len(prod.of('AWS::CloudWatch::Alarm'))} " in page


def test_the_page_on_cost_counts_secrets_and_methods_with_metrics_of_their_own(prod: Cloud) -> None:
    page = (ROOT / "docs" / "cost.md").read_text(encoding="utf-8")
    assert len(prod.of("AWS::SecretsManager::Secret")) == len(prod.of("AWS::KMS::Key")) == 1
    assert "| KMS key, one secret |" in page
    stages = [s for s in prod.of("AWS::ApiGateway::Stage") if s.properties["MethodSettings"][0]["MetricsEnabled"]]
    methods = [m for m in prod.of("AWS::ApiGateway::Method") if m.stack in {s.stack for s in stages}]
    assert f"| API Gateway's metrics by method | {len(methods)} methods " in page
