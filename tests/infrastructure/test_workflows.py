import json
import re

import pytest

from cdk.config import ROOT
from tests.infrastructure.clouds import Cloud

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
    rules = [r.properties for r in any_cloud.of("AWS::Events::Rule", "Alerts")]
    (rule,) = rules
    assert rule["EventPattern"] == {"source": ["wattwarden"], "detail-type": ["IncidentsOpened"]}
    (target,) = rule["Targets"]
    assert target["InputPath"] == "$.detail"
    assert "DeadLetterConfig" in target


def test_retraining_runs_weekly(any_cloud: Cloud) -> None:
    (rule,) = any_cloud.of("AWS::Events::Rule", "Ml")
    assert rule.properties["ScheduleExpression"] == "cron(0 2 ? * SUN *)"


def test_failed_workflows_raise_alarms(cloud: Cloud) -> None:
    failed = [a for a in cloud.of("AWS::CloudWatch::Alarm") if a.properties.get("MetricName") == "ExecutionsFailed"]
    assert len(failed) == len(WORKFLOWS)


def test_workflow_logs_hold_no_personal_data(cloud: Cloud) -> None:
    for machine in cloud.of("AWS::StepFunctions::StateMachine"):
        assert json.dumps(machine.properties["LoggingConfiguration"]["IncludeExecutionData"]) == "false"
