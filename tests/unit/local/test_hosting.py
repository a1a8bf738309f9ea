"""One serving process."""

import http.client
from pathlib import Path

import pytest

from local.sagemaker import hosting
from tests.unit.local.test_sagemaker import until

SERVE = """
import os

def model_fn(folder):
    return os.getpid()

def input_fn(body, content_type):
    return body

def predict_fn(data, model):
    return str(model)

def output_fn(prediction, accept):
    return prediction, accept
"""


def test_a_container_that_dies_is_started_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hosting, "RESTART_SECONDS", 0.05)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    (tmp_path / "code").mkdir()
    (tmp_path / "model").mkdir()
    (tmp_path / "code" / "serve.py").write_text(SERVE)
    container = hosting.Container(tmp_path, {"SAGEMAKER_PROGRAM": "serve.py"}, tmp_path / "log")

    def served_by() -> bytes:
        try:
            status, _, body = container.request("POST", "/invocations", b"x", {"Content-Type": "text/plain"})
        except (OSError, http.client.HTTPException):
            return b""
        return body if status == http.client.OK else b""

    try:
        container.wait_until_healthy()
        first = served_by()
        assert first
        container._process.kill()
        until(served_by, lambda pid: pid not in {b"", first})
    finally:
        container.stop()
