"""One Lambda function: folder = construct id = service name, its own role, log group and dead letters."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_destinations as destinations
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from cdk.config import ROOT, StageConfig
from cdk.constructs.layers import RUNTIME, UNCACHED, LayerName, Layers
from cdk.constructs.nag import acknowledge

FUNCTIONS = ROOT / "functions"
MAX_EVENT_AGE = Duration.hours(6)
SLOW = 0.8  # of the timeout: the duration alarm's threshold


class PythonFunction(lambda_.Function):
    """The function in `functions/<name>`, with the layers it names and nothing else in its environment than given.

    `asynchronous` is for what EventBridge or S3 invokes: nobody waits for the answer, so a failed event is kept in a
    queue. `reserved` is how many may run at once; asynchronous events beyond it wait. Grants go to `role`, which
    belongs to this function alone.
    """

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        config: StageConfig,
        layers: Layers,
        uses: Sequence[LayerName],
        environment: Mapping[str, str],
        vpc: ec2.IVpc | None = None,
        security_group: ec2.ISecurityGroup | None = None,
        timeout_s: int = 30,
        memory_mib: int = 512,
        asynchronous: bool = False,
        reserved: int | None = None,
    ) -> None:
        log_group = logs.LogGroup(scope, f"{name}-logs", retention=config.log_retention, removal_policy=config.removal)
        role = iam.Role(
            scope,
            f"{name}-role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            description=f"What {name} may do",
        )
        log_group.grant_write(role)
        if vpc:
            _allow_network_interfaces(role)
        self.failures = _failure_queue(scope, name) if asynchronous else None
        super().__init__(
            scope,
            name,
            runtime=RUNTIME,
            architecture=config.architecture,
            handler="handler.handler",
            code=lambda_.Code.from_asset(str(folder_of(name)), exclude=UNCACHED),
            layers=layers.named(*uses),
            role=role,
            log_group=log_group,
            environment={
                "POWERTOOLS_SERVICE_NAME": name,
                "POWERTOOLS_METRICS_NAMESPACE": "WattWarden",
                "LOG_LEVEL": "INFO",
                **environment,
            },
            vpc=vpc,
            security_groups=[security_group] if security_group else None,
            vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS) if vpc else None,
            timeout=Duration.seconds(timeout_s),
            memory_size=memory_mib,
            tracing=lambda_.Tracing.ACTIVE if config.tracing else lambda_.Tracing.DISABLED,
            on_failure=destinations.SqsDestination(self.failures) if self.failures else None,
            retry_attempts=2 if asynchronous else None,
            max_event_age=MAX_EVENT_AGE if asynchronous else None,
            reserved_concurrent_executions=reserved,
        )
        self.service = name
        self.own_role = role
        self._waits_its_turn = asynchronous and reserved is not None
        acknowledge(self, "Python 3.13 is what everything is tested with", "AwsSolutions-L1")
        if config.tracing:
            acknowledge(role, "X-Ray's write actions have no resource to name", "AwsSolutions-IAM5[Resource::*]")

    def alarms(self, scope: Construct) -> list[cloudwatch.Alarm]:
        """Alarms for failing, throttled and nearly timed-out invocations, made in `scope`."""
        if self.timeout is None:
            raise ValueError(f"{self.service} has no timeout")
        five = Duration.minutes(5)
        watched = {"errors": (self.metric_errors(period=five), 1.0)}
        if not self._waits_its_turn:  # else running into either limit is how it works, not a fault
            watched["throttles"] = (self.metric_throttles(period=five), 1.0)
            slow_ms = SLOW * self.timeout.to_milliseconds()
            watched["slow"] = (self.metric_duration(period=five, statistic="p99"), slow_ms)
        return [
            cloudwatch.Alarm(
                scope,
                f"{self.service}-{what}",
                metric=metric,
                threshold=threshold,
                evaluation_periods=2,
                datapoints_to_alarm=2 if what == "slow" else 1,
                comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
                treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
                alarm_description=f"{self.service}: {what}. See docs/runbooks.",
            )
            for what, (metric, threshold) in watched.items()
        ]


def folder_of(name: str) -> Path:
    """Where a function's code lies.

    Raises:
        FileNotFoundError: it has no handler.
    """
    folder = FUNCTIONS / name
    if not (folder / "handler.py").is_file():
        raise FileNotFoundError(f"functions/{name}/handler.py is missing")
    return folder


def _failure_queue(scope: Construct, name: str) -> sqs.Queue:
    queue = sqs.Queue(
        scope,
        f"{name}-failures",
        encryption=sqs.QueueEncryption.SQS_MANAGED,
        enforce_ssl=True,
        retention_period=Duration.days(14),
    )
    acknowledge(queue, "It is itself where failed events go", "AwsSolutions-SQS3")
    return queue


def _allow_network_interfaces(role: iam.Role) -> None:
    """Let Lambda attach the function to the VPC, as AWSLambdaVPCAccessExecutionRole would, without its log rights."""
    role.add_to_policy(
        iam.PolicyStatement(
            sid="AttachToVpc",
            actions=[
                "ec2:CreateNetworkInterface",
                "ec2:DescribeNetworkInterfaces",
                "ec2:DescribeSubnets",
                "ec2:DeleteNetworkInterface",
                "ec2:AssignPrivateIpAddresses",
                "ec2:UnassignPrivateIpAddresses",
            ],
            resources=["*"],
        )
    )
    acknowledge(
        role,
        "Lambda requires these EC2 actions on all resources to attach a function",
        "AwsSolutions-IAM5[Resource::*]",
    )
