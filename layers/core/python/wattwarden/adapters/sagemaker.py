"""The model behind a SageMaker endpoint, with a circuit breaker so that a dead endpoint costs nothing."""

import io
import time
from collections.abc import Callable, Iterator
from itertools import pairwise

import boto3
import numpy as np
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from numpy.typing import NDArray

from wattwarden.detection import FEATURES
from wattwarden.domain.errors import UnavailableError
from wattwarden.ports.models import Variants
from wattwarden.ports.scoring import Model

MAX_ROWS = 10_000
"""Rows in one call, well under the 6 MB an endpoint accepts."""
PROBE_ROWS = 100
CONNECT_S, READ_S = 0.5, 1.5
SLOW_S = 1.0
"""A call that takes longer is as bad as none, whatever it answers: readings must not queue behind the endpoint."""
PATIENCE_S = 1.5
"""A batch of several calls asks no further after this."""
OPEN_S, OPEN_AT_MOST_S = 5.0, 30.0
COLUMNS = 5

CALM_READ_S = 20.0
GIVES_UP_S = 3600.0


class SageMakerModel(Model):
    """A breaker keeps a sick endpoint from holding up readings; nobody waits for it more than some three seconds.

    Closed: asks the endpoint. The first call that fails or is slow opens it: answers None at once for 5 s, then tries
    a few rows of the next batch. Each trial that ends badly doubles the pause, up to 30 s; a good one closes it.
    """

    def __init__(self, endpoint_name: str, clock: Callable[[], float] = time.monotonic, read_s: float = READ_S) -> None:
        self._endpoint = endpoint_name
        self._clock = clock
        self._troubles = 0
        self._open_until = 0.0
        self._version: str | None = None
        self._client = boto3.client(
            "sagemaker-runtime",
            config=Config(
                connect_timeout=CONNECT_S,
                read_timeout=read_s,
                retries={"mode": "standard", "total_max_attempts": 1},
            ),
        )

    @property
    def version(self) -> str | None:
        return self._version

    def predict(self, features: NDArray[np.float32]) -> NDArray[np.float32] | None:
        began = self._clock()
        if began < self._open_until:
            return None
        try:
            parts = list(self._answers(features, began))
        except (ClientError, BotoCoreError, ValueError, TimeoutError):
            self._version = None
            self._open()
            return None
        if self._clock() - began > SLOW_S * max(len(parts), 1):
            self._open()
        else:
            self._troubles = 0
        return np.concatenate(parts) if parts else np.empty((0, COLUMNS), np.float32)

    def _answers(self, features: NDArray[np.float32], began: float) -> Iterator[NDArray[np.float32]]:
        """Call by call; a trial starts with few rows, and ends there when they take too long."""
        first, patience = (PROBE_ROWS, SLOW_S) if self._troubles else (MAX_ROWS, PATIENCE_S)
        variant = None
        for start, end in pairwise([0, *range(first, len(features), MAX_ROWS), len(features)]):
            if self._clock() - began > patience:
                raise TimeoutError("the endpoint takes too long for a batch of several calls")
            if start < end:
                yield self._invoke(features[start:end], variant)
                variant = self._version

    def _open(self) -> None:
        self._open_until = self._clock() + min(OPEN_S * 2**self._troubles, OPEN_AT_MOST_S)
        self._troubles += 1

    def _invoke(self, rows: NDArray[np.float32], variant: str | None = None) -> NDArray[np.float32]:
        """Ask once; `variant` is the one that must answer, so that one model judges all of a batch."""
        body = io.BytesIO()
        np.save(body, rows, allow_pickle=False)
        answer = self._client.invoke_endpoint(
            EndpointName=self._endpoint,
            ContentType="application/x-npy",
            Accept="application/x-npy",
            Body=body.getvalue(),
            **({} if variant is None else {"TargetVariant": variant}),
        )
        predictions: NDArray[np.float32] = np.load(io.BytesIO(answer["Body"].read()), allow_pickle=False)
        if predictions.shape != (len(rows), COLUMNS) or not np.isfinite(predictions).all():
            raise ValueError(f"the endpoint answered {predictions.shape}, not finite ({len(rows)}, {COLUMNS})")
        self._version = answer["InvokedProductionVariant"]
        return predictions.astype(np.float32, copy=False)


class EndpointVariants(Variants):
    """The models behind one endpoint, asked one by one."""

    def __init__(self, endpoint_name: str) -> None:
        self._model = SageMakerModel(endpoint_name, read_s=CALM_READ_S)

    def answers(self, variant: str) -> bool:
        try:
            self._model._invoke(np.zeros((PROBE_ROWS, len(FEATURES)), np.float32), variant)  # noqa: SLF001 - one module
        except (ClientError, BotoCoreError, ValueError):
            return False
        return True


class PatientModel(SageMakerModel):
    """For work that can wait: rules may not take the place of what the model found only because it is away.

    Answers None where there is no endpoint yet, or where it has been away for an hour.
    """

    def __init__(self, endpoint_name: str, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(endpoint_name, clock, CALM_READ_S)
        self._away_since: float | None = None

    def predict(self, features: NDArray[np.float32]) -> NDArray[np.float32] | None:
        """Predictions as `Model` says.

        Raises:
            UnavailableError: the endpoint exists and does not answer.
        """
        try:
            parts: list[NDArray[np.float32]] = []
            for start in range(0, len(features), MAX_ROWS):
                parts.append(self._invoke(features[start : start + MAX_ROWS], self._version if parts else None))
        except (ClientError, BotoCoreError, ValueError) as error:
            self._version = None
            if isinstance(error, ClientError) and error.response["Error"]["Code"] == "ValidationError":
                return None
            self._away_since = self._away_since or self._clock()
            if self._clock() - self._away_since >= GIVES_UP_S:
                return None
            raise UnavailableError("the model's endpoint does not answer") from error
        self._away_since = None
        return np.concatenate(parts) if parts else np.empty((0, COLUMNS), np.float32)
