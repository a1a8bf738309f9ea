"""Which adapter stands behind which port: the one place that says so, for every function.

A part is made when a function first asks for it, and kept for the life of the process.
"""
# ruff: noqa: PLC0415 - a function has the layers, and loads the adapters, of the parts that it names and no others

from __future__ import annotations

from contextlib import contextmanager
from dis import get_instructions
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING

from wattwarden.runtime.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wattwarden.adapters.postgres.alerts.suppressions import PostgresSuppressions
    from wattwarden.adapters.postgres.base.engine import Engine
    from wattwarden.adapters.postgres.hostels.asset_registry import PostgresAssetRegistry
    from wattwarden.adapters.postgres.telemetry.outbox import PostgresOutbox
    from wattwarden.adapters.secrets import DatabaseSecret
    from wattwarden.adapters.uploads import S3Uploads
    from wattwarden.ports.alerts import AlertStore, LivePush, UntoldAlerts
    from wattwarden.ports.asset_registry import AssetRegistryCopies, DoorRegistry
    from wattwarden.ports.drift import DriftStore, FeatureDays, Retraining
    from wattwarden.ports.lake import Lake, LakeSource
    from wattwarden.ports.live import LiveSessions
    from wattwarden.ports.meters import MeterAdmin
    from wattwarden.ports.models import DatasetStore, ExperimentLog, History, ModelRegistry, Variants
    from wattwarden.ports.notifications import NotificationQueue, Notifier
    from wattwarden.ports.redrive import RedriveStore
    from wattwarden.ports.replay import ReplayStore
    from wattwarden.ports.responses import AlertResponses
    from wattwarden.ports.scoring import Model, TelemetryStore
    from wattwarden.ports.setup import ApiKeys, HostelAdmin, Identity, Subscriptions
    from wattwarden.ports.stream import EventBus, TelemetryStream
    from wattwarden.ports.views import Views
    from wattwarden.ports.weather import WeatherSource
    from wattwarden.usecases.models.watch_drift import Limits

IMPORT_PATIENCE_S = 60.0
"""A file waits for room in the stream; nobody waits for the file."""
LONGEST_MIGRATION_S = 800
"""Rewriting a table takes its time; a Lambda lives for 900 s."""


class Wiring:
    def __init__(self) -> None:
        self._given: dict[str, object] = {}

    def prepare(self, *parts: str) -> None:
        """Import what the parts are made of, and make nothing.

        For the end of a handler's imports: Lambda lends its init a whole processor, and an event only a share.

        Raises:
            AttributeError: there is no such part.
        """
        for part in parts:
            before = None
            for step in get_instructions(_maker(part)):
                if step.opname == "IMPORT_NAME":
                    import_module(step.argval)
                elif step.opname == "LOAD_ATTR" and before == "self" and step.argval in _PARTS:
                    self.prepare(step.argval)  # a part that this one is made of; a setting may be called like one
                before = step.argval

    @contextmanager
    def use(self, **parts: object) -> Iterator[None]:
        """For tests: these stand in the place of the parts of their names; others are made anew, and then forgotten.

        Raises:
            AttributeError: there is no such part.
        """
        for part in parts:
            _maker(part)
        before, given = dict(vars(self)), self._given | parts
        vars(self).clear()
        vars(self).update(given, _given=given)
        try:
            yield
        finally:
            vars(self).clear()
            vars(self).update(before)

    @cached_property
    def settings(self) -> Settings:
        return Settings.read()

    # The database

    @cached_property
    def secret(self) -> DatabaseSecret:
        from wattwarden.adapters.secrets import DatabaseSecret

        return DatabaseSecret(self.settings.database_secret)

    @cached_property
    def database(self) -> Engine:
        """Connections carry the function's name, so that the server shows who holds them."""
        from wattwarden.adapters.postgres.base.engine import engine_of

        return engine_of(self.secret, self.settings.powertools_service_name)

    @cached_property
    def migrated_database(self) -> Engine:
        from wattwarden.adapters.postgres.base.engine import engine_of

        name = self.settings.powertools_service_name
        return engine_of(self.secret, name, statement_timeout_s=LONGEST_MIGRATION_S)

    @cached_property
    def asset_registry(self) -> PostgresAssetRegistry:
        from wattwarden.adapters.postgres.hostels.asset_registry import PostgresAssetRegistry

        return PostgresAssetRegistry(self.database)

    @cached_property
    def hostel_admin(self) -> HostelAdmin:
        from wattwarden.adapters.postgres.hostels.hostel_admin import PostgresHostelAdmin

        return PostgresHostelAdmin(self.database)

    @cached_property
    def meter_admin(self) -> MeterAdmin:
        from wattwarden.adapters.postgres.hostels.meter_admin import PostgresMeterAdmin

        return PostgresMeterAdmin(self.database)

    @cached_property
    def views(self) -> Views:
        from wattwarden.adapters.postgres.views.views import PostgresViews

        return PostgresViews(self.database)

    @cached_property
    def alerts(self) -> AlertStore:
        from wattwarden.adapters.postgres.alerts.alerts import PostgresAlerts

        return PostgresAlerts(self.database)

    @cached_property
    def responses(self) -> AlertResponses:
        from wattwarden.adapters.postgres.alerts.responses import PostgresResponses

        return PostgresResponses(self.database)

    @cached_property
    def notifications(self) -> NotificationQueue:
        from wattwarden.adapters.postgres.alerts.notifications import PostgresNotifications

        return PostgresNotifications(self.database)

    @cached_property
    def sessions(self) -> LiveSessions:
        from wattwarden.adapters.postgres.alerts.sessions import PostgresSessions

        return PostgresSessions(self.database)

    @cached_property
    def untold(self) -> UntoldAlerts:
        from wattwarden.adapters.postgres.alerts.untold import PostgresUntold

        return PostgresUntold(self.database)

    @cached_property
    def suppressions(self) -> PostgresSuppressions:
        from wattwarden.adapters.postgres.alerts.suppressions import PostgresSuppressions

        return PostgresSuppressions(self.database)

    @cached_property
    def telemetry(self) -> TelemetryStore:
        from wattwarden.adapters.postgres.telemetry.scoring import PostgresTelemetry

        return PostgresTelemetry(self.database)

    @cached_property
    def replays(self) -> ReplayStore:
        from wattwarden.adapters.postgres.telemetry.replays import PostgresReplays

        return PostgresReplays(self.database)

    @cached_property
    def outbox(self) -> PostgresOutbox:
        from wattwarden.adapters.postgres.telemetry.outbox import PostgresOutbox

        return PostgresOutbox(self.database)

    @cached_property
    def redrives(self) -> RedriveStore:
        from wattwarden.adapters.postgres.telemetry.redrive import PostgresRedrives

        return PostgresRedrives(self.database)

    @cached_property
    def lake_source(self) -> LakeSource:
        from wattwarden.adapters.postgres.telemetry.lake_exports import PostgresLakeSource

        return PostgresLakeSource(self.database)

    @cached_property
    def models(self) -> ModelRegistry:
        from wattwarden.adapters.postgres.models.model_versions import PostgresModels

        return PostgresModels(self.database)

    @cached_property
    def history(self) -> History:
        from wattwarden.adapters.postgres.models.history import PostgresHistory

        return PostgresHistory(self.database)

    @cached_property
    def drift(self) -> DriftStore:
        from wattwarden.adapters.postgres.models.drift import PostgresDrift

        return PostgresDrift(self.database)

    # The streams and the bus

    @cached_property
    def stream(self) -> TelemetryStream:
        from wattwarden.adapters.kinesis import KinesisStream

        return KinesisStream(self.settings.telemetry_stream, self.settings.backfill_stream)

    @cached_property
    def patient_stream(self) -> TelemetryStream:
        from wattwarden.adapters.kinesis import KinesisStream

        names = self.settings.telemetry_stream, self.settings.backfill_stream
        return KinesisStream(*names, patience_s=IMPORT_PATIENCE_S)

    @cached_property
    def bus(self) -> EventBus:
        from wattwarden.adapters.eventbridge import EventBridgeBus

        return EventBridgeBus(self.settings.event_bus)

    # Files

    @cached_property
    def uploads(self) -> S3Uploads:
        from wattwarden.adapters.uploads import S3Uploads

        return S3Uploads(self.settings.upload_bucket)

    @cached_property
    def asset_registry_copies(self) -> AssetRegistryCopies:
        from wattwarden.adapters.asset_registry_copies import S3AssetRegistryCopies

        return S3AssetRegistryCopies(self.settings.upload_bucket)

    @cached_property
    def door_registry(self) -> DoorRegistry:
        """What the doors check requests against, whether or not the database answers."""
        from wattwarden.usecases.hostels.asset_registry_copy import SteadyRegistry

        return SteadyRegistry(self.asset_registry, self.asset_registry_copies)

    @cached_property
    def lake(self) -> Lake:
        from wattwarden.adapters.lake import S3Lake

        return S3Lake(self.settings.lake_bucket)

    @cached_property
    def feature_days(self) -> FeatureDays:
        from wattwarden.adapters.feature_days import S3FeatureDays

        return S3FeatureDays(self.settings.lake_bucket)

    @cached_property
    def datasets(self) -> DatasetStore:
        from wattwarden.adapters.datasets import S3Datasets

        return S3Datasets(self.settings.model_bucket)

    # The model

    @cached_property
    def model(self) -> Model:
        from wattwarden.adapters.sagemaker import SageMakerModel

        return SageMakerModel(self.settings.endpoint_name)

    @cached_property
    def patient_model(self) -> Model:
        from wattwarden.adapters.sagemaker import PatientModel

        return PatientModel(self.settings.endpoint_name)

    @cached_property
    def variants(self) -> Variants:
        from wattwarden.adapters.sagemaker import EndpointVariants

        return EndpointVariants(self.settings.endpoint_name)

    @cached_property
    def retraining(self) -> Retraining:
        from wattwarden.adapters.stepfunctions import RetrainMachine

        return RetrainMachine(self.settings.retrain_arn)

    @cached_property
    def drift_limits(self) -> Limits:
        from pydantic import TypeAdapter

        from wattwarden.usecases.models.watch_drift import Limits

        return TypeAdapter(Limits).validate_json(self.settings.drift_limits)

    @cached_property
    def experiments(self) -> Callable[[], ExperimentLog]:
        from wattwarden.adapters.mlflow import MlflowLog, tracking_uri

        def anew() -> ExperimentLog:
            """Made for each call: the password may have been changed since the last one."""
            return MlflowLog(self.settings.tracking_server or tracking_uri(self.secret(refresh=True)))

        return anew

    # People and gateways

    @cached_property
    def live(self) -> LivePush:
        from wattwarden.adapters.live import ApiGatewayLive

        return ApiGatewayLive(self.settings.live_endpoint)

    @cached_property
    def notifier(self) -> Notifier:
        from wattwarden.adapters.sns import SnsNotifier

        return SnsNotifier(self.settings.alert_topic_arn)

    @cached_property
    def subscriptions(self) -> Subscriptions:
        from wattwarden.adapters.sns import SnsSubscriptions

        return SnsSubscriptions(self.settings.alert_topic_arn)

    @cached_property
    def identity(self) -> Identity:
        from wattwarden.adapters.cognito import CognitoIdentity

        return CognitoIdentity(self.settings.user_pool_id)

    @cached_property
    def api_keys(self) -> ApiKeys:
        from wattwarden.adapters.apigateway import GatewayKeys

        return GatewayKeys(self.settings.ingest_usage_plan_id)

    @cached_property
    def weather(self) -> WeatherSource:
        from wattwarden.adapters.open_meteo import OpenMeteo

        return OpenMeteo(self.settings.weather_url)


_PARTS = {name for name, value in vars(Wiring).items() if isinstance(value, cached_property)}


def _maker(part: str) -> Callable[..., object]:
    if part not in _PARTS:
        raise AttributeError(f"the wiring has no part {part!r}")
    maker: Callable[..., object] = getattr(Wiring, part).func
    return maker


wiring = Wiring()
"""Of this process."""
