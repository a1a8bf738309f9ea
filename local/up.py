"""From a checkout to the running system, and back."""

import fcntl
import json
import shutil
import sys
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress

import httpx
import psutil
import typer
from rich.console import Console
from rich.panel import Panel

from local import deployment, ministack, postgres, training
from local.processes import Background, ProcessFailedError
from tools import node, preflight
from tools.cloud import REGION, REPOSITORY, Cloud, State, local_environment, read_cloud, write_atomically
from tools.steps import Step, StepFailedError, Steps, interruptible, run_logged

READY_SECONDS = 30.0

# In the order in which they stop: who feeds data, who reads it, who serves it.
SERVICES = {
    "training": ["local.training"],
    "simulate": ["local.demo", "simulate"],
    "streams": ["local.streams"],
    "edge": ["local.edge"],
    "weather": ["local.demo", "weather"],
}
ALWAYS = {"streams", "edge", "weather", "ministack", "postgres"}
"""What runs when WattWarden is up, with a demo hostel or without."""


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
        """Start everything. `demo`: with the demo hostel and the live simulation; its models are trained behind it all.

        The page is built and the assembly written beside what they do not depend on.
        """
        state, run = self._state, self._steps.run
        note_owner(state)
        assembly = self._steps.beside(
            [("The cdk command", lambda: node.install(state)), ("Cloud assembly", lambda: deployment.synthesize(state))]
        )
        page = self._steps.beside(
            [("The page's packages", lambda: node.install(state, "frontend")), ("The page", lambda: node.build(state))]
        )
        run("PostgreSQL", self._start_postgres)
        run("MiniStack", self._start_ministack)
        assembly()
        steps: list[Step] = [
            ("Deployment", self._deploy),
            ("Database secret", self._write_secret),
            ("Database schema", self._migrate),
            ("Sign-in", self._write_cloud),
            ("Weather service", self._start_weather),
            ("Stream poller", lambda: self._start("streams")),
        ]
        for title, work in steps:
            run(title, work)
        page()
        run("Edge", self._start_edge)
        if demo:
            run("Demo hostel and its history", lambda: self._demo("setup"))
            run("The week's weather", self._collect_weather)
            run("Live simulation", lambda: self._start("simulate"))
            run("First models, in the background", self._train)
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
                self._require("edge")
                if time.monotonic() > deadline:
                    raise StepFailedError(f"{self._state.url} does not answer: {error}") from error
                time.sleep(0.1)
            else:
                self._require("edge")  # it was no other server that answered
                return remark

    def _start(self, name: str, *arguments: str) -> str | None:
        process = background(self._state, name)
        if process.pid():
            return "already running"
        command = [sys.executable, "-m", *SERVICES[name], *arguments]
        process.start(command, local_environment(self._state), REPOSITORY)
        time.sleep(0.3)
        self._require(name)
        return None

    def _require(self, name: str) -> None:
        process = background(self._state, name)
        try:
            process.require_running()
        except ProcessFailedError as error:
            raise StepFailedError(str(error), process.log) from error

    def _demo(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "local.demo", *arguments]
        log = self._state.logs / f"demo-{arguments[0]}.log"
        run_logged(command, log, REPOSITORY, local_environment(self._state))

    def _train(self) -> str | None:
        teacher = training.Teacher(self._state, read_cloud(self._state))
        return self._start("training") if teacher.due() else "they are trained"

    def say_where(self, *, was_up: bool) -> None:
        state, admin = self._state, self._admin
        rules = "" if training.Progress.read(state).serves else "\nrules judge until the first model is trained"
        self._console.print(
            Panel(
                f"[bold]{state.url}[/bold]\n"
                f"sign in as {admin['email']} with {admin['password']}{rules}\n\n"
                f"what would have been sent: {state.url}/outbox\n"
                "throw a fault:             make fault ROOM=C-202 KIND=undervoltage\n"
                "what runs:                 make status    make logs    make down",
                title="WattWarden is already running"
                if was_up
                else f"WattWarden is up after {self._steps.elapsed():.0f} s",
                expand=False,
            )
        )


def bring_up(state: State, console: Console, *, demo: bool) -> None:
    """`make up`: look, then start.

    Raises:
        typer.Exit: something is in the way, a step failed, or it was interrupted; it has said so.
    """
    if problems := preflight.problems(preflight.look(state)):
        _refuse(console, problems)
    was_up = running(state) >= ALWAYS
    with _alone(state, console), taken_back(state, console):
        launcher = Launcher(state, console)
        launcher.up(demo=demo)
        launcher.say_where(was_up=was_up)


@contextmanager
def taken_back(state: State, console: Console) -> Iterator[None]:
    """Interrupted, it stops again what was started within; finished steps stay finished."""
    before = running(state)
    with interruptible():
        try:
            yield
        except KeyboardInterrupt:
            console.print("interrupted: what was started is stopped again; `make up` goes on from here")
            down(state, keep=before)
            for child in psutil.Process().children(recursive=True):  # begun a moment before its pid was noted
                with suppress(psutil.NoSuchProcess):
                    child.kill()
            raise typer.Exit(130) from None


@contextmanager
def _alone(state: State, console: Console) -> Iterator[None]:
    """No other `make up` works on this state meanwhile."""
    state.folder.mkdir(parents=True, exist_ok=True)
    with (state.folder / "up.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _refuse(console, ["another `make up` works here: wait for it, or interrupt it"])
        yield


def _refuse(console: Console, problems: list[str]) -> None:
    for problem in problems:
        console.print(problem, markup=False, soft_wrap=True)
    raise typer.Exit(1)


def note_owner(state: State) -> None:
    write_atomically(state.owner, json.dumps({"checkout": str(REPOSITORY), "port": state.port}) + "\n")


def running(state: State) -> set[str]:
    """The names of what runs now."""
    found = {name for name in SERVICES if background(state, name).pid()}
    if ministack.process(state).pid():
        found.add("ministack")
    if (state.database / "password").exists() and postgres.pid(state.database):
        found.add("postgres")
    return found


def background(state: State, name: str) -> Background:
    return Background(name, state.pids, state.logs)


def down(state: State, keep: Collection[str] = ()) -> None:
    """Stop every process of this cloud but those to `keep`; its state stays."""
    for name in SERVICES:
        if name not in keep:
            background(state, name).stop()
    if "ministack" not in keep:
        ministack.stop(state)
    if "postgres" not in keep:
        postgres.stop(state.database)
    if not keep:
        state.owner.unlink(missing_ok=True)


def reset(state: State) -> None:
    """Stop everything and delete all state."""
    down(state)
    postgres.delete(state.database)
    shutil.rmtree(state.folder, ignore_errors=True)


@contextmanager
def for_a_while(state: State, console: Console) -> Iterator[None]:
    """A running system without the demo hostel; everything of it is deleted before and afterwards."""
    reset(state)
    try:
        Launcher(state, console).up(demo=False)
        yield
    finally:
        reset(state)
