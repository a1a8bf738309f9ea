from collections.abc import Iterator
from typing import Any

import pytest

from tests.infrastructure.authorization import RESOURCELESS, UNNEEDED, fits
from tests.infrastructure.clouds import WITHOUT_DATABASE, Cloud, Resource, listed

WRITE_LOGS = {"logs:CreateLogStream", "logs:PutLogEvents"}
ATTACH_TO_VPC = {
    "ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets",
    "ec2:DeleteNetworkInterface", "ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses",
}  # fmt: skip
TRACE = {"xray:PutTraceSegments", "xray:PutTelemetryRecords"}
READ_SECRET = {"secretsmanager:GetSecretValue", "kms:Decrypt"}
PUT_TO_STREAM = {"kinesis:PutRecord", "kinesis:PutRecords", "kms:GenerateDataKey"}
KEEP_FAILURES = {"sqs:SendMessage", "sqs:GetQueueAttributes", "sqs:GetQueueUrl"}
READ_STREAMS = {
    "kinesis:DescribeStream", "kinesis:DescribeStreamConsumer", "kinesis:DescribeStreamSummary",
    "kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:ListShards", "kinesis:ListStreams",
    "kinesis:SubscribeToShard",
}  # fmt: skip
EVERY = WRITE_LOGS | TRACE
BESIDE_THE_DATABASE = ATTACH_TO_VPC | READ_SECRET

# What a function may do beyond logging, tracing, reaching its VPC and reading the database's secret.
MAY: dict[str, set[str]] = {
    "ingest_readings": PUT_TO_STREAM | {"s3:GetObject"},
    "ingest_occupancy": PUT_TO_STREAM | {"s3:GetObject"},
    "copy_asset_registry": {"s3:GetObject", "s3:PutObject", "kms:GenerateDataKey"} | KEEP_FAILURES,
    "collect_weather": PUT_TO_STREAM | KEEP_FAILURES,
    "import_file": PUT_TO_STREAM | KEEP_FAILURES | {"s3:GetObject", "s3:PutObject"},
    "score_readings": {"events:PutEvents", "sagemaker:InvokeEndpoint"} | READ_STREAMS | KEEP_FAILURES,
    "archive_telemetry": {"s3:PutObject", "kms:Decrypt", "kms:GenerateDataKey"} | READ_STREAMS,
    "compact_lake": {"s3:ListBucket", "s3:GetObject", "s3:PutObject", "s3:DeleteObject", "kms:GenerateDataKey"}
    | KEEP_FAILURES,
    "replay_meters": {"events:PutEvents", "sagemaker:InvokeEndpoint"} | KEEP_FAILURES,
    "dispatch_outbox": {"events:PutEvents"} | KEEP_FAILURES,
    "extend_partitions": KEEP_FAILURES,
    "migrate_database": set(),
    "raise_alerts": set(),
    "send_notifications": {"sns:Publish", "kms:GenerateDataKey"} | KEEP_FAILURES,
    "push_live": {"execute-api:ManageConnections"},
    "live": set(),
    "api": PUT_TO_STREAM | {
        "s3:GetObject", "s3:PutObject", "cognito-idp:AdminCreateUser", "cognito-idp:AdminGetUser",
        "sns:Subscribe", "sns:ListSubscriptionsByTopic", "sns:GetSubscriptionAttributes",
        "sns:SetSubscriptionAttributes", "apigateway:POST", "apigateway:DELETE",
    },
    "export_training_data": {
        "s3:ListBucket", "s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload", "kms:GenerateDataKey",
    },
    "gate_model": set(),
    "compare_models": {"sagemaker:InvokeEndpoint"},
    "register_model": set(),
    "watch_drift": {"s3:ListBucket", "s3:GetObject", "states:StartExecution"} | KEEP_FAILURES,
    "record_model": set(),
}  # fmt: skip

CDK_HELPERS = ("BucketNotificationsHandler", "CDKBucketDeployment")


def role_of(function: Resource) -> str:
    name: str = function.properties["Role"]["Fn::GetAtt"][0]
    return name


def allowed(cloud: Cloud, function: Resource) -> set[str]:
    statements = cloud.statements(role_of(function), function.stack)
    return {action for statement in statements for action in listed(statement["Action"])}


def our_policies(cloud: Cloud) -> Iterator[tuple[Resource, dict[str, Any]]]:
    for policy in cloud.of("AWS::IAM::Policy"):
        if not any(helper in policy.path for helper in CDK_HELPERS):
            for statement in policy.properties["PolicyDocument"]["Statement"]:
                yield policy, statement


def our_statements(cloud: Cloud) -> Iterator[tuple[str, dict[str, Any]]]:
    for policy, statement in our_policies(cloud):
        yield policy.path, statement


@pytest.mark.parametrize("name", sorted(MAY))
def test_a_function_may_do_its_own_work_and_nothing_else(cloud: Cloud, name: str) -> None:
    beside = set() if name in WITHOUT_DATABASE else BESIDE_THE_DATABASE
    assert allowed(cloud, cloud.functions()[name]) == EVERY | beside | MAY[name]


def test_the_table_of_permissions_names_every_function(cloud: Cloud) -> None:
    assert set(MAY) == set(cloud.functions())


def test_no_two_functions_share_a_role(any_cloud: Cloud) -> None:
    roles = [(function.stack, role_of(function)) for function in any_cloud.functions().values()]
    assert len(set(roles)) == len(roles)


def test_no_role_of_ours_carries_a_managed_policy_of_amazon(cloud: Cloud) -> None:
    for function in cloud.functions().values():
        (role,) = [r for r in cloud.of("AWS::IAM::Role", function.stack) if r.name == role_of(function)]
        assert "ManagedPolicyArns" not in role.properties, function.path


def test_only_actions_without_a_resource_are_allowed_everywhere(cloud: Cloud) -> None:
    for path, statement in our_statements(cloud):
        if "*" in listed(statement["Resource"]):
            assert set(listed(statement["Action"])) <= RESOURCELESS, path


def test_each_action_is_allowed_on_what_aws_authorizes_it_on(cloud: Cloud) -> None:
    """A policy that names a resource for an action that takes none is accepted, and never allows anything."""
    granted = [
        (policy, action, [cloud.spelt(policy.stack, resource) for resource in listed(statement["Resource"])])
        for policy, statement in our_policies(cloud)
        for action in set(listed(statement["Action"])) - UNNEEDED
    ]
    assert granted
    wrong = [(p.path, action, on) for p, action, on in granted if not any(fits(action, resource) for resource in on)]
    assert wrong == []


def test_no_statement_allows_a_family_of_actions(cloud: Cloud) -> None:
    for path, statement in our_statements(cloud):
        assert not [action for action in listed(statement["Action"]) if "*" in action], path


def test_the_retraining_workflow_passes_only_the_training_role_and_only_to_sagemaker(cloud: Cloud) -> None:
    passes = [s for _, s in our_statements(cloud) if "iam:PassRole" in listed(s["Action"])]
    (statement,) = passes
    assert statement["Condition"] == {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
    assert "SageMakerRole" in str(statement["Resource"])
