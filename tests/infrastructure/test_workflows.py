import json
import re

import pytest

from cdk.config import ROOT
from tests.infrastructure.clouds import Cloud, listed

PLACEHOLDER = re.compile(r"\$\{([A-Za-z]+)\}")
WORKFLOWS = {"alert_fanout": "Alerts", "retrain_model": "Ml"}


@pytest.mark.parametrize(("name", "stack"), WORKFLOWS.items())
def test_every_placeholder_of_a_workflow_is_filled_and_none_is_idle(any_cloud: Cloud, name: str, stack: str) -> None:
    text = (ROOT / "statemachines" / f"{name}.asl.json").read_text()
    filled = any_cloud.one("AWS::StepFunctions::StateMachine", stack).properties["DefinitionSubstitutions"]
    assert set(PLACEHOLDER.findall(text)) == set(filled)


def test_a_workflow_names_no_resource_itself() -> None:
    for path in (ROOT / "statemachines").glob("*.asl.json"):
        resources = set(re.findall(r"arn:aws:[^\"]+", path.read_text()))
        assert all(resource.startswith("arn:aws:states:::") for resource in resources), path.name


def test_incidents_start_the_fan_out_with_their_detail_alone(any_cloud: Cloud) -> None:
    (rule,) = [r.properties for r in any_cloud.of("AWS::Events::Rule", "Alerts") if "EventPattern" in r.properties]
    assert rule["EventPattern"] == {"source": ["wattwarden"], "detail-type": ["IncidentsOpened"]}
    (target,) = rule["Targets"]
    assert target["InputPath"] == "$.detail"
    assert "DeadLetterConfig" in target


def test_messages_that_could_not_leave_are_tried_again_every_minute(any_cloud: Cloud) -> None:
    (rule,) = [r for r in any_cloud.of("AWS::Events::Rule", "Alerts") if "ScheduleExpression" in r.properties]
    assert rule.properties["ScheduleExpression"] == "rate(1 minute)"
    assert any_cloud.functions()["send_notifications"].name in rule.text


def test_alert_fanout_publishes_nothing_itself(cloud: Cloud) -> None:
    """Whoever publishes records it in the same transaction."""
    machine = cloud.one("AWS::StepFunctions::StateMachine", "Alerts")
    statements = cloud.statements(machine.properties["RoleArn"]["Fn::GetAtt"][0], "Alerts")
    assert "sns:Publish" not in {action for s in statements for action in listed(s["Action"])}


def test_retraining_runs_weekly(any_cloud: Cloud) -> None:
    (rule,) = any_cloud.of("AWS::Events::Rule", "Ml")
    assert rule.properties["ScheduleExpression"] == "cron(0 2 ? * SUN *)"


def test_failed_workflows_raise_alarms(cloud: Cloud) -> None:
    failed = [a for a in cloud.of("AWS::CloudWatch::Alarm") if a.properties.get("MetricName") == "ExecutionsFailed"]
    assert len(failed) == len(WORKFLOWS)


def test_workflow_logs_hold_no_personal_data(cloud: Cloud) -> None:
    for machine in cloud.of("AWS::StepFunctions::StateMachine"):
        assert json.dumps(machine.properties["LoggingConfiguration"]["IncludeExecutionData"]) == "false"
