"""python -m local.demo: the demo hostel and everything that pushes data from outside."""

import time
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import MofNCompleteColumn
from rich.progress import Progress as Bar
from rich.table import Table

from local import aws
from local.database import Database
from local.demo import replay as replays
from local.demo import simulate as live
from local.demo import tables
from local.demo import weather as weather_service
from local.demo.scenario import room_names
from local.demo.setup import Progress, ensure_hostel
from local.demo.setup import setup as set_up
from simulator import corpus as corpora
from simulator.events import Fault
from tools.cloud import State, read_cloud

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)
console = Console()

PLAN = corpora.CorpusPlan()
CORPUS_KEY = f"ml/corpus/{corpora.FILE_NAME}"


@app.command()
def corpus(
    out: Annotated[Path | None, typer.Option(help="folder for corpus.parquet")] = None,
    *,
    upload: Annotated[bool, typer.Option("--upload", help="put it into the model bucket, at ml/corpus/")] = False,
    seed: int = PLAN.seed,
    hostels: int = PLAN.hostels,
    rooms: int = PLAN.rooms,
    campuses: int = PLAN.campuses,
    days: int = PLAN.days,
    interval_minutes: int = PLAN.interval_minutes,
) -> None:
    """Make a labelled corpus of randomised hostels; an equal one that exists already is left alone."""
    plan = replace(
        PLAN,
        seed=seed,
        hostels=hostels,
        rooms=rooms,
        campuses=campuses,
        days=days,
        interval_minutes=interval_minutes,
    )
    target, made = corpora.write(plan, out or Path("build/corpus"))
    console.print(f"{target}: {'written' if made else 'is up to date'}")
    if not upload:
        return
    cloud = read_cloud()
    client = aws.client("s3", cloud.aws_endpoint_url)
    sent = _upload(target, plan, client, cloud.outputs["ModelBucket"], CORPUS_KEY)
    console.print(f"s3://{cloud.outputs['ModelBucket']}/{CORPUS_KEY}: {'uploaded' if sent else 'is up to date'}")


def _upload(file: Path, plan: corpora.CorpusPlan, client: "S3Client", bucket: str, key: str) -> bool:
    """Put the corpus at s3://bucket/key unless an equal one lies there; whether it was put."""
    fingerprint = plan.fingerprint()
    there = client.list_objects_v2(Bucket=bucket, Prefix=key).get("Contents", [])
    if any(entry["Key"] == key for entry in there):
        metadata = client.head_object(Bucket=bucket, Key=key)["Metadata"]
        if metadata.get("fingerprint") == fingerprint:
            return False
    client.upload_file(str(file), bucket, key, ExtraArgs={"Metadata": {"fingerprint": fingerprint}})
    return True


@app.command()
def setup(rooms: int = 24) -> None:
    """Create the demo hostel and push eight weeks of its history; a second run changes nothing."""
    cloud, state = read_cloud(), State.from_environment()
    with Bar(console=console) as bar:
        task = bar.add_task("history", total=1.0)
        tally = set_up(cloud, state, rooms, datetime.now(UTC), lambda share: bar.update(task, completed=share))
        bar.update(task, completed=1.0)
    if tally is None:
        console.print("the demo hostel is complete; nothing was pushed")
    else:
        console.print(f"{tally.accepted:,} readings pushed, refused: {dict(tally.refused) or 'none'}")


@app.command()
def simulate(
    rooms: Annotated[int, typer.Option(help="send only for the first N rooms")] = 24,
    speed: Annotated[float, typer.Option(help="how fast a past pause is made up; 0: as fast as it is taken")] = 0.0,
    faults: Annotated[float, typer.Option(help="random faults an hour, in the whole hostel")] = 0.0,
) -> None:
    """Send a reading of every room each minute, stamped with the present."""
    cloud, state = read_cloud(), State.from_environment()
    progress = Progress.load(state)
    if progress is None or progress.pushed_until < progress.history_until:
        console.print("there is no demo hostel yet: python -m local.demo setup")
        raise typer.Exit(1)
    _, gateway, _ = ensure_hostel(cloud, state, progress.rooms)
    simulation = live.Simulation(progress, gateway, state, rooms=rooms, random_faults=faults, report=console.print)
    simulation.catch_up(time.time(), speed)
    console.print(f"live: {min(rooms, progress.rooms)} rooms, a reading each minute; stop with Ctrl-C")
    while True:
        time.sleep(live.MINUTE - time.time() % live.MINUTE + 0.2)
        simulation.minute(time.time())


@app.command()
def fault(
    room: Annotated[str, typer.Option(help="such as B-204")],
    kind: Annotated[Fault, typer.Option()],
    minutes: Annotated[float, typer.Option(min=1)] = 30,
) -> None:
    """Throw a fault into the running simulation; it shows in the next minute's reading."""
    state = State.from_environment()
    read_cloud(state)  # nobody would hear of a fault while it does not run
    progress = Progress.load(state)
    names = room_names(progress.rooms if progress else 24)
    if room not in names:
        console.print(f"there is no room {room}; rooms are {', '.join(names)}")
        raise typer.Exit(1)
    live.request_fault(state, room, kind, minutes, time.time())
    console.print(f"{room}: {kind} for {minutes:g} min from the next minute on")


@app.command()
def replay(
    data: Annotated[Path, typer.Argument(help="a .parquet or .csv file of readings", exists=True, dir_okay=False)],
    *,
    meter_col: str | None = None,
    ts_col: str | None = None,
    kwh_col: str | None = None,
    voltage_col: str | None = None,
    timezone: Annotated[str, typer.Option(help="of the hostel; timestamps without a zone are UTC")] = "UTC",
    missing_zero: Annotated[bool | None, typer.Option(help="zeros stand for missing; guessed when left out")] = None,
    hostel_code: Annotated[str | None, typer.Option(help="from the file's name when left out")] = None,
    limit: Annotated[int | None, typer.Option(help="only the earliest N readings")] = None,
    concurrency: Annotated[int, typer.Option(min=1, max=32)] = 4,
) -> None:
    """Push a table of readings through the public API and count, by identity, what was stored."""
    cloud, state = read_cloud(), State.from_environment()
    table = tables.read(data)
    columns = tables.detect(table.column_names, meter=meter_col, ts=ts_col, kwh=kwh_col, voltage=voltage_col)
    rows = tables.extract(table, columns, missing_zero=missing_zero, limit=limit)
    console.print(
        f"{len(rows.ts):,} readings of {len(rows.meters)} meters, each {rows.interval_minutes:g} min; left out:"
        f" {rows.missing:,} missing, {rows.repeated:,} repeated"
    )
    code = hostel_code or replays.hostel_code(data)
    hostel_id, key = replays.prepare(code, timezone, rows, cloud, state)
    database = Database(cloud)
    before = database.count_readings(hostel_id)
    begun = time.monotonic()
    with Bar(*Bar.get_default_columns(), MofNCompleteColumn(), console=console) as bar:
        sending = bar.add_task("sent", total=len(rows.ts))
        sent = replays.send(rows, cloud.url, key, concurrency, lambda count: bar.advance(sending, count))
        storing = bar.add_task("stored", total=len(rows.ts))
        replays.wait_until_settled(
            database, hostel_id, len(rows.ts), lambda count: bar.update(storing, completed=count)
        )
    elapsed = time.monotonic() - begun
    result = replays.compare(rows, database, hostel_id)
    console.print(f"accepted {sent.tally.accepted:,} in {sent.seconds:.1f} s, {len(rows.ts) / sent.seconds:,.0f}/s")
    console.print(f"refused: {dict(sent.tally.refused) or 'none'}")
    if result.stored > before:
        console.print(f"stored {result.stored - before:,} new readings in {elapsed:.0f} s")
    shown = Table("by identity (meter, instant)", "", title=code)
    for name, value in asdict(result).items():
        shown.add_row(name.replace("_", " "), f"{value:,}")
    shown.add_row("kWh", f"{database.kwh(hostel_id) or 0:,.1f}")
    for name, count in database.count_found(hostel_id).items():
        shown.add_row(name, f"{count:,}")
    console.print(shown)
    database.close()
    if result.lost or result.counted_twice:
        raise typer.Exit(1)


@app.command()
def weather(port: int = 8099) -> None:
    """Serve weather in Open-Meteo's format on 127.0.0.1."""
    weather_service.server(port).serve_forever()


if __name__ == "__main__":
    app()
