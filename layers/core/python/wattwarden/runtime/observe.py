"""Logs, metrics and traces of a function: one logger and one metrics object, named by POWERTOOLS_SERVICE_NAME."""

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

logger = Logger()
metrics = Metrics()


def count(name: str, value: float = 1) -> None:
    """Add to a counter of this invocation; flushed by `@metrics.log_metrics`."""
    metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)
