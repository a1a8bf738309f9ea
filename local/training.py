"""python -m local.training: the demo hostel's first two models, trained behind a system that runs already.

Rules judge until a model serves. So the first learns little and serves soon; the full one takes its place when the
retraining workflow finds it better. What is done is kept: it goes on from wherever it was stopped.
"""

import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self

import botocore.exceptions
import psutil

from local import aws, ministack
from tools.cloud import REPOSITORY, Cloud, State, local_environment, read_cloud, write_atomically
from tools.preflight import GIGABYTE
from tools.steps import StepFailedError, interruptible, run_logged

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient
    from mypy_boto3_stepfunctions import SFNClient

TRAINING_SECONDS = 1800.0
GIVES_WAY = 10
"""Niceness while a corpus is made: the page, at which somebody looks for the first time, comes first."""


@dataclass(frozen=True)
class Lesson:
    """One run of the retraining workflow, and the corpus that lies at ml/corpus/ meanwhile."""

    name: str
    corpus: tuple[str, ...]
    hyperparameters: Mapping[str, str]
    memory: int = 0
    """Bytes that the training takes: without them the machine would end it, or something else."""


LESSONS = (
    Lesson(
        "first",
        # A quarter of what ships: less passes the gate by luck. By another seed: what the full one is examined on,
        # this one must never have seen.
        (*("--out", "build/corpus/first", "--seed", "9"), *("--hostels", "24", "--campuses", "8")),
        {"alarm_rows": "60000", "alarm_iterations": "60", "band_iterations": "30", "search_seconds": "0"},
        2 * GIGABYTE,
    ),
    Lesson("full", (), {"search_seconds": "0"}, 7 * GIGABYTE),
)
SERVES, REFUSED, FAILED = "serves", "refused", "failed"
CORPUS, TRAINING = "corpus", "training"
DONE = (SERVES, REFUSED)


@dataclass(frozen=True)
class Mark:
    """How far a lesson is."""

    step: str
    since: float
    execution: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Progress:
    """How far all lessons are, kept in the state folder."""

    marks: Mapping[str, Mark]

    @classmethod
    def read(cls, state: State) -> Self:
        known = json.loads(state.training.read_text()) if state.training.exists() else {}
        return cls({name: Mark(**mark) for name, mark in known.items()})

    def write(self, state: State) -> None:
        write_atomically(state.training, json.dumps({name: asdict(mark) for name, mark in self.marks.items()}) + "\n")

    def step(self, lesson: str) -> str:
        return self.marks[lesson].step if lesson in self.marks else ""

    @property
    def done(self) -> bool:
        return self.step(LESSONS[-1].name) in DONE

    @property
    def serves(self) -> bool:
        return any(mark.step == SERVES for mark in self.marks.values())

    def told(self, now: float, *, alive: bool) -> dict[str, str]:
        """A line for each lesson. `alive`: the process that teaches them runs."""
        lines = {}
        for lesson in LESSONS:
            mark = self.marks.get(lesson.name)
            replaced = lesson is not LESSONS[-1] and self.step(LESSONS[-1].name) == SERVES
            lines[lesson.name] = "the full one serves in its place" if replaced and mark else _told(mark, now, alive)
        return lines


def _told(mark: Mark | None, now: float, alive: bool) -> str:  # noqa: FBT001 - as `Progress.told` has it
    if mark is None:
        return "comes next" if alive else "not begun: make up"
    since = datetime.fromtimestamp(mark.since, UTC).astimezone().strftime("%H:%M:%S")
    match mark.step:
        case "serves":
            return f"serves since {since}"
        case "refused":
            return f"refused by the gate at {since}: {mark.reason}"
        case "failed":
            return f"failed at {since}: {mark.reason} - make up tries again"
        case step if alive:
            return f"{'its corpus is made' if step == CORPUS else 'trains'} since {now - mark.since:.0f} s"
    return "was stopped: make up goes on"


class Teacher:
    def __init__(self, state: State, cloud: Cloud, lessons: Sequence[Lesson] = LESSONS) -> None:
        self._state = state
        self._cloud = cloud
        self._lessons = lessons
        self._machines: SFNClient = aws.client("stepfunctions", cloud.aws_endpoint_url)

    def due(self) -> bool:
        """Whether anything is left to do. What should serve and is gone is trained again."""
        progress = Progress.read(self._state)
        if progress.serves and endpoint_status(self._cloud) in (None, "Failed"):
            Progress({}).write(self._state)
            return True
        return not progress.done

    def teach_all(self) -> bool:
        """Whether every lesson came to its end; one that fails keeps none of the others from it."""
        if not self.due():
            return True
        for lesson in self._lessons:
            if Progress.read(self._state).step(lesson.name) in DONE:
                continue
            try:
                self._teach(lesson)
            except Exception as error:  # noqa: BLE001 - whatever it is, `make status` tells it
                self._note(lesson, FAILED, reason=str(error))
            ministack.save(self._state)
        return Progress.read(self._state).done

    def _teach(self, lesson: Lesson) -> None:
        run = self._under_way(lesson) or self._begin(lesson)
        deadline = time.monotonic() + TRAINING_SECONDS
        while (ended := self._machines.describe_execution(executionArn=run))["status"] == "RUNNING":
            if time.monotonic() > deadline:
                raise StepFailedError(f"the workflow still runs after {TRAINING_SECONDS:.0f} s: {run}")
            if lesson is self._lessons[0] and endpoint_status(self._cloud) == "InService":
                self._note(lesson, SERVES)  # what the workflow has left to do is bookkeeping
            time.sleep(1)
        if ended["status"] != "SUCCEEDED":
            raise StepFailedError(self._why(ended.get("error"), ended.get("cause")))
        output = json.loads(ended.get("output", "{}"))
        if output.get("outcome") == "busy" and self._clear_lost_trial():
            self._teach(lesson)
            return
        self._note(lesson, *_outcome(output))

    def _why(self, error: str | None, cause: str | None) -> str:
        """The workflow's own words; of a training job that failed they only say where to look, hence its reason."""
        if error == "TrainingFailed":
            sagemaker: SageMakerClient = aws.client("sagemaker", self._cloud.aws_endpoint_url)
            jobs = sagemaker.list_training_jobs()["TrainingJobSummaries"]
            if jobs := [job for job in jobs if job["TrainingJobStatus"] == "Failed"]:
                name = max(jobs, key=lambda job: job["CreationTime"])["TrainingJobName"]
                return f"{name}: {sagemaker.describe_training_job(TrainingJobName=name).get('FailureReason')}"
        return f"the workflow ended with {error}: {cause}"

    def _clear_lost_trial(self) -> bool:
        """Whether a model was on trial whose execution is gone: `make down` came between (docs/runbooks/retraining.md).

        It would hold up every other for a day.
        """
        from local.database import connect  # noqa: PLC0415 - Arrow, for which `make status` does not wait

        arn = self._cloud.outputs["RetrainArn"]
        if self._machines.list_executions(stateMachineArn=arn, statusFilter="RUNNING")["executions"]:
            return False
        sql = (
            "UPDATE model_versions SET state = 'refused', reason = 'its trial was cut short' WHERE state = 'challenger'"
        )
        with closing(connect(self._cloud.database)) as connection:
            connection.run(sql)
            return bool(connection.row_count)

    def _under_way(self, lesson: Lesson) -> str | None:
        """The execution that was started before and still runs: who watched it was ended, not it."""
        mark = Progress.read(self._state).marks.get(lesson.name)
        if mark is None or mark.step != TRAINING:
            return None
        try:
            status = self._machines.describe_execution(executionArn=mark.execution)["status"]
        except botocore.exceptions.ClientError:
            return None
        return mark.execution if status == "RUNNING" else None

    def _begin(self, lesson: Lesson) -> str:
        free = psutil.virtual_memory().available
        if free < lesson.memory:
            needed = lesson.memory / GIGABYTE
            raise StepFailedError(f"{needed:.0f} GB of free memory are needed and {free / GIGABYTE:.1f} are there")
        self._note(lesson, CORPUS)
        command = [sys.executable, "-m", "local.demo", "corpus", "--upload", *lesson.corpus]
        run_logged(command, self._state.logs / "demo-corpus.log", REPOSITORY, local_environment(self._state))
        order = json.dumps({"reason": "manual", "hyperparameters": lesson.hyperparameters})
        started = self._machines.start_execution(stateMachineArn=self._cloud.outputs["RetrainArn"], input=order)
        self._note(lesson, TRAINING, execution=started["executionArn"])
        return started["executionArn"]

    def _note(self, lesson: Lesson, step: str, reason: str = "", execution: str = "") -> None:
        progress = Progress.read(self._state)
        before = progress.marks.get(lesson.name)
        if before and before.step == step:
            return
        mark = Mark(step, time.time(), execution or (before.execution if before else ""), reason)
        replace(progress, marks={**progress.marks, lesson.name: mark}).write(self._state)
        print(f"{datetime.now(UTC):%H:%M:%S} {lesson.name}: {step} {reason}", flush=True)


def endpoint_status(cloud: Cloud) -> str | None:
    sagemaker: SageMakerClient = aws.client("sagemaker", cloud.aws_endpoint_url)
    name = cloud.outputs["EndpointName"]
    ours = [e["EndpointStatus"] for e in sagemaker.list_endpoints()["Endpoints"] if e["EndpointName"] == name]
    return ours[0] if ours else None


def _outcome(output: Mapping[str, Any]) -> tuple[str, str]:
    """What the retraining workflow says of its model: a step, and the reason where it does not serve."""
    if output.get("state") == "champion":
        return SERVES, ""
    if output.get("state") == "refused":
        return REFUSED, str(output["reason"])
    if output.get("outcome") == "busy":
        return FAILED, "another model is on trial"
    return FAILED, "too little history"


def main() -> None:
    state = State.from_environment()
    os.nice(GIVES_WAY)
    with interruptible(), suppress(KeyboardInterrupt):  # `make down`; `make up` goes on
        sys.exit(0 if Teacher(state, read_cloud(state)).teach_all() else 1)


if __name__ == "__main__":
    main()
