"""A Step Functions state machine from a file in statemachines/."""

from collections.abc import Mapping

from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as stepfunctions
from constructs import Construct

from cdk.config import ROOT, StageConfig
from cdk.constructs.nag import acknowledge


def workflow(
    scope: Construct,
    name: str,
    *,
    config: StageConfig,
    substitutions: Mapping[str, str],
) -> stepfunctions.StateMachine:
    """`statemachines/<name>.asl.json`, with its ${placeholders} filled, logged and traced outside the laptop."""
    log_options = None
    if not config.local:
        log_options = stepfunctions.LogOptions(
            # Log delivery writes a resource policy, whose size is limited; this prefix is exempt.
            destination=logs.LogGroup(
                scope,
                f"{name}-logs",
                log_group_name=f"/aws/vendedlogs/states/wattwarden-{config.name}-{name}",
                retention=config.log_retention,
                removal_policy=config.removal_of_named,
            ),
            level=stepfunctions.LogLevel.ALL,
            include_execution_data=False,
        )
    machine = stepfunctions.StateMachine(
        scope,
        name,
        definition_body=stepfunctions.DefinitionBody.from_file(str(ROOT / "statemachines" / f"{name}.asl.json")),
        definition_substitutions=dict(substitutions),
        logs=log_options,
        tracing_enabled=config.tracing,
    )
    if not config.local:
        acknowledge(
            machine,
            "X-Ray's and log delivery's actions have no resource to name",
            "AwsSolutions-IAM5[Resource::*]",
        )
    return machine
