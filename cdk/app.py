"""The whole system as one CDK app. Choose a stage with `-c stage=local|dev|staging|prod`."""

import os
from collections.abc import Mapping

from aws_cdk import App, Tags, Validations
from cdk_nag import AwsSolutionsChecks

from cdk.config import StageConfig, stage_config
from cdk.stacks.alerts import AlertsStack
from cdk.stacks.api import ApiStack
from cdk.stacks.base import StageStack
from cdk.stacks.data import DataStack
from cdk.stacks.ingest import IngestStack
from cdk.stacks.lake import LakeStack
from cdk.stacks.migration import MigrationStack
from cdk.stacks.ml import MlStack
from cdk.stacks.observability import ObservabilityStack
from cdk.stacks.stream import StreamStack
from cdk.stacks.web import WebStack

# CDK behaviour that new apps choose. Here, not in cdk.json, so that every way of running the app behaves alike.
FLAGS: Mapping[str, bool | str | list[str]] = {
    "@aws-cdk/aws-apigateway:disableCloudWatchRole": True,
    "@aws-cdk/aws-events:eventsTargetQueueSameAccount": True,
    "@aws-cdk/aws-iam:minimizePolicies": True,
    "@aws-cdk/aws-lambda:recognizeLayerVersion": True,
    "@aws-cdk/aws-s3:serverAccessLogsUseBucketPolicy": True,
    "@aws-cdk/core:checkSecretUsage": True,
    "@aws-cdk/core:defaultCrossStackReferences": "strong",
    "@aws-cdk/core:explicitStackTags": True,
    "@aws-cdk/core:target-partitions": ["aws"],
}


def build(app: App, environ: Mapping[str, str] = os.environ) -> StageConfig:
    """Add every stack of the stage that the app's context names."""
    config = stage_config(app.node.try_get_context("stage") or "local", environ)
    data = DataStack(app, config=config)
    migration = MigrationStack(app, config=config, data=data)
    ingest = IngestStack(app, config=config, data=data)
    stream = StreamStack(app, config=config, data=data, ingest=ingest)
    lake = LakeStack(app, config=config, data=data, ingest=ingest)
    alerts = AlertsStack(app, config=config, data=data, ingest=ingest)
    ml = MlStack(app, config=config, data=data)
    api = ApiStack(app, config=config, data=data, ingest=ingest, alerts=alerts)
    if config.web:
        WebStack(app, config=config, data=data, ingest=ingest, alerts=alerts, api=api)
    if config.observability:
        ObservabilityStack(
            app,
            config=config,
            data=data,
            migration=migration,
            ingest=ingest,
            stream=stream,
            lake=lake,
            alerts=alerts,
            ml=ml,
            api=api,
        )
    for stack in app.node.children:
        if isinstance(stack, StageStack) and stack not in (data, migration):
            stack.add_stack_dependency(migration)
    Tags.of(app).add("project", "wattwarden")
    Tags.of(app).add("stage", config.name)
    if not config.local:
        check(app)
    return config


def check(app: App) -> None:
    """Fail the synthesis on any finding of the AWS Solutions checks that carries no reason."""
    Validations.of(app).add_plugins(AwsSolutionsChecks())


def main() -> None:
    app = App(context=FLAGS)
    build(app)
    app.synth()


if __name__ == "__main__":
    main()
