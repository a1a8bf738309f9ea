"""python -m local: runs WattWarden on this machine. The Makefile calls it; `make help` lists the commands."""

import json
import os
import runpy
import subprocess
import sys
import time
from typing import Annotated

import pg8000.native
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from local import ministack, postgres, replays, training
from local import up as launching
from local.processes import lambda_workers, serving_containers
from local.streams import lag
from tools import node, quality
from tools import sdk as sagemaker_sdk
from tools.cloud import REPOSITORY, NotRunningError, State, local_environment, read_cloud

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__, pretty_exceptions_show_locals=False)
console = Console(highlight=False)


@app.command()
def up(*, demo: Annotated[bool, typer.Option(help="with the demo hostel and its live simulation")] = True) -> None:
    """Start everything; when it is up already, only check."""
    launching.bring_up(State.from_environment(), console, demo=demo)


@app.command()
def down() -> None:
    """Stop everything; the data stays."""
    launching.down(State.from_environment())
    console.print("stopped; the data is kept")


@app.command()
def reset() -> None:
    """Stop everything and delete all data."""
    launching.reset(State.from_environment())
    console.print("stopped; the data is deleted")


@app.command()
def status() -> None:
    """What runs, where, as which process; how far models and consumers are; replays that wait."""
    state = State.from_environment()
    if not (state.cloud.exists() or postgres.pid(state.database) or ministack.process(state).pid()):
        console.print(f"WattWarden does not run in {state.folder}; start it with: make up", soft_wrap=True)
        return
    table = Table("", "process", "where")
    table.add_row("postgres", _mark(postgres.pid(state.database)), f"127.0.0.1:{state.database_port}")
    table.add_row("ministack", _mark(ministack.process(state).pid()), state.aws_endpoint_url)
    for container in serving_containers(state.folder):
        table.add_row("endpoint", _mark(container.pid), "")
    table.add_row("functions", f"{len(lambda_workers(state.aws_endpoint_url))} workers", "")
    places = {"edge": state.url, "weather": f"http://127.0.0.1:{state.weather_port}"}
    for name in reversed(launching.SERVICES):
        pid = launching.background(state, name).pid()
        if pid or name != "training":  # which ends when it is done
            table.add_row(name, _mark(pid), places.get(name, ""))
    console.print(table)
    _models(state)
    if not ministack.process(state).pid():
        return
    if launching.background(state, "streams").pid():
        behind = Table("stream > function", "behind")
        outputs = read_cloud(state).outputs.items()
        for mapping, seconds in sorted(lag.read(state.lag).items()):
            stream, _, function = mapping.partition(">")
            names = [name for part in (stream, function) for name, value in outputs if value == part]
            behind.add_row(" > ".join(names) or mapping, f"{seconds:.0f} s")
        console.print(behind)
    _waiting(state)


@app.command()
def logs(*, follow: Annotated[bool, typer.Option("--follow", "-f")] = False) -> None:
    """The end of every log."""
    state = State.from_environment()
    files = [*sorted(state.logs.glob("*.log")), postgres.log_file(state.database)]
    found = [str(file) for file in files if file.exists()]
    if found:
        subprocess.run(["tail", *(["-F"] if follow else []), "-n", "20", *found], check=False)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def test(context: typer.Context) -> None:
    """Every test; further arguments go to pytest."""
    _exit(passed=quality.test(console, context.args, lambda state: launching.for_a_while(state, console)))


@app.command()
def check() -> None:
    """Linters, types, layering, generated files."""
    _exit(passed=quality.check(console))


@app.command()
def generate() -> None:
    """Write the generated files anew."""
    _exit(passed=quality.generate(console))


@app.command()
def lock() -> None:
    """Pin the requirements anew."""
    _exit(passed=quality.lock(console))


@app.command()
def sdk() -> None:
    """Compare our container addresses with the SageMaker SDK's."""
    _exit(passed=sagemaker_sdk.check(console))


@app.command()
def synth(stage: str = "local") -> None:
    """Write the cloud assembly of a stage into cdk.out, with the page built into it."""
    state = State.from_environment()
    node.install(state, "frontend")
    node.build(state)
    command = [sys.executable, "-m", "cdk.app"]
    environment = {"CDK_OUTDIR": "cdk.out", "CDK_CONTEXT_JSON": json.dumps({"stage": stage})}
    _exit(passed=subprocess.run(command, cwd=REPOSITORY, env=os.environ | environment, check=False).returncode == 0)


@app.command(
    add_help_option=False,  # --help is the module's
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
)
def run(context: typer.Context, module: str) -> None:
    """Run a module of the laptop cloud, such as local.demo, with its arguments, against the running system."""
    environment = local_environment(State.from_environment())
    os.environ.clear()
    os.environ.update(environment)
    sys.path[:0] = environment["PYTHONPATH"].split(":")
    sys.argv = [module, *context.args]
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except NotRunningError as error:
        console.print(str(error), markup=False, soft_wrap=True)
        raise typer.Exit(1) from error


def _models(state: State) -> None:
    """How far the demo hostel's first models are."""
    progress = training.Progress.read(state)
    alive = launching.background(state, "training").pid() is not None
    if not progress.marks and not alive:
        return
    table = Table("model", "" if progress.serves else "rules judge until one serves")
    for name, line in progress.told(time.time(), alive=alive).items():
        table.add_row(name, escape(line))
    console.print(table)


def _waiting(state: State) -> None:
    """Meters marked for a replay, those whose replay fails, and readings set aside."""
    from local.database import Database  # noqa: PLC0415 - Arrow, for which no other command waits

    try:
        with Database(read_cloud(state, running=False)) as database:
            waiting, aside = replays.replays(database.rows), replays.set_aside(database.rows)
    except NotRunningError:
        return
    except pg8000.native.InterfaceError:
        console.print("replays: not known, the database is down")
        return
    except pg8000.native.DatabaseError as error:
        console.print(f"replays: not known, the database says: {error.args[0]['M']}", markup=False)
        return
    replaying = Table("replays", "")
    replaying.add_row("meters marked", f"{waiting.marked:,}")
    replaying.add_row("failing", f"[red]{len(waiting.failing):,}[/red]" if waiting.failing else "0")
    replaying.add_row("oldest mark", f"{waiting.oldest_s:.0f} s" if waiting.marked else "")
    replaying.add_row("readings set aside", f"{aside.items:,} of {aside.meters:,} meters" if aside.items else "0")
    console.print(replaying)
    if waiting.failing:
        failing = Table("failing meter", "hostel", "attempts", "next try", "error")
        for meter in waiting.failing:
            failing.add_row(
                escape(meter.serial), escape(meter.hostel), str(meter.attempts), meter.next_try, escape(meter.error)
            )
        console.print(failing)


def _exit(*, passed: bool) -> None:
    raise typer.Exit(0 if passed else 1)


def _mark(pid: int | None) -> str:
    return f"[green]up[/green] {pid}" if pid else "[red]down[/red]"


if __name__ == "__main__":
    os.environ.pop("AWS_ENDPOINT_URL", None)  # localstack-client would follow it to another cloud
    app()
