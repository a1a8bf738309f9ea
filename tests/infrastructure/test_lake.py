"""The lake's stack, beside those it stands on."""

import json
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App
from aws_cdk.assertions import Template

from cdk.app import FLAGS, check
from cdk.config import stage_config
from cdk.stacks.data import DataStack
from cdk.stacks.ingest import IngestStack
from cdk.stacks.lake import LakeStack
from tests.infrastructure.clouds import ENVIRON
from wattwarden.contracts.lake import TABLES

type Resources = dict[str, dict[str, Any]]


class Lake:
    def __init__(self, stage: str, folder: Path) -> None:
        app = App(outdir=str(folder), context={**FLAGS, "stage": stage, "bundle": "false"})
        config = stage_config(stage, ENVIRON)
        data = DataStack(app, config=config)
        ingest = IngestStack(app, config=config, data=data)
        stack = LakeStack(app, config=config, data=data, ingest=ingest)
        if stage != "local":
            check(app)
        app.synth()  # raises on a finding that carries no reason
        self.template = Template.from_stack(stack)
        self.data = Template.from_stack(data)

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [resource["Properties"] for resource in self.template.find_resources(kind).values()]

    def function(self, service: str) -> dict[str, Any]:
        (found,) = [
            f for f in self.of("AWS::Lambda::Function")
            if f.get("Environment", {}).get("Variables", {}).get("POWERTOOLS_SERVICE_NAME") == service
        ]  # fmt: skip
        return found

    def statements(self, service: str) -> list[dict[str, Any]]:
        role = self.function(service)["Role"]["Fn::GetAtt"][0]
        return [
            statement
            for policy in self.of("AWS::IAM::Policy")
            if {"Ref": role} in policy["Roles"]
            for statement in policy["PolicyDocument"]["Statement"]
        ]


@pytest.fixture(scope="module", params=["dev", "prod"])
def lake(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return Lake(request.param, tmp_path_factory.mktemp("lake"))


@pytest.fixture(scope="module")
def laptop(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return Lake("local", tmp_path_factory.mktemp("laptop"))


def test_both_streams_are_archived_in_large_batches_that_are_tried_until_they_are_written(lake: Lake) -> None:
    mappings = lake.of("AWS::Lambda::EventSourceMapping")
    assert len({json.dumps(m["EventSourceArn"]) for m in mappings}) == 2
    for mapping in mappings:
        assert mapping["BatchSize"] == 10_000
        assert mapping["MaximumBatchingWindowInSeconds"] == 120
        assert mapping["ParallelizationFactor"] == 1, "files are named by the records that follow one another"
        assert mapping["StartingPosition"] == "TRIM_HORIZON"
        assert "MaximumRetryAttempts" not in mapping
        assert "MaximumRecordAgeInSeconds" not in mapping


def test_the_archive_needs_no_database_and_may_only_add_raw_files(lake: Lake) -> None:
    function = lake.function("archive_telemetry")
    assert "VpcConfig" not in function
    assert "DATABASE_SECRET" not in function["Environment"]["Variables"]
    writes = [s for s in lake.statements("archive_telemetry") if "s3" in json.dumps(s["Action"])]
    (statement,) = writes
    assert statement["Action"] == "s3:PutObject"
    assert json.dumps(statement["Resource"]).endswith('/raw/*"]]}')


def test_the_compaction_deletes_nothing_but_raw_files(lake: Lake) -> None:
    deletes = [s for s in lake.statements("compact_lake") if "s3:DeleteObject" in s["Action"]]
    (statement,) = deletes
    assert json.dumps(statement["Resource"]).endswith('/raw/*"]]}')


def test_the_lake_is_tidied_every_night(lake: Lake) -> None:
    (rule,) = lake.of("AWS::Events::Rule")
    assert rule["ScheduleExpression"] == "cron(30 2 * * ? *)"
    assert "DeadLetterConfig" in rule["Targets"][0]


def test_athena_knows_every_column_of_every_table(lake: Lake) -> None:
    known = {
        t["TableInput"]["Name"]: {c["Name"]: c["Type"] for c in t["TableInput"]["StorageDescriptor"]["Columns"]}
        for t in lake.of("AWS::Glue::Table")
    }
    wanted = {
        name.removeprefix("processed/").replace("/", "_"): dict(columns)
        for name, columns in TABLES.items()
        if not name.startswith("registry/")
    }
    assert known == wanted


def test_athena_finds_the_days_folders_without_a_crawler(lake: Lake) -> None:
    assert not lake.of("AWS::Glue::Crawler")
    for table in (t["TableInput"] for t in lake.of("AWS::Glue::Table")):
        assert table["PartitionKeys"] == [{"Name": "dt", "Type": "string"}]
        assert table["Parameters"]["projection.enabled"] == "true"
        assert table["Parameters"]["projection.dt.range"] == "2015-01-01,NOW+1DAYS"
        location = _flat(table["StorageDescriptor"]["Location"])
        assert _flat(table["Parameters"]["storage.location.template"]) == location + "dt=${dt}/"


def _flat(value: dict[str, Any]) -> str:
    """A joined text, references as they stand."""
    return "".join(part if isinstance(part, str) else json.dumps(part) for part in value["Fn::Join"][1])


def test_answers_are_encrypted_and_queries_have_a_limit(lake: Lake) -> None:
    (workgroup,) = lake.of("AWS::Athena::WorkGroup")
    settings = workgroup["WorkGroupConfiguration"]
    assert settings["EnforceWorkGroupConfiguration"] is True
    assert settings["BytesScannedCutoffPerQuery"] == 10 * 1024**3
    assert settings["ResultConfiguration"]["EncryptionConfiguration"]["EncryptionOption"] == "SSE_KMS"
    rules = [
        rule
        for bucket in lake.data.find_resources("AWS::S3::Bucket").values()
        for rule in bucket["Properties"].get("LifecycleConfiguration", {}).get("Rules", [])
        if rule.get("Prefix") == "athena/"
    ]
    assert [rule["ExpirationInDays"] for rule in rules] == [30]


def test_the_laptop_polls_itself_and_queries_without_athena(laptop: Lake) -> None:
    assert not laptop.of("AWS::Glue::Table")
    assert not laptop.of("AWS::Athena::WorkGroup")
    for mapping in laptop.of("AWS::Lambda::EventSourceMapping"):
        assert mapping["Enabled"] is False
        assert mapping["MaximumBatchingWindowInSeconds"] == 10
