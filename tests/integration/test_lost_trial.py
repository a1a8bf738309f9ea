"""A trial that `make down` cut short: nobody would decide it, and it would hold up every other model."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from local import training
from local.postgres import Database
from local.training import FAILED, SERVES, Lesson, Progress, Teacher
from tests.integration.hostel import rows_of
from tools.cloud import Cloud, State
from wattwarden.adapters.postgres.models.model_versions import PostgresModels

LESSON = Lesson("full", (), {})


@dataclass
class Machines:
    """The retraining workflow: it is busy while a model is on trial, and else its model serves."""

    models: PostgresModels
    running: list[str] = field(default_factory=list)
    """Other executions."""

    def list_executions(self, **_: Any) -> dict[str, Any]:
        return {"executions": self.running}

    def start_execution(self, **_: Any) -> dict[str, Any]:
        return {"executionArn": "busy" if self.models.on_trial() else "done"}

    def describe_execution(self, executionArn: str) -> dict[str, Any]:  # noqa: N803 - as boto3 has it
        output = {"outcome": "busy"} if executionArn == "busy" else {"state": "champion"}
        return {"status": "SUCCEEDED", "output": json.dumps(output)}


@pytest.fixture
def models(engine: Engine) -> PostgresModels:
    models = PostgresModels(engine)
    models.begin_trial("lost", "s3://models/lost", {}, "better")
    return models


@pytest.fixture
def teacher(
    models: PostgresModels, server: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Teacher, Machines]:
    monkeypatch.setattr(training, "run_logged", lambda *_: None)  # makes the corpus
    outputs = {"RetrainArn": "arn:aws:states:us-east-1:000000000000:stateMachine:retrain", "EndpointName": "none"}
    nowhere = "http://127.0.0.1:9"
    cloud = Cloud(nowhere, nowhere, "us-east-1", outputs, {}, server.as_secret())
    teacher, machines = Teacher(State(tmp_path, 18_999), cloud, [LESSON]), Machines(models)
    monkeypatch.setattr(teacher, "_machines", machines)
    return teacher, machines


def test_a_trial_whose_execution_is_gone_is_refused_and_the_lesson_begins_again(
    teacher: tuple[Teacher, Machines], engine: Engine, tmp_path: Path
) -> None:
    teacher[0].teach_all()
    assert Progress.read(State(tmp_path, 18_999)).step("full") == SERVES
    assert rows_of(engine, "SELECT name, state, reason FROM model_versions") == [
        {"name": "lost", "state": "refused", "reason": "its trial was cut short"}
    ]


def test_a_trial_that_goes_on_is_left_alone(
    teacher: tuple[Teacher, Machines], models: PostgresModels, tmp_path: Path
) -> None:
    teacher[1].running.append("arn:other")
    assert not teacher[0].teach_all()
    mark = Progress.read(State(tmp_path, 18_999)).marks["full"]
    assert (mark.step, mark.reason) == (FAILED, "another model is on trial")
    trial = models.on_trial()
    assert trial is not None
    assert trial.name == "lost"
