"""From a checkout to the running system, and back."""

import json
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx
from rich.console import Console
from rich.panel import Panel

from local import aws, deployment, ministack, postgres
from local.processes import Background, ProcessFailedError
from tools import node
from tools.cloud import REGION, REPOSITORY, Cloud, State, local_environment
from tools.steps import StepFailedError, Steps, run_logged

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_sagemaker import SageMakerClient
    from mypy_boto3_stepfunctions import SFNClient

READY_SECONDS = 30.0
TRAINING_SECONDS = 900.0

# In the order in which they stop: who feeds data, who reads it, who serves it.
SERVICES = {
    "simulate": ["local.demo", "simulate"],
    "streams": ["local.streams"],
    "edge": ["local.edge"],
    "weather": ["local.demo", "weather"],
}


class Launcher:
    """Brings up one laptop cloud, step by step. Each step does nothing when its work is done already."""

    def __init__(self, state: State, console: Console) -> None:
        self._state = state
        self._console = console
        self._steps = Steps(console)
        self._outputs: dict[str, str] = {}
        self._database: postgres.Database | None = None
        self._admin: dict[str, str] = {}

    def up(self, *, demo: bool) -> None:
        """Start everything. `demo`: with the demo hostel and the live simulation; its first model is trained last.

        Rules judge until it serves, hence the page is announced before.
        """
        state = self._state
        steps: list[tuple[str, Callable[[], str | None]]] = [
            ("The cdk command", lambda: node.install(state)),
            ("The page's packages", lambda: node.install(state, "frontend")),
            ("The page", lambda: node.build(state)),
            ("PostgreSQL", self._start_postgres),
            ("MiniStack", self._start_ministack),
            ("Cloud assembly", lambda: deployment.synthesize(state)),
            ("Deployment", self._deploy),
            ("Database secret", self._write_secret),
            ("Database schema", self._migrate),
            ("Sign-in", self._write_cloud),
            ("Weather service", self._start_weather),
            ("Stream poller", lambda: self._start("streams")),
            ("Edge", self._start_edge),
        ]
        if demo:
            steps += [
                ("Demo hostel and its history", lambda: self._demo("setup")),
                ("The week's weather", self._collect_weather),
                ("Labelled corpus", lambda: self._demo("corpus", "--upload")),
                ("Live simulation", lambda: self._start("simulate")),
            ]
        for title, work in steps:
            self._steps.run(title, work)
        ministack.save(state)
        self._say_where()
        if demo:
            self._steps.run("First model (some minutes; rules judge until it serves)", self._train)
            ministack.save(state)

    def _start_postgres(self) -> str | None:
        was_running = postgres.running(self._state.database)
        self._database = postgres.start(self._state.database, self._state.database_port)
        return "already running" if was_running else None

    def _start_ministack(self) -> str | None:
        was_running = ministack.process(self._state).pid()
        ministack.start(self._state)
        return "already running" if was_running else None

    def _deploy(self) -> str | None:
        remark = deployment.deploy(self._state)
        if remark is None:
            background(self._state, "streams").stop()  # it reads the mappings when it starts
            background(self._state, "edge").stop()
        self._outputs = deployment.outputs(self._state)
        return remark

    def _write_secret(self) -> str | None:
        assert self._database is not None
        return deployment.write_database_secret(self._state, self._outputs["DatabaseSecretArn"], self._database)

    def _migrate(self) -> None:
        deployment.invoke(self._state, self._outputs["MigrateDatabaseName"])

    def _collect_weather(self) -> None:
        """At once; the schedule comes round only after an hour."""
        deployment.invoke(self._state, self._outputs["CollectWeatherName"])

    def _write_cloud(self) -> None:
        assert self._database is not None
        self._admin = deployment.ensure_admin(self._state, self._outputs["UserPoolId"])
        Cloud(
            url=self._state.url,
            aws_endpoint_url=self._state.aws_endpoint_url,
            region=REGION,
            outputs=self._outputs,
            admin=self._admin,
            database=self._database.as_secret(),
        ).write(self._state.cloud)

    def _start_weather(self) -> str | None:
        return self._start("weather", "--port", str(self._state.weather_port))

    def _start_edge(self) -> str | None:
        remark = self._start("edge")
        deadline = time.monotonic() + READY_SECONDS
        while True:
            try:
                httpx.get(f"{self._state.url}/config.json")
            except httpx.HTTPError as error:
                background(self._state, "edge").require_running()
                if time.monotonic() > deadline:
                    raise StepFailedError(f"{self._state.url} does not answer: {error}") from error
                time.sleep(0.1)
            else:
                return remark

    def _start(self, name: str, *arguments: str) -> str | None:
        process = background(self._state, name)
        if process.pid():
            return "already running"
        command = [sys.executable, "-m", *SERVICES[name], *arguments]
        process.start(command, local_environment(self._state), REPOSITORY)
        time.sleep(0.3)
        try:
            process.require_running()
        except ProcessFailedError as error:
            raise StepFailedError(str(error), process.log) from error
        return None

    def _demo(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "local.demo", *arguments]
        log = self._state.logs / f"demo-{arguments[0]}.log"
        run_logged(command, log, REPOSITORY, local_environment(self._state))

    def _train(self) -> str | None:
        """Run the retraining workflow once, unless there is an endpoint; what it does once that serves may go on."""
        if self._endpoint_status() not in (None, "Failed"):
            return "already serving"
        machines: SFNClient = aws.client("stepfunctions", self._state.aws_endpoint_url)
        run = machines.start_execution(stateMachineArn=self._outputs["RetrainArn"], input="{}")["executionArn"]
        deadline = time.monotonic() + TRAINING_SECONDS
        while (ended := machines.describe_execution(executionArn=run))["status"] == "RUNNING":
            if self._endpoint_status() == "InService":
                return None
            if time.monotonic() > deadline:
                raise StepFailedError(f"the workflow still runs after {TRAINING_SECONDS:.0f} s: {run}")
            time.sleep(0.5)
        if ended["status"] != "SUCCEEDED":
            raise StepFailedError(f"the workflow ended {ended['status']}: {ended.get('error')} {ended.get('cause')}")
        return _outcome(json.loads(ended.get("output", "{}")))

    def _endpoint_status(self) -> str | None:
        sagemaker: SageMakerClient = aws.client("sagemaker", self._state.aws_endpoint_url)
        ours = [
            e for e in sagemaker.list_endpoints()["Endpoints"] if e["EndpointName"] == self._outputs["EndpointName"]
        ]
        return ours[0]["EndpointStatus"] if ours else None

    def _say_where(self) -> None:
        state, admin = self._state, self._admin
        self._console.print(
            Panel(
                f"[bold]{state.url}[/bold]\n"
                f"sign in as {admin['email']} with {admin['password']}\n\n"
                f"what would have been sent: {state.url}/outbox\n"
                "throw a fault:             make fault ROOM=C-202 KIND=undervoltage\n"
                "what runs:                 make status    make logs    make down",
                title=f"WattWarden is up after {self._steps.elapsed():.0f} s",
                expand=False,
            )
        )


def background(state: State, name: str) -> Background:
    return Background(name, state.pids, state.logs)


def down(state: State) -> None:
    """Stop every process of this cloud; its state stays."""
    for name in SERVICES:
        background(state, name).stop()
    ministack.stop(state)
    postgres.stop(state.database)


def reset(state: State) -> None:
    """Stop everything and delete all state."""
    down(state)
    postgres.delete(state.database)
    shutil.rmtree(state.folder, ignore_errors=True)


def _outcome(output: dict[str, Any]) -> str | None:
    """What the retraining workflow says about its model, when it did not deploy one."""
    if output.get("state") == "champion":
        return None
    if output.get("state") == "refused":
        return f"refused by the gate: {output['reason']}"
    return "too little history: rules judge until there is more"


@contextmanager
def for_a_while(state: State, console: Console) -> Iterator[None]:
    """A running system without the demo hostel; everything of it is deleted before and afterwards."""
    reset(state)
    try:
        Launcher(state, console).up(demo=False)
        yield
    finally:
        reset(state)
