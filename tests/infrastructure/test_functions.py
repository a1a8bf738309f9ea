import os
import subprocess
import sys

from cdk.config import ROOT
from tests.infrastructure.clouds import WITHOUT_DATABASE, Cloud

FOLDERS = {path.parent.name for path in (ROOT / "functions").glob("*/handler.py")}
NOBODY_WAITS = {
    *("collect_weather", "import_file", "dispatch_outbox", "extend_partitions", "replay_meters", "compact_lake"),
    *("send_notifications", "copy_asset_registry", "watch_drift"),
}
TAKE_THEIR_TURN = {"replay_meters"}
SCIENCE = {"numpy", "pyarrow", "openpyxl", "et_xmlfile"}

IMPORT_WITHOUT = """
import os, sys
from importlib.abc import MetaPathFinder

class Absent(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name.partition(".")[0] in {science!r}:
            raise ModuleNotFoundError(f"{{name}} is not in this function's layers")

sys.meta_path.insert(0, Absent())
import boto3, pydantic, sqlalchemy, wattwarden.runtime.observe, wattwarden.runtime.wiring  # once for all

for folder in sys.argv[1:]:
    child = os.fork()
    if not child:
        os.chdir(folder)
        sys.path.insert(0, folder)
        import handler
        sys.exit(0 if os.path.dirname(handler.__file__) == os.getcwd() else "another handler")
    if os.waitpid(child, 0)[1]:
        sys.exit(folder)
"""


def test_every_function_folder_is_deployed_exactly_once(any_cloud: Cloud) -> None:
    assert set(any_cloud.functions()) == FOLDERS


def test_functions_run_python_3_13_on_graviton_in_aws(cloud: Cloud) -> None:
    for name, function in cloud.functions().items():
        assert function.properties["Runtime"] == "python3.13", name
        assert function.properties["Architectures"] == ["arm64"], name
        assert function.properties["Handler"] == "handler.handler", name


def test_every_function_carries_our_code_and_its_libraries(cloud: Cloud) -> None:
    descriptions = {
        (layer.stack, layer.name): layer.properties["Description"] for layer in cloud.of("AWS::Lambda::LayerVersion")
    }
    for name, function in cloud.functions().items():
        layers = [descriptions[function.stack, ref["Ref"]] for ref in function.properties["Layers"]]
        database = set() if name in WITHOUT_DATABASE else {"WattWarden db"}
        assert {"WattWarden core", "WattWarden runtime"} | database <= set(layers), name


def test_handlers_without_the_science_layer_never_import_it(dev: Cloud) -> None:
    science = {
        (layer.stack, layer.name)
        for layer in dev.of("AWS::Lambda::LayerVersion")
        if layer.properties["Description"] == "WattWarden science"
    }
    folders = [
        str(ROOT / "functions" / name)
        for name, function in dev.functions().items()
        if not any((function.stack, ref["Ref"]) in science for ref in function.properties["Layers"])
    ]
    assert folders
    answer = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", IMPORT_WITHOUT.format(science=SCIENCE), *folders],
        cwd=ROOT / "functions",
        env={**os.environ, "PYTHONPATH": f"{ROOT / 'layers/core/python'}:.", "AWS_DEFAULT_REGION": "eu-west-1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr[-900:]


def test_logs_expire(cloud: Cloud) -> None:
    groups = {(group.stack, group.name): group for group in cloud.of("AWS::Logs::LogGroup")}
    for name, function in cloud.functions().items():
        group = groups[function.stack, function.properties["LoggingConfig"]["LogGroup"]["Ref"]]
        assert group.properties["RetentionInDays"] > 0, name
    assert all("RetentionInDays" in group.properties for group in groups.values())


def test_an_event_that_nobody_waits_for_is_kept_when_it_fails(any_cloud: Cloud) -> None:
    kept = {
        (invocation.stack, invocation.properties["FunctionName"]["Ref"]): invocation.properties
        for invocation in any_cloud.of("AWS::Lambda::EventInvokeConfig")
    }
    for name in NOBODY_WAITS:
        function = any_cloud.functions()[name]
        settings = kept[function.stack, function.name]
        assert settings["MaximumRetryAttempts"] == 2, name
        assert "Fn::GetAtt" in settings["DestinationConfig"]["OnFailure"]["Destination"], name


def test_every_function_that_reads_the_database_stands_beside_it(cloud: Cloud) -> None:
    for name, function in cloud.functions().items():
        beside = "VpcConfig" in function.properties
        assert beside is ("DATABASE_SECRET" in function.properties["Environment"]["Variables"]), name
        assert beside is (name not in WITHOUT_DATABASE), name
        assert not beside or len(function.properties["VpcConfig"]["SubnetIds"]) == 2, name


def test_each_function_has_alarms_for_errors_throttles_and_slowness(cloud: Cloud) -> None:
    watched = {alarm.path.split("/")[1] for alarm in cloud.of("AWS::CloudWatch::Alarm")}
    for name in cloud.functions():
        assert f"{name}-errors" in watched
        limits = {f"{name}-throttles", f"{name}-slow"}
        assert limits & watched == (set() if name in TAKE_THEIR_TURN else limits)


def test_every_alarm_reaches_the_operators(cloud: Cloud) -> None:
    alarms = cloud.of("AWS::CloudWatch::Alarm")
    assert alarms
    for alarm in alarms:
        assert alarm.properties["AlarmActions"] == [{"Ref": cloud.one("AWS::SNS::Topic", "Observability").name}]
