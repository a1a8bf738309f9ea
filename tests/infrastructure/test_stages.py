from pathlib import Path

import pytest
from aws_cdk import App, Stack
from aws_cdk.aws_s3 import Bucket

from cdk.app import check
from cdk.config import stage_config
from tests.infrastructure.clouds import ENVIRON, Cloud

OUTPUTS = {
    "Data": {"DatabaseSecretArn", "UploadBucket", "ModelBucket", "LakeBucket"},
    "Migration": {"MigrateDatabaseName"},
    "Ingest": {
        "IngestApiId",
        "IngestApiUrl",
        "UsagePlanId",
        "TelemetryStream",
        "BackfillStream",
        "EventBusName",
        "CollectWeatherName",
    },
    "Stream": {"ScoreReadingsName", "DeadLetterQueueUrl"},
    "Lake": {"ArchiveTelemetryName", "CompactLakeName"},
    "Alerts": {"AlertTopicArn", "FanoutArn", "LiveApiId", "LiveUrl"},
    "Ml": {"RetrainArn", "EndpointName", "SageMakerRoleArn"},
    "Api": {"AppApiId", "AppApiUrl", "UserPoolId", "UserPoolClientId"},
}
UNKNOWN_TO_THE_LAPTOP = (
    "AWS::Budgets::", "AWS::SageMaker::", "AWS::WAFv2::", "AWS::EC2::", "AWS::RDS::", "AWS::CloudFront::",
    "AWS::SecretsManager::RotationSchedule", "Custom::CDKBucketDeployment", "Custom::S3AutoDeleteObjects",
)  # fmt: skip


def test_the_security_checks_find_nothing_unexplained(cloud: Cloud) -> None:
    assert cloud.findings == []


def test_a_finding_without_a_reason_stops_the_synthesis(tmp_path: Path) -> None:
    app = App(outdir=str(tmp_path))
    Bucket(Stack(app, "Careless"), "Open")
    check(app)
    with pytest.raises(RuntimeError, match="AwsSolutions-S10"):
        app.synth()


def test_outputs_that_others_read_are_there(any_cloud: Cloud) -> None:
    for part, names in OUTPUTS.items():
        assert names <= set(any_cloud.outputs[part]), part


def test_the_page_has_an_address_in_aws(cloud: Cloud) -> None:
    assert {"SiteBucket", "SiteUrl"} <= set(cloud.outputs["Web"])


def test_the_laptop_cloud_gets_only_what_it_knows(local: Cloud) -> None:
    assert not [r.path for r in local.resources if r.kind.startswith(UNKNOWN_TO_THE_LAPTOP)]


def test_an_unknown_stage_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="no stage 'production'"):
        stage_config("production", ENVIRON)


def test_a_region_without_a_training_image_is_refused() -> None:
    with pytest.raises(ValueError, match="TRAINING_IMAGE"):
        stage_config("dev", {**ENVIRON, "CDK_DEFAULT_REGION": "mars-north-1"})
    image = "1.dkr.ecr.mars-north-1.amazonaws.com/own:1"
    config = stage_config("dev", {**ENVIRON, "CDK_DEFAULT_REGION": "mars-north-1", "TRAINING_IMAGE": image})
    assert config.model.training_image == image


def test_prod_costs_are_bounded_by_a_budget(prod: Cloud) -> None:
    budget = prod.one("AWS::Budgets::Budget").properties["Budget"]
    assert budget["BudgetLimit"] == {"Amount": prod.config.monthly_budget_usd, "Unit": "USD"}
