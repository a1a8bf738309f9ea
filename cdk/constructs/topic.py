"""An SNS topic that refuses plain HTTP and says by name which of AWS's services publish to it.

A policy of its own replaces the one that SNS gives a topic, and with it the right of the account's services to publish.
"""

from collections.abc import Mapping

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct

from cdk.config import StageConfig
from cdk.constructs.nag import acknowledge


def topic(
    scope: Construct,
    construct_id: str,
    *,
    config: StageConfig,
    display_name: str,
    key: kms.IKey | None,
    publishers: Mapping[str, str] | None = None,
) -> sns.Topic:
    """`publishers`: services, such as `cloudwatch.amazonaws.com`, and the ARNs of what they publish for.

    Functions publish by right of their own role. Whoever publishes needs the topic's key too.
    """
    made = sns.Topic(scope, construct_id, display_name=display_name, master_key=key, enforce_ssl=not config.local)
    for service, source in (publishers or {}).items():
        made.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal(service)],
                actions=["sns:Publish"],
                resources=[made.topic_arn],
                conditions={
                    "StringEquals": {"aws:SourceAccount": Stack.of(scope).account},
                    "ArnLike": {"aws:SourceArn": source},
                },
            )
        )
    if key is None:
        acknowledge(made, "No customer key in this stage", "AwsSolutions-SNS2")
    return made
