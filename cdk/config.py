"""What differs between stages, typed. Everything else is the same everywhere."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from aws_cdk import Duration, Environment, RemovalPolicy
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs

ROOT = Path(__file__).resolve().parents[1]
LOCAL_ACCOUNT = "000000000000"
LOCAL_REGION = "us-east-1"
LOCAL_ENDPOINT = "http://127.0.0.1:4566"
DEFAULT_REGION = "eu-west-1"
"""To synthesize without credentials; at a deployment the cdk command says which region the profile means."""
SEARCH = Duration.minutes(2)
NOBODY = "admin@wattwarden.example"
"""No mail reaches it: a deployment that names no administrator lets nobody in."""
OPEN_METEO = "https://api.open-meteo.com/v1/forecast"

# Whose registry holds Amazon's scikit-learn image, by region. A region that is missing here needs TRAINING_IMAGE.
SKLEARN_REGISTRIES: Mapping[str, str] = {
    "ap-south-1": "720646828776",
    "ap-southeast-1": "121021644041",
    "ap-southeast-2": "783357654285",
    "eu-central-1": "492215442770",
    "eu-north-1": "662702820516",
    "eu-west-1": "141502667606",
    "eu-west-2": "764974769150",
    "us-east-1": "683313688378",
    "us-east-2": "257758044811",
    "us-west-2": "246618743249",
}
SKLEARN_IMAGE = "sagemaker-scikit-learn:1.9-0-cpu-py3"

StageName = Literal["local", "dev", "staging", "prod"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """RDS for PostgreSQL. `storage_gib` is where storage starts; it grows by itself up to `max_storage_gib`."""

    instance_type: str
    storage_gib: int
    max_storage_gib: int
    multi_az: bool
    backup_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """The VPC that the database and the functions share, over two availability zones."""

    nat_gateways: int
    interface_endpoints: tuple[str, ...]
    """AWS services reached without NAT, so that a lost NAT gateway never stops scoring."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """A stream of micro-batches and how score_readings reads it."""

    shards: int
    retention: Duration
    batch_size: int
    batch_window: Duration
    parallelization_factor: int
    max_record_age: Duration
    """A record is tried until it is this old, then set aside: still in the stream, so that it can be fetched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Throttle:
    """Requests that pass: a bucket of `burst` tokens that fills at this rate. Beyond it the answer is 429."""

    requests_per_second: int
    burst: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Days after which rows other than readings are removed."""

    quarantine: int = 90
    """After an item came last: long enough to repair its cause and send it again."""
    outbox: int = 30
    notifications: int = 400
    """Over a year: who was told of what in the season before."""
    occupancy: int
    """Head counts: as long as readings, which are judged with them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """The SageMaker side. The endpoint itself is made by the retraining workflow: a model comes first."""

    training_instance: str
    serving_instance: str
    training_image: str
    search: Duration = SEARCH
    """How long a training that has a champion to beat looks for better hyper-parameters."""
    trial: Duration
    """How long a challenger serves beside the champion before people's feedback decides."""
    challenger_share: float
    """Of the calls during a trial, those that the challenger answers."""
    tracking_server: Literal["Small", "Medium", "Large"] | None
    """Size of SageMaker's own MLflow server. None: MLflow's tables are in our database, which costs nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """When a model no longer fits: the limits of watch_drift, which explains them. The same for every stage."""

    drifted_share: float = 0.3
    alert_rate_ratio: float = 3.0
    precision: float = 0.6
    fallback_share: float = 0.5
    cooldown_days: int = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class StageConfig:
    name: StageName
    env: Environment
    database: Database | None
    """None: the address in the secret is written by whoever runs the database."""
    network: Network | None
    telemetry: Lane
    """What arrives as it happens."""
    backfill: Lane
    """What is told later: imports, gateways that catch up. It may wait; the live lane may not."""
    gateways: Throttle
    """What each gateway's key may send."""
    apis: Throttle
    """What each API takes from all its callers."""
    readings_kept_months: int | None
    """Readings older than this are refused at the door and dropped; None keeps all."""
    kept: Kept | None
    """None keeps all."""
    model: Model
    drift: Drift
    architecture: lambda_.Architecture
    wheel_platform: str | None
    """What third-party layers are installed for; None leaves them out, where functions run in an environment that
    already holds the same pinned packages."""
    removal: RemovalPolicy
    log_retention: logs.RetentionDays
    customer_key: bool
    web: bool
    waf: bool
    observability: bool
    monthly_budget_usd: int
    tracing: bool
    threat_protection: bool
    """Cognito's checks for stolen passwords and odd sign-ins."""
    weather_url: str
    admin_email: str
    alarm_email: str | None
    live_endpoint: str | None
    """Where connections of the WebSocket API are managed, if not at its own address."""

    @property
    def local(self) -> bool:
        """Whether it deploys onto the laptop cloud. Only stacks ask; functions never know."""
        return self.name == "local"

    @property
    def retained(self) -> bool:
        return self.removal is RemovalPolicy.RETAIN

    @property
    def removal_of_named(self) -> RemovalPolicy:
        """Of what has a fixed name. Kept like everything else, but not when its own creation failed.

        It would be in the way of the next one. What CloudFormation names itself may stay: it is found by hand.
        """
        return RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE if self.retained else self.removal

    @property
    def endpoint_name(self) -> str:
        return f"wattwarden-{self.name}"

    @property
    def bus_name(self) -> str:
        return f"wattwarden-{self.name}"


def stage_config(name: str, environ: Mapping[str, str] = os.environ) -> StageConfig:
    """The configuration of a stage; account, region and people's addresses come from the environment.

    Raises:
        ValueError: no such stage, or its region has no known training image.
    """
    match name:
        case "local":
            return _local(environ)
        case "dev":
            return _dev(environ)
        case "staging":
            return replace(_prod(environ), name="staging", removal=RemovalPolicy.DESTROY, monthly_budget_usd=700)
        case "prod":
            return _prod(environ)
        case _:
            raise ValueError(f"no stage {name!r}: choose local, dev, staging or prod with -c stage=...")


def _local(environ: Mapping[str, str]) -> StageConfig:
    endpoint = environ.get("AWS_ENDPOINT_URL", LOCAL_ENDPOINT)
    return StageConfig(
        name="local",
        env=Environment(account=LOCAL_ACCOUNT, region=LOCAL_REGION),
        database=None,
        network=None,
        telemetry=Lane(
            shards=2,
            retention=Duration.hours(24),
            batch_size=100,
            batch_window=Duration.seconds(1),
            parallelization_factor=1,
            max_record_age=Duration.hours(20),
        ),
        backfill=Lane(
            shards=1,
            retention=Duration.hours(24),
            batch_size=20,
            batch_window=Duration.seconds(1),
            parallelization_factor=1,
            max_record_age=Duration.hours(20),
        ),
        gateways=Throttle(requests_per_second=30, burst=60),
        apis=Throttle(requests_per_second=500, burst=1000),
        readings_kept_months=None,
        kept=None,
        model=Model(
            training_instance="ml.m5.xlarge",
            serving_instance="ml.t2.medium",
            training_image=_training_image(LOCAL_REGION, environ),
            trial=Duration.seconds(15),
            challenger_share=0.1,
            tracking_server=None,
        ),
        drift=Drift(),
        architecture=lambda_.Architecture.X86_64,
        wheel_platform=None,
        removal=RemovalPolicy.DESTROY,
        log_retention=logs.RetentionDays.ONE_DAY,
        customer_key=False,
        web=False,
        waf=False,
        observability=False,
        monthly_budget_usd=0,
        tracing=False,
        threat_protection=False,
        weather_url=environ.get("WEATHER_URL", OPEN_METEO),
        admin_email=environ.get("ADMIN_EMAIL", NOBODY),
        alarm_email=None,
        live_endpoint=f"{endpoint}/_aws/execute-api/{{api_id}}/{{stage}}",
    )


def _dev(environ: Mapping[str, str]) -> StageConfig:
    region = environ.get("CDK_DEFAULT_REGION") or environ.get("AWS_REGION") or DEFAULT_REGION
    env = Environment(account=environ.get("CDK_DEFAULT_ACCOUNT"), region=region)
    return StageConfig(
        name="dev",
        env=env,
        database=Database(
            instance_type="t4g.micro", storage_gib=20, max_storage_gib=100, multi_az=False, backup_days=7
        ),
        network=Network(nat_gateways=1, interface_endpoints=()),
        telemetry=Lane(
            shards=1,
            retention=Duration.hours(24),
            batch_size=100,
            batch_window=Duration.seconds(1),
            parallelization_factor=2,
            max_record_age=Duration.hours(20),
        ),
        backfill=Lane(
            shards=1,
            retention=Duration.hours(24),
            batch_size=20,
            batch_window=Duration.seconds(5),
            parallelization_factor=1,
            max_record_age=Duration.hours(20),
        ),
        gateways=Throttle(requests_per_second=50, burst=100),
        apis=Throttle(requests_per_second=200, burst=400),
        readings_kept_months=6,
        kept=Kept(occupancy=220),
        model=Model(
            training_instance="ml.m5.xlarge",
            serving_instance="ml.t2.medium",
            training_image=_training_image(region, environ),
            trial=Duration.days(1),
            challenger_share=0.1,
            tracking_server=_tracking_server(environ),
        ),
        drift=Drift(),
        architecture=lambda_.Architecture.ARM_64,
        wheel_platform="aarch64-manylinux_2_28",
        removal=RemovalPolicy.DESTROY,
        log_retention=logs.RetentionDays.TWO_WEEKS,
        customer_key=True,
        web=True,
        waf=False,
        observability=True,
        monthly_budget_usd=200,
        tracing=True,
        threat_protection=False,
        weather_url=environ.get("WEATHER_URL", OPEN_METEO),
        admin_email=environ.get("ADMIN_EMAIL", NOBODY),
        alarm_email=environ.get("ALARM_EMAIL"),
        live_endpoint=None,
    )


def _prod(environ: Mapping[str, str]) -> StageConfig:
    dev = _dev(environ)
    return replace(
        dev,
        name="prod",
        database=Database(
            instance_type="t4g.medium", storage_gib=50, max_storage_gib=500, multi_az=True, backup_days=30
        ),
        network=Network(
            nat_gateways=2,
            interface_endpoints=("secretsmanager", "kinesis-streams", "sagemaker.runtime", "events"),
        ),
        telemetry=replace(
            dev.telemetry,
            shards=2,
            retention=Duration.days(7),
            parallelization_factor=4,
            max_record_age=Duration.days(6),
        ),
        backfill=replace(dev.backfill, retention=Duration.days(7), max_record_age=Duration.days(6)),
        gateways=Throttle(requests_per_second=100, burst=200),
        apis=Throttle(requests_per_second=500, burst=1000),
        readings_kept_months=36,
        kept=Kept(occupancy=1_150),
        model=replace(dev.model, serving_instance="ml.c5.large", trial=Duration.days(5)),
        removal=RemovalPolicy.RETAIN,
        log_retention=logs.RetentionDays.THREE_MONTHS,
        waf=True,
        threat_protection=True,
        monthly_budget_usd=700,
    )


def _training_image(region: str, environ: Mapping[str, str]) -> str:
    if image := environ.get("TRAINING_IMAGE"):
        return image
    if region not in SKLEARN_REGISTRIES:
        raise ValueError(
            f"no training image is known for region {region!r}: choose a region of cdk/config.py, "
            "or set TRAINING_IMAGE to an image's address"
        )
    return f"{SKLEARN_REGISTRIES[region]}.dkr.ecr.{region}.amazonaws.com/{SKLEARN_IMAGE}"


def _tracking_server(environ: Mapping[str, str]) -> Literal["Small", "Medium", "Large"] | None:
    match environ.get("TRACKING_SERVER"):
        case None | "":
            return None
        case "Small" | "Medium" | "Large" as size:
            return size
        case other:
            raise ValueError(f"TRACKING_SERVER is {other!r}: choose Small, Medium or Large, or leave it out")
