import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cdk.config import ROOT
from tests.infrastructure.clouds import Cloud, listed, synthesize

PLACEHOLDER = re.compile(r"\$\{([A-Za-z]+)\}")
WORKFLOWS = {"alert_fanout": "Alerts", "retrain_model": "Ml"}


def states_of(machine: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every state by name, those of branches too."""
    for name, state in machine["States"].items():
        yield name, state
        for branch in state.get("Branches", []):
            yield from states_of(branch)


def definition(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / "statemachines" / f"{name}.asl.json").read_text())
    return found


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
    rules = {rule.properties["ScheduleExpression"]: rule for rule in any_cloud.of("AWS::Events::Rule", "Ml")}
    assert set(rules) == {"cron(0 2 ? * SUN *)", "cron(0 4 * * ? *)"}
    (machine,) = rules["cron(0 2 ? * SUN *)"].properties["Targets"]
    assert json.loads(machine["Input"]) == {"reason": "schedule"}
    assert any_cloud.functions()["watch_drift"].name in rules["cron(0 4 * * ? *)"].text


def test_every_state_of_a_workflow_can_be_reached_and_exists() -> None:
    for path in (ROOT / "statemachines").glob("*.asl.json"):
        machine = json.loads(path.read_text())
        named = set(re.findall(r'"(?:Next|Default|StartAt)": "(\w+)"', json.dumps(machine)))
        branches = re.findall(r'"States": (\{)', json.dumps(machine))
        if len(branches) == 1:
            assert named == set(machine["States"]), path.name


def test_whatever_fails_after_the_gate_leads_back_to_the_champion() -> None:
    """Walk from every failure of a task: it ends where the endpoint serves one model, or in the alarm that says not."""
    machine = json.loads((ROOT / "statemachines" / "retrain_model.asl.json").read_text())["States"]
    tasks = {name for name, state in machine.items() if state["Type"] == "Task"}
    unguarded = {name for name in tasks if "Catch" not in machine[name]}
    assert unguarded == {"Export", "RecordFirst", "RecordChampion", "RecordRolledBack", "RecordBroken"}
    after_gate = {"Gate", "CreateModel", "ConfigureAlone", "ConfigureTrial", "Compare"}
    assert {machine[name]["Catch"][0]["Next"] for name in after_gate} == {"GiveUp"}
    moving = {"CreateEndpoint", "UpdateEndpoint", "DeleteEndpoint", "DescribeEndpoint"}
    assert {machine[name]["Catch"][0]["Next"] for name in moving} == {"NotArrived"}


@pytest.mark.parametrize("name", WORKFLOWS)
def test_what_catches_everything_names_the_error_that_this_leaves_out(name: str) -> None:
    """States.ALL stands alone and last, as the language wants it, and does not mean States.DataLimitExceeded."""
    caught = {state_name: state["Catch"] for state_name, state in states_of(definition(name)) if "Catch" in state}
    assert caught
    for state_name, catchers in caught.items():
        leads_to = {error: catcher["Next"] for catcher in catchers for error in catcher["ErrorEquals"]}
        assert catchers[-1]["ErrorEquals"] == ["States.ALL"], state_name
        assert leads_to["States.DataLimitExceeded"] == leads_to["States.ALL"], state_name


def test_raising_alerts_outlasts_an_outage_of_half_an_hour() -> None:
    raising = definition("alert_fanout")["States"]["RaiseAlerts"]
    (retry,) = raising["Retry"]
    assert retry["ErrorEquals"] == ["States.ALL"]
    assert "JitterStrategy" not in retry, "it would halve the time"
    pauses = [
        min(retry["IntervalSeconds"] * retry["BackoffRate"] ** number, retry["MaxDelaySeconds"])
        for number in range(retry["MaxAttempts"])
    ]
    assert sum(pauses) >= 30 * 60
    assert max(pauses) <= 60, "a database that is back is noticed within a minute; the emulator waits no longer either"


def test_the_retraining_may_read_the_tags_of_whatever_it_makes(cloud: Cloud) -> None:
    """Step Functions asks for them beside each of its own SageMaker tasks, as CDK's grants for these have it."""
    machine = cloud.one("AWS::StepFunctions::StateMachine", "Ml")
    made = {"training-job", "model", "endpoint-config", "endpoint"}
    statements = cloud.statements(machine.properties["RoleArn"]["Fn::GetAtt"][0], "Ml")
    tagged = [r for s in statements if "sagemaker:ListTags" in listed(s["Action"]) for r in listed(s["Resource"])]
    kinds = {cloud.spelt("Ml", resource).split(":")[-1].partition("/")[0] for resource in tagged}
    assert kinds == made


def test_a_missing_corpus_is_an_outcome_that_operators_are_told_of() -> None:
    states = definition("retrain_model")["States"]
    choices = {choice["StringEquals"]: choice["Next"] for choice in states["Exported"]["Choices"]}
    assert states[choices["no_corpus"]]["Type"] == "Fail", "which rings retrain-failed"
    assert "ml/corpus/" in states[choices["no_corpus"]]["Cause"]


def test_every_outcome_of_the_export_leads_somewhere_by_name() -> None:
    handled = {choice["StringEquals"] for choice in definition("retrain_model")["States"]["Exported"]["Choices"]}
    assert handled == {"exported", "busy", "no_corpus", "too_little_data"}


def test_mlflow_has_a_server_of_its_own_only_where_one_is_ordered(cloud: Cloud) -> None:
    assert cloud.of("AWS::SageMaker::MlflowTrackingServer") == []
    assert "TRACKING_SERVER" not in cloud.functions()["register_model"].properties["Environment"]["Variables"]


def test_a_tracking_server_is_told_of_models_and_nothing_else(tmp_path: Path) -> None:
    ordered = synthesize("prod", tmp_path, TRACKING_SERVER="Small")
    server = ordered.one("AWS::SageMaker::MlflowTrackingServer", "Ml")
    assert server.properties["TrackingServerSize"] == "Small"
    register = ordered.functions()["register_model"]
    assert "Fn::GetAtt" in register.properties["Environment"]["Variables"]["TRACKING_SERVER"]
    told = [s for s in ordered.statements(register.properties["Role"]["Fn::GetAtt"][0], "Ml") if "mlflow" in str(s)]
    assert all(action.startswith("sagemaker-mlflow:") for s in told for action in listed(s["Action"]))
    assert ordered.findings == []


def test_failed_workflows_raise_alarms(cloud: Cloud) -> None:
    failed = [a for a in cloud.of("AWS::CloudWatch::Alarm") if a.properties.get("MetricName") == "ExecutionsFailed"]
    assert len(failed) == len(WORKFLOWS)


def test_workflow_logs_hold_no_personal_data(cloud: Cloud) -> None:
    for machine in cloud.of("AWS::StepFunctions::StateMachine"):
        assert json.dumps(machine.properties["LoggingConfiguration"]["IncludeExecutionData"]) == "false"
