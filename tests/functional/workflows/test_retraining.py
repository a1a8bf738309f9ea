"""Every way through retrain_model: its definition and its functions, on a SageMaker that fails where it should."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.models import FakeDatasets, FakeHistory, FakeLog, FakeModels, FakeVariants
from tests.fakes.states import Document, Failed, Machine, TaskError
from wattwarden.ports.models import LiveRecord, ModelVersion
from wattwarden.runtime.settings import Settings
from wattwarden.runtime.wiring import wiring

DEFINITION = Path("statemachines/retrain_model.asl.json")
STATES = "arn:aws:states:::"
SERVING = {"event_f1": 0.9, "champion_event_f1": 0.8}
SETTINGS = Settings(
    model_bucket="models",
    training_source="s3://assets/training.tar.gz",
    serving_source="s3://assets/serving.tar.gz",
    search_seconds=90,
    trial_seconds=15,
    challenger_share=0.1,
)


class Context:
    function_name = "retrain_model"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:eu-west-1:000000000000:function:x"
    aws_request_id = "request-1"


@dataclass
class World:
    """SageMaker and what the functions see. `broken`: resources that fail; `unstartable`: parts of configs' names."""

    monkeypatch: pytest.MonkeyPatch
    rows: int = 10_000
    scores: dict[str, float] = field(default_factory=lambda: dict(SERVING))
    models: FakeModels = field(default_factory=FakeModels)
    variants: FakeVariants = field(default_factory=FakeVariants)
    datasets: FakeDatasets = field(default_factory=FakeDatasets)
    log: FakeLog = field(default_factory=FakeLog)
    broken: set[str] = field(default_factory=set)
    breaks_with: str = "Runtime.HandlerError"
    unstartable: set[str] = field(default_factory=set)
    status: str | None = None
    config: str = ""
    configs: dict[str, list[Document]] = field(default_factory=dict)
    moves: list[str] = field(default_factory=list)
    training: Document = field(default_factory=dict)
    model: Document = field(default_factory=dict)
    visited: list[str] = field(default_factory=list)

    def serve(self, name: str = "old") -> None:
        artefact = f"s3://models/ml/models/{name}/output/model.tar.gz"
        self.models.known[name] = ModelVersion(name, "champion", {"event_f1": 0.8}, artefact, datetime.now(UTC))
        self.status, self.config = "InService", name
        self.configs[name] = []

    def run(self) -> Document:
        tasks: dict[str, Callable[[Document], Any]] = {
            "${ExportTrainingDataArn}": self._function("export_training_data"),
            "${GateModelArn}": self._function("gate_model"),
            "${CompareModelsArn}": self._function("compare_models"),
            "${RecordModelArn}": self._function("record_model"),
            "${RegisterModelArn}": self._function("register_model"),
            f"{STATES}sagemaker:createTrainingJob.sync": self._train,
            f"{STATES}sagemaker:createModel": self._create,
            f"{STATES}sagemaker:createEndpointConfig": self._configure,
            f"{STATES}sagemaker:createEndpoint": self._move,
            f"{STATES}sagemaker:updateEndpoint": self._move,
            f"{STATES}aws-sdk:sagemaker:deleteEndpoint": self._delete,
            f"{STATES}aws-sdk:sagemaker:describeEndpoint": self._describe,
        }
        machine = Machine(DEFINITION, {name: self._maybe(name, task) for name, task in tasks.items()})
        self.visited = machine.visited
        with wiring.use(
            settings=SETTINGS,
            models=self.models,
            history=FakeHistory(self.rows),
            datasets=self.datasets,
            variants=self.variants,
            experiments=lambda: self.log,
        ):
            return machine.run({"reason": "manual"})

    def _maybe(self, resource: str, task: Callable[[Document], Any]) -> Callable[[Document], Any]:
        def run(request: Document) -> Any:
            if any(part in resource for part in self.broken):
                raise TaskError(self.breaks_with)
            return task(request)

        return run

    def _function(self, name: str) -> Callable[[Document], Any]:
        module = import_module(f"functions.{name}.handler")
        return lambda event: module.handler(event, Context())

    def _train(self, request: Document) -> Document:
        self.training = request
        found = [{"MetricName": name, "Value": value, "Timestamp": 1} for name, value in self.scores.items()]
        artefact = f"s3://models/ml/models/{request['TrainingJobName']}/output/model.tar.gz"
        return {"ModelArtifacts": {"S3ModelArtifacts": artefact}, "FinalMetricDataList": found}

    def _create(self, request: Document) -> Document:
        self.model = request
        return {}

    def _configure(self, request: Document) -> Document:
        self.configs[request["EndpointConfigName"]] = request["ProductionVariants"]
        return {}

    def _move(self, request: Document) -> Document:
        wanted = request["EndpointConfigName"]
        assert wanted in self.configs
        self.moves.append(wanted)
        if any(part in wanted for part in self.unstartable):
            self.status = self.status or "Failed"  # SageMaker goes on with what served before
        else:
            self.status, self.config = "InService", wanted
        return {}

    def _delete(self, _: Document) -> Document:
        self.status, self.config = None, ""
        return {}

    def _describe(self, _: Document) -> Document:
        if self.status is None:
            raise TaskError("SageMaker.ValidationException")
        return {"EndpointStatus": self.status, "EndpointConfigName": self.config}

    @property
    def new(self) -> str:
        return next(name for name in self.models.known if name.startswith("wattwarden-"))

    @property
    def states(self) -> dict[str, str]:
        return {"new" if name == self.new else name: model.state for name, model in self.models.known.items()}


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return World(monkeypatch)


def test_the_first_model_serves_alone_at_once(world: World) -> None:
    assert world.run()["state"] == "champion"
    assert (world.config, world.states) == (world.new, {"new": "champion"})
    assert "Trial" not in world.visited
    assert [channel["ChannelName"] for channel in world.training["InputDataConfig"]] == ["history", "corpus"]
    given = world.training["HyperParameters"]
    assert given["sagemaker_submit_directory"] == f"s3://models/ml/source/{world.new}/training.tar.gz"
    assert "search_seconds" not in given
    served = world.model["PrimaryContainer"]["Environment"]["SAGEMAKER_SUBMIT_DIRECTORY"]
    assert served == f"s3://models/ml/source/{world.new}/serving.tar.gz"
    assert [m.state for m in world.log.told] == ["champion"]


def test_a_better_challenger_is_tried_beside_the_champion_then_promoted(world: World) -> None:
    world.serve()
    ended = world.run()
    assert (ended["state"], world.states) == ("champion", {"old": "retired", "new": "champion"})
    assert world.moves == [f"{world.new}-trial", world.new]
    tried = {variant["VariantName"]: variant["InitialVariantWeight"] for variant in world.configs[f"{world.new}-trial"]}
    assert tried == {"old": 0.9, world.new: 0.1}
    uris = {c["ChannelName"]: c["DataSource"]["S3DataSource"]["S3Uri"] for c in world.training["InputDataConfig"]}
    assert uris["champion"] == "s3://models/ml/models/old/output/"
    assert world.training["HyperParameters"]["search_seconds"] == "90.0"
    assert world.visited.index("RegisterChallenger") < world.visited.index("CreateModel")


def test_a_worse_challenger_is_refused_and_touches_nothing(world: World) -> None:
    world.serve()
    world.scores = {"event_f1": 0.7, "champion_event_f1": 0.8}
    assert world.run()["outcome"] == "refused"
    assert (world.moves, world.states) == ([], {"old": "champion", "new": "refused"})


def test_a_challenger_that_people_contradict_is_rolled_back(world: World) -> None:
    world.serve()
    world.models.live = {"old": LiveRecord(30, 20, 2)}
    machine = world.models.live_record

    def contradicted(name: str, since: datetime) -> LiveRecord:
        return machine(name, since) if name == "old" else LiveRecord(5, 0, 5)

    world.monkeypatch.setattr(world.models, "live_record", contradicted)
    ended = world.run()
    assert ended["state"] == "refused"
    assert "people" in ended["reason"]
    assert (world.moves, world.states) == ([f"{world.new}-trial", "old"], {"old": "champion", "new": "refused"})


@pytest.mark.parametrize("error", ["Runtime.HandlerError", "States.DataLimitExceeded"])
def test_a_comparison_that_fails_brings_the_champion_back(world: World, error: str) -> None:
    world.serve()
    world.broken, world.breaks_with = {"CompareModels"}, error
    with pytest.raises(Failed, match="DeploymentFailed"):
        world.run()
    assert (world.config, world.states) == ("old", {"old": "champion", "new": "refused"})


def test_a_trial_that_cannot_start_leaves_the_champion(world: World) -> None:
    world.serve()
    world.unstartable = {"-trial"}
    with pytest.raises(Failed, match="DeploymentFailed"):
        world.run()
    assert (world.config, world.states) == ("old", {"old": "champion", "new": "refused"})


def test_a_promotion_that_cannot_start_leaves_the_trial_and_brings_the_champion_back(world: World) -> None:
    world.serve()
    configure = world._configure
    world.unstartable = set()

    def unstartable_alone(request: Document) -> Document:
        if not request["EndpointConfigName"].endswith("-trial"):
            world.unstartable = {f"{request['EndpointConfigName']}\0"}
        return configure(request)

    move = world._move

    def moving(request: Document) -> Document:
        if f"{request['EndpointConfigName']}\0" in world.unstartable:
            world.moves.append(request["EndpointConfigName"])
            return {}
        return move(request)

    world.monkeypatch.setattr(world, "_configure", unstartable_alone)
    world.monkeypatch.setattr(world, "_move", moving)
    with pytest.raises(Failed, match="DeploymentFailed"):
        world.run()
    assert world.moves == [f"{world.new}-trial", world.new, "old"]
    assert (world.config, world.states) == ("old", {"old": "champion", "new": "refused"})


def test_a_champion_that_does_not_come_back_is_an_alarm_of_its_own(world: World) -> None:
    world.serve()
    world.variants.dead = {"*"}
    world.monkeypatch.setattr(world.variants, "answers", lambda _: False)
    world.unstartable = {"old"}
    with pytest.raises(Failed, match="RollbackFailed"):
        world.run()
    assert world.states["new"] == "challenger", "it still gets its share of the calls"


@pytest.mark.parametrize("failing", ["createModel", "createEndpointConfig", "GateModel"])
def test_what_fails_before_the_endpoint_is_touched_leaves_it_alone(world: World, failing: str) -> None:
    world.serve()
    world.broken = {failing}
    with pytest.raises(Failed, match="DeploymentFailed"):
        world.run()
    assert (world.config, world.moves) == ("old", [])
    assert world.states == {"old": "champion", "new": "refused"}


def test_a_first_model_that_cannot_be_deployed_is_no_champion_and_the_next_one_may_be(world: World) -> None:
    world.unstartable = {"wattwarden"}
    with pytest.raises(Failed, match="DeploymentFailed"):
        world.run()
    assert (world.status, world.states) == ("Failed", {"new": "refused"})
    world.unstartable, world.models = set(), FakeModels()
    assert world.run()["state"] == "champion"
    assert "DeleteEndpoint" in world.visited
    assert world.status == "InService"


def test_a_training_that_fails_changes_nothing(world: World) -> None:
    world.serve()
    world.broken = {"createTrainingJob"}
    with pytest.raises(Failed, match="TrainingFailed"):
        world.run()
    assert (list(world.models.known), world.moves) == (["old"], [])


@pytest.mark.parametrize("error", ["Runtime.HandlerError", "States.DataLimitExceeded"])
def test_a_registry_that_is_away_holds_nobody_up(world: World, error: str) -> None:
    world.serve()
    world.broken, world.breaks_with = {"RegisterModel"}, error
    assert world.run()["state"] == "champion"


def test_too_little_history_and_another_trial_end_the_run_before_training(world: World) -> None:
    world.rows = 10
    assert world.run()["outcome"] == "too_little_data"
    world.rows = 10_000
    world.models.known["other"] = ModelVersion("other", "challenger", {}, trained_at=datetime.now(UTC))
    assert world.run()["outcome"] == "busy"
    assert world.training == {}


def test_a_missing_corpus_ends_the_run_before_training_and_says_so(world: World) -> None:
    world.datasets.empty = {"s3://models/ml/corpus/"}
    with pytest.raises(Failed, match="NoCorpus"):
        world.run()
    assert world.training == {}
    assert world.visited == ["Export", "Exported", "NoCorpus"]


def test_a_training_job_is_given_no_folder_that_holds_nothing(world: World) -> None:
    """SageMaker would refuse the job; without its artefact the champion counts with what it scored."""
    world.serve()
    world.datasets.empty = {"s3://models/ml/models/old/output/"}
    world.run()
    assert {channel["ChannelName"] for channel in world.training["InputDataConfig"]} == {"history", "corpus"}


@pytest.mark.parametrize("failing", ["updateEndpoint", "describeEndpoint"])
def test_an_endpoint_that_cannot_be_moved_or_seen_is_told_of(world: World, failing: str) -> None:
    world.serve()
    world.broken = {failing}
    with pytest.raises(Failed, match="DeploymentFailed"):
        world.run()
    assert (world.config, world.states) == ("old", {"old": "champion", "new": "refused"})
