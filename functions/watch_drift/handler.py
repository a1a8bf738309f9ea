"""Daily: whether the model still fits what it sees; see `usecases/models/watch_drift.py`."""

from dataclasses import asdict
from datetime import UTC, datetime
from functools import cache
from typing import Any

from wattwarden.adapters.feature_days import S3FeatureDays
from wattwarden.adapters.postgres.models.drift import PostgresDrift
from wattwarden.adapters.postgres.models.model_versions import PostgresModels
from wattwarden.adapters.stepfunctions import RetrainMachine
from wattwarden.ports.drift import DriftReport
from wattwarden.runtime.database import database
from wattwarden.runtime.env import Env, load
from wattwarden.runtime.observe import count, logger, metrics
from wattwarden.usecases.models.watch_drift import Limits, watch_drift


class DriftEnv(Env):
    database_secret: str
    lake_bucket: str
    retrain_arn: str
    drift_limits: Limits


@cache
def _days() -> S3FeatureDays:
    return S3FeatureDays(load(DriftEnv).lake_bucket)


@cache
def _store() -> PostgresDrift:
    return PostgresDrift(database(load(DriftEnv).database_secret))


@cache
def _models() -> PostgresModels:
    return PostgresModels(database(load(DriftEnv).database_secret))


@cache
def _retraining() -> RetrainMachine:
    return RetrainMachine(load(DriftEnv).retrain_arn)


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    limits = load(DriftEnv).drift_limits
    report = watch_drift(datetime.now(UTC), limits, _days(), _store(), _models(), _retraining())
    logger.info("drift measured", extra=asdict(report) | {"day": report.day.isoformat()})
    _observe(report)
    return {"day": report.day.isoformat(), "reasons": report.reasons, "retraining": report.retraining}


def _observe(report: DriftReport) -> None:
    """Metrics of the report; what could not be measured has no value today."""
    count("Drift", 1 if report.reasons else 0)
    measured = {
        "FeaturesDrifted": report.drifted_share,
        "AlertsPerRoomMonth": report.alert_rate,
        "FeedbackPrecision": report.precision,
        "FallbackShare": report.fallback_share,
    }
    for name, value in measured.items():
        if value is not None:
            count(name, value)
