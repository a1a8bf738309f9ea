"""What every stack shares: its stage's configuration, and functions that read the database."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from aws_cdk import CfnOutput, CliCredentialsStackSynthesizer, DefaultStackSynthesizer, Fn, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from cdk.config import StageConfig
from cdk.constructs.layers import LayerName, Layers
from cdk.constructs.nag import acknowledge
from cdk.constructs.python_function import PythonFunction

if TYPE_CHECKING:
    from cdk.stacks.data import DataStack

DATABASE: tuple[LayerName, ...] = ("runtime", "db")
NUMBERS: tuple[LayerName, ...] = ("runtime", "db", "science")
REGISTRY: tuple[LayerName, ...] = ("runtime", "db", "mlflow")


class StageStack(Stack):
    """`WattWarden-<stage>-<Part>`."""

    def __init__(self, scope: Construct, part: str, *, config: StageConfig) -> None:
        super().__init__(
            scope,
            f"WattWarden-{config.name}-{part}",
            env=config.env,
            synthesizer=CliCredentialsStackSynthesizer() if config.local else None,
            termination_protection=config.retained and part == "Data",
            description=f"WattWarden ({config.name}): {part}",
        )
        self.config = config

    @property
    def availability_zones(self) -> list[str]:
        """The region's first two, known at deployment: no synthesis asks an account."""
        return [Fn.select(0, Fn.get_azs()), Fn.select(1, Fn.get_azs())]

    def outputs(self, values: Mapping[str, str]) -> None:
        for name, value in values.items():
            CfnOutput(self, name, value=value)


class ServiceStack(StageStack):
    """A stack with functions, each of which reads the database's secret and nothing else until granted."""

    def __init__(self, scope: Construct, part: str, *, config: StageConfig, data: "DataStack") -> None:
        super().__init__(scope, part, config=config)
        self.data = data
        self.functions: list[PythonFunction] = []
        self._layers = Layers(self, "layers", config=config)

    @property
    def kept(self) -> dict[str, str]:
        """The environment that says how long readings are kept; absent: for ever."""
        months = self.config.readings_kept_months
        return {} if months is None else {"READINGS_KEPT_MONTHS": str(months)}

    def function(
        self,
        name: str,
        *,
        uses: Sequence[LayerName] = DATABASE,
        environment: Mapping[str, str] | None = None,
        timeout_s: int = 30,
        memory_mib: int = 512,
        asynchronous: bool = False,
        reserved: int | None = None,
    ) -> PythonFunction:
        """The function in `functions/<name>`, beside the database."""
        made = PythonFunction(
            self,
            name,
            config=self.config,
            layers=self._layers,
            uses=uses,
            environment={"DATABASE_SECRET": self.data.database_secret_arn, **(environment or {})},
            vpc=self.data.vpc,
            security_group=self.data.functions_group,
            timeout_s=timeout_s,
            memory_mib=memory_mib,
            asynchronous=asynchronous,
            reserved=reserved,
        )
        # Not by the secret's own grant: that writes into the key's policy, which lies in a stack below.
        allow(made, ["secretsmanager:GetSecretValue"], [self.data.database_secret_arn])
        if self.data.key:
            allow(made, ["kms:Decrypt"], [self.data.key.key_arn])
        self.functions.append(made)
        return made

    def scheduled(self, name: str, description: str, schedule: events.Schedule, function: PythonFunction) -> None:
        """Have the function called by the clock; what cannot be delivered is kept with its failures."""
        events.Rule(
            self,
            name,
            description=description,
            schedule=schedule,
            targets=[targets.LambdaFunction(function, dead_letter_queue=function.failures)],
        )


def allow(grantee: iam.IGrantable, actions: Sequence[str], resources: Sequence[str]) -> None:
    """Exactly these actions on exactly these resources, where a construct's own grant would give more."""
    grantee.grant_principal.add_to_principal_policy(
        iam.PolicyStatement(actions=list(actions), resources=list(resources))
    )


def allow_named(role: iam.IRole, actions: Sequence[str], arn: str, reason: str) -> None:
    """As `allow`, for one ARN of this stack that ends in `*`; `reason` says why it must."""
    allow(role, actions, [arn])
    acknowledge(role, reason, f"AwsSolutions-IAM5[Resource::{readable(Stack.of(role).resolve(arn))}]")


def allow_objects(role: iam.IRole, actions: Sequence[str], bucket: s3.IBucket, *prefixes: str) -> None:
    """These actions on the objects under `prefixes` of a bucket of another stack."""
    allow(role, actions, [bucket.arn_for_objects(f"{prefix}*") for prefix in prefixes])
    owner = Stack.of(bucket)
    export = readable(owner.resolve(owner.export_value(bucket.bucket_arn)))
    acknowledge(
        role,
        "Objects under one prefix: their names are not known at deployment",
        *(f"AwsSolutions-IAM5[Resource::{export}/{prefix}*]" for prefix in prefixes),
    )


def acknowledge_copying(stack: Stack, bucket: s3.IBucket) -> None:
    """Accept the rights of CDK's own function that copies an asset into this bucket, wherever the bucket lies."""
    owner = Stack.of(bucket)
    arn = owner.resolve(bucket.bucket_arn) if owner is stack else owner.resolve(owner.export_value(bucket.bucket_arn))
    region = readable(stack.resolve(stack.region))
    assets = f"cdk-{DefaultStackSynthesizer.DEFAULT_QUALIFIER}-assets-<AWS::AccountId>-{region}"
    acknowledge(
        stack,
        "CDK's own function that copies what was built into its bucket",
        "AwsSolutions-L1",
        "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]",
        "AwsSolutions-IAM5[Resource::*]",
        *(f"AwsSolutions-IAM5[Action::s3:{a}*]" for a in ("GetObject", "GetBucket", "List", "DeleteObject", "Abort")),
        *(f"AwsSolutions-IAM5[Action::kms:{a}*]" for a in ("GenerateDataKey", "ReEncrypt") if bucket.encryption_key),
        f"AwsSolutions-IAM5[Resource::{readable(arn)}/*]",
        f"AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:s3:::{assets}/*]",
    )


def readable(resolved: Any) -> str:  # noqa: ANN401 - a resolved CloudFormation value is any JSON
    """A resolved string as the security checks spell it in their findings: references in angle brackets."""
    match resolved:
        case str():
            return resolved
        case {"Ref": str(name)}:
            return f"<{name}>"
        case {"Fn::ImportValue": str(name)}:
            return name
        case {"Fn::GetAtt": [str(name), str(attribute)]}:
            return f"<{name}.{attribute}>"
        case {"Fn::Join": [str(separator), list(parts)]}:
            return separator.join(readable(part) for part in parts)
    raise ValueError(f"no finding is spelt with {resolved!r}")
