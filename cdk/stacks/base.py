"""What every stack shares: its stage's configuration, and functions that read the database."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from aws_cdk import CfnOutput, CliCredentialsStackSynthesizer, Fn, Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk.config import StageConfig
from cdk.constructs.layers import LayerName, Layers
from cdk.constructs.python_function import PythonFunction

if TYPE_CHECKING:
    from cdk.stacks.data import DataStack

DATABASE: tuple[LayerName, ...] = ("runtime", "db")
NUMBERS: tuple[LayerName, ...] = ("runtime", "db", "science")


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

    def function(
        self,
        name: str,
        *,
        uses: Sequence[LayerName] = DATABASE,
        environment: Mapping[str, str] | None = None,
        timeout_s: int = 30,
        memory_mib: int = 512,
        asynchronous: bool = False,
    ) -> PythonFunction:
        """The function in `functions/<name>`, beside the database."""
        made = PythonFunction(
            self,
            name,
            config=self.config,
            layers=self._layers,
            uses=uses,
            environment={"DATABASE_SECRET": self.data.database_secret.secret_arn, **(environment or {})},
            vpc=self.data.vpc,
            security_group=self.data.functions_group,
            timeout_s=timeout_s,
            memory_mib=memory_mib,
            asynchronous=asynchronous,
        )
        self.data.database_secret.grant_read(made)
        self.functions.append(made)
        return made


def allow(grantee: iam.IGrantable, actions: Sequence[str], resources: Sequence[str]) -> None:
    """Exactly these actions on exactly these resources, where a construct's own grant would give more."""
    grantee.grant_principal.add_to_principal_policy(
        iam.PolicyStatement(actions=list(actions), resources=list(resources))
    )
