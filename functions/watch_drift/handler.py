"""Daily: whether the model still fits what it sees; see `usecases/models/watch_drift.py`."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from wattwarden.ports.drift import DriftReport
from wattwarden.runtime.observe import count, logger, metrics
from wattwarden.runtime.wiring import wiring
from wattwarden.usecases.models.watch_drift import watch_drift

wiring.prepare("feature_days", "drift", "models", "retraining", "drift_limits")


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    limits = wiring.drift_limits
    report = watch_drift(datetime.now(UTC), limits, wiring.feature_days, wiring.drift, wiring.models, wiring.retraining)
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
