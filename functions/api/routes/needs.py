"""What the routes need from outside, and the person behind the request.

Each function here is a dependency: it builds its adapter on first use, so a cold start pays only for what the first
request touches, and a test puts a fake in its place (`app.dependency_overrides`).
"""
# ruff: noqa: PLC0415 - boto3's clients and the SQL of other routes are loaded when a request first needs them

from functools import cache
from typing import TYPE_CHECKING, Annotated

from aws_lambda_powertools.event_handler import Depends, Request

from wattwarden.domain.errors import ForbiddenError
from wattwarden.domain.people import Principal
from wattwarden.ports.answers import AlertAnswers
from wattwarden.ports.live import LiveSessions
from wattwarden.ports.meters import MeterAdmin
from wattwarden.ports.redrive import RedriveStore
from wattwarden.ports.registry import Registry
from wattwarden.ports.setup import ApiKeys, HostelAdmin, Identity, Subscriptions
from wattwarden.ports.stream import TelemetryStream
from wattwarden.ports.thresholds import ThresholdStore
from wattwarden.ports.uploads import Uploads
from wattwarden.ports.views import Views
from wattwarden.runtime.env import StreamEnv, load

if TYPE_CHECKING:
    from wattwarden.adapters.postgres.base.engine import Engine


class ApiEnv(StreamEnv):
    upload_bucket: str
    user_pool_id: str
    alert_topic_arn: str
    ingest_usage_plan_id: str


def _database() -> "Engine":
    from wattwarden.runtime.database import database

    return database(load(ApiEnv).database_secret)


@cache
def registry() -> Registry:
    from wattwarden.adapters.postgres.hostels.registry import PostgresRegistry

    return PostgresRegistry(_database())


@cache
def views() -> Views:
    from wattwarden.adapters.postgres.views.views import PostgresViews

    return PostgresViews(_database())


@cache
def answers() -> AlertAnswers:
    from wattwarden.adapters.postgres.alerts.answers import PostgresAnswers

    return PostgresAnswers(_database())


@cache
def sessions() -> LiveSessions:
    from wattwarden.adapters.postgres.alerts.sessions import PostgresSessions

    return PostgresSessions(_database())


@cache
def hostel_admin() -> HostelAdmin:
    from wattwarden.adapters.postgres.hostels.hostel_admin import PostgresHostelAdmin

    return PostgresHostelAdmin(_database())


@cache
def meter_admin() -> MeterAdmin:
    from wattwarden.adapters.postgres.hostels.meter_admin import PostgresMeterAdmin

    return PostgresMeterAdmin(_database())


@cache
def redrives() -> RedriveStore:
    from wattwarden.adapters.postgres.telemetry.redrive import PostgresRedrives

    return PostgresRedrives(_database())


@cache
def thresholds() -> ThresholdStore:
    from wattwarden.adapters.postgres.alerts.thresholds import PostgresThresholds

    return PostgresThresholds(_database())


@cache
def identity() -> Identity:
    from wattwarden.adapters.cognito import CognitoIdentity

    return CognitoIdentity(load(ApiEnv).user_pool_id)


@cache
def subscriptions() -> Subscriptions:
    from wattwarden.adapters.sns import SnsSubscriptions

    return SnsSubscriptions(load(ApiEnv).alert_topic_arn)


@cache
def api_keys() -> ApiKeys:
    from wattwarden.adapters.apigateway import GatewayKeys

    return GatewayKeys(load(ApiEnv).ingest_usage_plan_id)


@cache
def uploads() -> Uploads:
    from wattwarden.adapters.uploads import S3Uploads

    return S3Uploads(load(ApiEnv).upload_bucket)


@cache
def stream() -> TelemetryStream:
    from wattwarden.adapters.kinesis import KinesisStream

    return KinesisStream(load(ApiEnv).telemetry_stream, load(ApiEnv).backfill_stream)


def signed_in(request: Request, known: Annotated[Registry, Depends(registry)]) -> Principal:
    """The person whose verified address the ID token carries.

    Raises:
        ForbiddenError: the address is not verified, or WattWarden knows nobody by it.
    """
    context = request.resolved_event.raw_event.get("requestContext") or {}
    claims = (context.get("authorizer") or {}).get("claims") or {}
    email = str(claims.get("email") or "")
    if not email or str(claims.get("email_verified")).lower() != "true":
        raise ForbiddenError("sign in with a verified email address")
    person = known.principal(email)
    if person is None:
        raise ForbiddenError("this account has not been given a role; ask an administrator")
    return person


Person = Annotated[Principal, Depends(signed_in)]
TheViews = Annotated[Views, Depends(views)]
TheAnswers = Annotated[AlertAnswers, Depends(answers)]
TheSessions = Annotated[LiveSessions, Depends(sessions)]
TheAdmin = Annotated[HostelAdmin, Depends(hostel_admin)]
TheMeters = Annotated[MeterAdmin, Depends(meter_admin)]
TheRedrives = Annotated[RedriveStore, Depends(redrives)]
TheThresholds = Annotated[ThresholdStore, Depends(thresholds)]
TheRegistry = Annotated[Registry, Depends(registry)]
TheIdentity = Annotated[Identity, Depends(identity)]
TheSubscriptions = Annotated[Subscriptions, Depends(subscriptions)]
TheKeys = Annotated[ApiKeys, Depends(api_keys)]
TheUploads = Annotated[Uploads, Depends(uploads)]
TheStream = Annotated[TelemetryStream, Depends(stream)]
