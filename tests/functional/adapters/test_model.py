"""The endpoint's adapter: answers, refuses nonsense, and its breaker opens and heals."""

import io
from typing import Any

import numpy as np
import pytest
from botocore.exceptions import ReadTimeoutError

from wattwarden.adapters.sagemaker import FAILURES_TO_OPEN, OPEN_FOR_S, SageMakerModel

FEATURES = np.zeros((3, 7), np.float32)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Endpoint:
    """Stands in for the SDK's client: answers with `reply`, or fails while it is None."""

    def __init__(self) -> None:
        self.reply: np.ndarray[Any, Any] | None = np.zeros((3, 5), np.float32)
        self.calls = 0

    def invoke_endpoint(self, **request: Any) -> dict[str, Any]:
        self.calls += 1
        assert np.load(io.BytesIO(request["Body"])).dtype == np.float32
        if self.reply is None:
            raise ReadTimeoutError(endpoint_url="https://runtime")
        body = io.BytesIO()
        np.save(body, self.reply)
        return {"Body": io.BytesIO(body.getvalue()), "InvokedProductionVariant": "wattwarden-1"}


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> tuple[SageMakerModel, Endpoint, Clock]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    clock, endpoint = Clock(), Endpoint()
    model = SageMakerModel("wattwarden-test", clock)
    monkeypatch.setattr(model, "_client", endpoint)
    return model, endpoint, clock


def test_predictions_come_with_the_variant_that_made_them(parts: tuple[SageMakerModel, Endpoint, Clock]) -> None:
    model, _, _ = parts
    predictions = model.predict(FEATURES)
    assert predictions is not None
    assert predictions.shape == (3, 5)
    assert model.version == "wattwarden-1"


@pytest.mark.parametrize("reply", [np.zeros((2, 5)), np.zeros((3, 4)), np.full((3, 5), np.nan)])
def test_an_answer_of_another_shape_is_no_answer(
    parts: tuple[SageMakerModel, Endpoint, Clock], reply: np.ndarray[Any, Any]
) -> None:
    model, endpoint, _ = parts
    endpoint.reply = reply
    assert model.predict(FEATURES) is None
    assert model.version is None


def test_the_breaker_opens_spares_the_endpoint_and_heals(parts: tuple[SageMakerModel, Endpoint, Clock]) -> None:
    model, endpoint, clock = parts
    endpoint.reply = None
    for _ in range(FAILURES_TO_OPEN + 3):
        assert model.predict(FEATURES) is None
    assert endpoint.calls == FAILURES_TO_OPEN
    clock.now += OPEN_FOR_S
    assert model.predict(FEATURES) is None
    assert model.predict(FEATURES) is None
    assert endpoint.calls == FAILURES_TO_OPEN + 1
    clock.now += OPEN_FOR_S
    endpoint.reply = np.zeros((3, 5), np.float32)
    assert model.predict(FEATURES) is not None
    assert model.predict(FEATURES) is not None
    assert endpoint.calls == FAILURES_TO_OPEN + 3
