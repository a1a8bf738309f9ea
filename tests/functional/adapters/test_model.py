"""The endpoint's adapter: answers, refuses nonsense, and its breaker keeps a sick endpoint from holding up readings."""

import io
from typing import Any

import numpy as np
import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from wattwarden.adapters.sagemaker import (
    CONNECT_S,
    GIVES_UP_S,
    MAX_ROWS,
    OPEN_AT_MOST_S,
    OPEN_S,
    PROBE_ROWS,
    READ_S,
    PatientModel,
    SageMakerModel,
)
from wattwarden.domain.errors import UnavailableError

FEATURES = np.zeros((500, 7), np.float32)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Endpoint:
    """Stands in for the SDK's client: answers after `takes_s`, or not at all when that is longer than one waits."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.reply: np.ndarray[Any, Any] | None = None
        self.takes_s = 0.01
        self.asked: list[int] = []

    def invoke_endpoint(self, **request: Any) -> dict[str, Any]:
        rows = np.load(io.BytesIO(request["Body"]))
        assert rows.dtype == np.float32
        self.asked.append(len(rows))
        self.clock.now += min(self.takes_s, READ_S)
        if self.takes_s > READ_S:
            raise ReadTimeoutError(endpoint_url="https://runtime")
        body = io.BytesIO()
        np.save(body, np.zeros((len(rows), 5), np.float32) if self.reply is None else self.reply)
        return {"Body": io.BytesIO(body.getvalue()), "InvokedProductionVariant": "wattwarden-1"}


Parts = tuple[SageMakerModel, Endpoint, Clock]


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> Parts:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    clock = Clock()
    endpoint = Endpoint(clock)
    model = SageMakerModel("wattwarden-test", clock)
    monkeypatch.setattr(model, "_client", endpoint)
    return model, endpoint, clock


def test_predictions_come_with_the_variant_that_made_them(parts: Parts) -> None:
    model, _, _ = parts
    predictions = model.predict(FEATURES)
    assert predictions is not None
    assert predictions.shape == (500, 5)
    assert model.version == "wattwarden-1"


@pytest.mark.parametrize("reply", [np.zeros((2, 5)), np.zeros((500, 4)), np.full((500, 5), np.nan)])
def test_an_answer_of_another_shape_is_no_answer(parts: Parts, reply: np.ndarray[Any, Any]) -> None:
    model, endpoint, _ = parts
    endpoint.reply = reply
    assert model.predict(FEATURES) is None
    assert model.version is None


def test_no_row_and_many_rows_are_answered(parts: Parts) -> None:
    model, endpoint, _ = parts
    for rows in (0, 1, MAX_ROWS, MAX_ROWS + 1):
        predictions = model.predict(np.zeros((rows, 7), np.float32))
        assert predictions is not None
        assert predictions.shape == (rows, 5)
    assert max(endpoint.asked) == MAX_ROWS


def test_a_dead_endpoint_costs_one_wait_then_a_trial_of_few_rows_at_ever_longer_pauses(parts: Parts) -> None:
    model, endpoint, clock = parts
    endpoint.takes_s = 5.0
    waited = []
    while clock.now < 120:
        before = clock.now
        assert model.predict(FEATURES) is None
        waited.append(clock.now - before)
        clock.now += 1.0
    assert max(waited) <= READ_S
    assert waited[1:4] == [0.0, 0.0, 0.0]
    assert endpoint.asked[0] == len(FEATURES)
    assert set(endpoint.asked[1:]) == {PROBE_ROWS}
    assert len(endpoint.asked) <= 2 + 120 / OPEN_AT_MOST_S + 2


def test_it_heals_itself_with_the_whole_batch_answered(parts: Parts) -> None:
    model, endpoint, clock = parts
    endpoint.takes_s = 5.0
    assert model.predict(FEATURES) is None
    endpoint.takes_s = 0.01
    clock.now += OPEN_S
    predictions = model.predict(FEATURES)
    assert predictions is not None
    assert len(predictions) == len(FEATURES)
    assert endpoint.asked[1:] == [PROBE_ROWS, len(FEATURES) - PROBE_ROWS]
    assert model.predict(FEATURES) is not None
    assert endpoint.asked[3:] == [len(FEATURES)]


def test_an_endpoint_that_answers_slowly_does_not_slow_the_stream(parts: Parts) -> None:
    model, endpoint, clock = parts
    endpoint.takes_s = 1.2
    assert model.predict(FEATURES) is not None  # it did answer
    assert model.version == "wattwarden-1"
    waited = 0.0
    while clock.now < 120:
        before = clock.now
        model.predict(FEATURES)
        waited += clock.now - before
        clock.now += 0.5
    assert waited < 0.1 * 120


def test_a_batch_of_many_calls_does_not_wait_for_all_of_them(parts: Parts) -> None:
    model, endpoint, clock = parts
    endpoint.takes_s = 0.9
    assert model.predict(np.zeros((20 * MAX_ROWS, 7), np.float32)) is None
    assert clock.now < 3
    assert model.predict(FEATURES) is None
    assert clock.now < 3


def test_a_call_is_made_once_and_not_waited_for_longer_than_promised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    config: Any = SageMakerModel("wattwarden-test")._client.meta.config
    assert config.retries["total_max_attempts"] == 1
    assert config.connect_timeout + config.read_timeout == CONNECT_S + READ_S <= 2


def test_work_that_can_wait_takes_no_rules_for_an_answer_while_the_endpoint_is_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = Clock()
    endpoint = Endpoint(clock)
    model = PatientModel("wattwarden-test", clock)
    monkeypatch.setattr(model, "_client", endpoint)
    endpoint.takes_s = READ_S + 1
    with pytest.raises(UnavailableError):
        model.predict(FEATURES)
    clock.now += GIVES_UP_S
    assert model.predict(FEATURES) is None
    endpoint.takes_s = READ_S
    assert model.predict(FEATURES) is not None, "nor does it give up for good, nor mind a slow one"
    assert model.version == "wattwarden-1"
    endpoint.takes_s = READ_S + 1
    with pytest.raises(UnavailableError):
        model.predict(FEATURES)


def test_without_an_endpoint_nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    class Nowhere:
        def invoke_endpoint(self, **_: object) -> None:
            raise ClientError({"Error": {"Code": "ValidationError", "Message": "not found"}}, "InvokeEndpoint")

    model = PatientModel("wattwarden-test")
    monkeypatch.setattr(model, "_client", Nowhere())
    assert model.predict(FEATURES) is None
