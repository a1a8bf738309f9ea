"""The model behind a SageMaker endpoint, with a circuit breaker so that a dead endpoint costs nothing."""

import io
import time
from collections.abc import Callable

import boto3
import numpy as np
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from numpy.typing import NDArray

from wattwarden.ports.scoring import Model

MAX_ROWS = 10_000
"""Rows in one call, well under the 6 MB an endpoint accepts."""
FAILURES_TO_OPEN = 2
OPEN_FOR_S = 15.0
COLUMNS = 5


class SageMakerModel(Model):
    """Closed: asks the endpoint. Open (after two failures): answers None at once for 15 s, then tries one call."""

    def __init__(self, endpoint_name: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._endpoint = endpoint_name
        self._clock = clock
        self._failures = 0
        self._open_until = 0.0
        self._version: str | None = None
        self._client = boto3.client(
            "sagemaker-runtime",
            config=Config(connect_timeout=1, read_timeout=3, retries={"mode": "standard", "max_attempts": 1}),
        )

    @property
    def version(self) -> str | None:
        return self._version

    def predict(self, features: NDArray[np.float32]) -> NDArray[np.float32] | None:
        if self._failures >= FAILURES_TO_OPEN and self._clock() < self._open_until:
            return None
        try:
            parts = [self._invoke(features[start : start + MAX_ROWS]) for start in range(0, len(features), MAX_ROWS)]
        except (ClientError, BotoCoreError, ValueError):
            self._failures += 1
            self._open_until = self._clock() + OPEN_FOR_S
            self._version = None
            return None
        self._failures = 0
        return np.concatenate(parts) if parts else np.empty((0, COLUMNS), np.float32)

    def _invoke(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        body = io.BytesIO()
        np.save(body, rows, allow_pickle=False)
        answer = self._client.invoke_endpoint(
            EndpointName=self._endpoint,
            ContentType="application/x-npy",
            Accept="application/x-npy",
            Body=body.getvalue(),
        )
        predictions: NDArray[np.float32] = np.load(io.BytesIO(answer["Body"].read()), allow_pickle=False)
        if predictions.shape != (len(rows), COLUMNS) or not np.isfinite(predictions).all():
            raise ValueError(f"the endpoint answered {predictions.shape}, not finite ({len(rows)}, {COLUMNS})")
        self._version = answer["InvokedProductionVariant"]
        return predictions.astype(np.float32, copy=False)
