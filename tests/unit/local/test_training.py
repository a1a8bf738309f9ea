"""The demo hostel's first models: what is noted of them, and how they go on."""

import json
from pathlib import Path
from uuid import uuid4

import pytest

from local import aws
from local.training import LESSONS, Lesson, Mark, Progress, Teacher
from tools.cloud import Cloud, State

TINY = ("--hostels", "1", "--campuses", "0", "--days", "2", "--rooms", "1")
NOON = 1_800_000_000.0


def test_what_make_status_says_of_each_model() -> None:
    first = {"first": Mark("training", NOON, "arn")}
    assert Progress(first).told(NOON + 40, alive=True) == {"first": "trains since 40 s", "full": "comes next"}
    assert Progress(first).told(NOON + 40, alive=False) == {
        "first": "was stopped: make up goes on",
        "full": "not begun: make up",
    }
    both = {"first": Mark("serves", NOON), "full": Mark("corpus", NOON)}
    told = Progress(both).told(NOON + 9, alive=True)
    assert told["first"].startswith("serves since ")
    assert told["full"] == "its corpus is made since 9 s"


def test_why_a_model_does_not_serve_is_said() -> None:
    marks = {"first": Mark("failed", NOON, reason="no room"), "full": Mark("refused", NOON, reason="F1 0.1")}
    told = Progress(marks).told(NOON, alive=False)
    assert told["first"].endswith("no room - make up tries again")
    assert told["full"].endswith("F1 0.1")


def test_the_full_model_takes_the_first_ones_place() -> None:
    told = Progress({"first": Mark("serves", NOON), "full": Mark("serves", NOON)}).told(NOON, alive=False)
    assert told["first"] == "the full one serves in its place"


def test_the_full_model_learns_from_hostels_that_the_first_has_not_seen() -> None:
    first, full = LESSONS
    assert "--seed" in first.corpus
    assert "--seed" not in full.corpus


class School:
    """A state machine that ends as its input says, and a bucket for the corpus."""

    def __init__(self, emulator: State, folder: Path) -> None:
        self.state = State(folder, emulator.port)
        machines = aws.client("stepfunctions", emulator.aws_endpoint_url)
        trust = {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
        role = aws.client("iam", emulator.aws_endpoint_url).create_role(
            RoleName=f"school-{uuid4().hex}", AssumeRolePolicyDocument=json.dumps({"Statement": [trust]})
        )["Role"]["Arn"]
        states = {
            "Which": {
                "Type": "Choice",
                "Choices": [
                    {"Variable": "$.hyperparameters.ends", "StringEquals": name, "Next": name}
                    for name in ("champion", "refused", "breaks")
                ],
            },
            "champion": {"Type": "Pass", "Result": {"state": "champion"}, "End": True},
            "refused": {"Type": "Pass", "Result": {"state": "refused", "reason": "F1 0.1"}, "End": True},
            "breaks": {"Type": "Fail", "Error": "NoData", "Cause": "no data"},
        }
        machine = machines.create_state_machine(
            name=f"school-{uuid4().hex}",
            roleArn=role,
            definition=json.dumps({"StartAt": "Which", "States": states}),
        )
        bucket = f"school-{emulator.port}"
        aws.client("s3", emulator.aws_endpoint_url).create_bucket(Bucket=bucket)
        outputs = {"RetrainArn": machine["stateMachineArn"], "ModelBucket": bucket, "EndpointName": "none"}
        self.cloud = Cloud(self.state.url, emulator.aws_endpoint_url, "us-east-1", outputs, {}, {})
        self.cloud.write(self.state.cloud)

    def teach(self, first: str, full: str) -> bool:
        corpus = ("--out", str(self.state.folder / "corpus"), *TINY)
        lessons = [Lesson(name, corpus, {"ends": end}) for name, end in (("first", first), ("full", full))]
        return Teacher(self.state, self.cloud, lessons).teach_all()

    def steps(self) -> tuple[str, str]:
        progress = Progress.read(self.state)
        return progress.step("first"), progress.step("full")


@pytest.fixture
def school(emulator: State, tmp_path: Path) -> School:
    return School(emulator, tmp_path)


def test_a_first_model_that_fails_keeps_the_full_one_from_nothing(school: School) -> None:
    assert school.teach("breaks", "refused")
    assert school.steps() == ("failed", "refused")
    assert "no data" in Progress.read(school.state).marks["first"].reason
    assert not Teacher(school.state, school.cloud).due()


def test_what_failed_is_tried_again_and_what_is_done_is_not(school: School) -> None:
    assert not school.teach("refused", "breaks")
    assert school.steps() == ("refused", "failed")
    assert school.teach("breaks", "refused")
    assert school.steps() == ("refused", "refused")


def test_a_model_for_which_there_is_no_memory_is_not_begun(school: School) -> None:
    lesson = Lesson("full", (), {}, memory=1 << 60)
    assert not Teacher(school.state, school.cloud, [lesson]).teach_all()
    assert "of free memory are needed" in Progress.read(school.state).marks["full"].reason


def test_a_model_that_should_serve_and_is_gone_is_trained_again(school: School) -> None:
    assert school.teach("refused", "champion")
    assert school.steps() == ("refused", "serves")
    assert Teacher(school.state, school.cloud).due()  # the endpoint of that name is not there
    assert school.steps() == ("", "")
