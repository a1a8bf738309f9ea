"""python -m local run local.lake: query the data lake, or rebuild the database from it."""

import os
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import duckdb
import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from local import aws
from local.digests import Digest
from local.lake import files, views
from local.lake.digests import digests
from local.lake.moment import NeverStillError, Streams, at_rest, mark_all, wait_for
from local.lake.progress import Step, Tell, Teller, untold
from local.lake.rebuild import engine_for, fresh_database
from local.lake.rebuild import rebuild as build_anew
from local.replays import ReplaysFailError
from tools.cloud import Cloud, State, read_cloud
from wattwarden.adapters.lake import S3Lake
from wattwarden.adapters.postgres.telemetry.lake_exports import PostgresLakeSource
from wattwarden.adapters.sagemaker import PatientModel
from wattwarden.usecases.lake.compact import snapshot

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)
console = Console(highlight=False)


@app.command()
def query(sql: Annotated[str, typer.Argument(help="such as: select count(*) from raw_readings")]) -> None:
    """Answer a query over the lake.

    Tables: raw_readings, raw_occupancy, raw_weather, raw_refused, readings_hourly, readings_daily, anomalies, features;
    of the registry's last snapshot hostels, rooms, meters, meter_changes, tariffs.
    """
    cloud, state = read_cloud(), State.from_environment()
    with views.connect(_copied(cloud, state)) as database:
        try:
            database.sql(sql).show()
        except duckdb.Error as error:
            console.print(str(error), markup=False)
            raise typer.Exit(1) from error


@app.command()
def rebuild(
    *,
    rejudge: Annotated[
        bool, typer.Option("--rejudge", help="first judge all of the running database's past by today's model")
    ] = False,
    patience_s: Annotated[float, typer.Option(help="how long to wait for the system to come to rest")] = 900,
) -> None:
    """Build a second database from the lake's raw files alone and compare; fails when a table differs."""
    try:
        with Teller(console) as tell:
            same = _rebuild(tell, patience_s, rejudge=rejudge)
    except NeverStillError as error:
        console.print(f"gave up: {error}", markup=False)
        raise typer.Exit(1) from error
    except ReplaysFailError as error:
        if error.__cause__:
            traceback.print_exception(error.__cause__)
        for failing in error.failing:
            console.print(str(failing), markup=False, soft_wrap=True)
        console.print("stopped: while a replay fails there is nothing to compare; see docs/runbooks/set-aside.md")
        raise typer.Exit(1) from error
    raise typer.Exit(0 if same else 1)


def _rebuild(tell: Tell, patience_s: float, *, rejudge: bool) -> bool:
    """Whether the database built anew is the same as the running one."""
    cloud, state = read_cloud(), State.from_environment()
    _as_a_function(cloud)
    here_engine = engine_for(cloud.database, cloud.database["dbname"])
    outputs = cloud.outputs
    streams = Streams(
        state,
        aws.client("kinesis", cloud.aws_endpoint_url),
        (outputs["TelemetryStream"], outputs["BackfillStream"]),
    )
    if rejudge:
        console.print(f"{mark_all(here_engine):,} meters are to be judged anew")
    with at_rest(here_engine, streams, outputs["ScoreReadingsName"], patience_s, tell) as (connection, tips):
        here = digests(connection, tell, "the running database")
    wait_for(streams, outputs["ArchiveTelemetryName"], tips, patience_s, tell)
    tell(Step("writing the registry's snapshot"))
    snapshot(datetime.now(UTC).date(), S3Lake(outputs["LakeBucket"]), PostgresLakeSource(here_engine))
    folder = _copied(cloud, state, tell)
    tell(Step("making an empty database"))
    there_engine = fresh_database(cloud.database)
    model = PatientModel(outputs["EndpointName"])
    done = build_anew(folder, there_engine, model, tips, rules_first=not rejudge, tell=tell)
    console.print(
        f"{done.readings:,} readings in {done.records:,} records scored in {done.scoring_s:.0f} s; "
        f"{done.replayed:,} meters replayed in {done.replaying_s:.0f} s"
    )
    with there_engine.connect() as connection:
        there = digests(connection, tell, "the new database")
    same = _compared(here, there)
    if not same and not rejudge:
        console.print("what another model judged, or rules did, is judged otherwise by today's: see --rejudge")
    return same


def _compared(here: dict[str, Digest], there: dict[str, Digest]) -> bool:
    table = Table("table", "rows", "hash here", "rows there", "hash there", "identical", box=SIMPLE)
    for name, digest in here.items():
        other = there[name]
        same = "[green]yes[/green]" if digest == other else "[red]no[/red]"
        table.add_row(name, f"{digest.rows:,}", digest.value[:12], f"{other.rows:,}", other.value[:12], same)
    console.print(table)
    return here == there


def _copied(cloud: Cloud, state: State, tell: Tell = untold) -> Path:
    folder = state.folder / "lake"
    count = files.copy(aws.client("s3", cloud.aws_endpoint_url), cloud.outputs["LakeBucket"], folder, tell)
    console.print(f"{count:,} files of the lake are in {folder}")
    return folder


def _as_a_function(cloud: Cloud) -> None:
    """The environment in which the functions' own adapters find this cloud."""
    os.environ |= {
        "AWS_ENDPOINT_URL": cloud.aws_endpoint_url,
        "AWS_REGION": cloud.region,
        "AWS_DEFAULT_REGION": cloud.region,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }


if __name__ == "__main__":
    app()
