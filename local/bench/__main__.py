"""python -m local.bench: figures of the running system, written to build/."""

import time
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from local.bench import chaos as mayhem
from local.bench import faults as fault_delay
from local.bench import throughput
from local.bench.report import percentile, write
from local.demo.admin import Admin
from local.state import Cloud, State, read_cloud

app = typer.Typer(add_completion=False, help=__doc__)
console = Console()


@app.callback(invoke_without_command=True)
def bench(
    context: typer.Context,
    rate: Annotated[float, typer.Option(help="readings a second")] = 1_000.0,
    seconds: Annotated[float, typer.Option(help="how long")] = 120.0,
    count: Annotated[int, typer.Option(help="faults whose alerts are timed; 0 leaves that out")] = 50,
) -> None:
    """Throughput, losses and delays: build/bench.json."""
    if context.invoked_subcommand:
        return
    cloud, state = read_cloud(), State.from_environment()
    figures = _throughput(cloud, state, rate, seconds)
    if count:
        figures |= _faults(cloud, state, count)
    _show("bench", figures)
    if figures["lost"] or figures["duplicated"]:
        raise typer.Exit(1)


@app.command()
def chaos(
    kills: Annotated[int, typer.Option(help="how often the consumer is killed in the middle of a batch")] = 10,
    rate: Annotated[float, typer.Option(help="readings a second meanwhile")] = 500.0,
) -> None:
    """Kill the consumer, poison the stream, stop the endpoint; count what is lost or doubled: build/chaos.json."""
    cloud, state = read_cloud(), State.from_environment()
    figures = mayhem.storm(cloud, state, kills=kills, rate=rate, report=console.print)
    figures |= mayhem.endpoint_down(cloud, state, report=console.print)
    _show("chaos", figures)
    if figures["lost"] or figures["duplicated"] or figures["messages_twice"]:
        raise typer.Exit(1)


@app.command()
def faults(count: Annotated[int, typer.Option(min=1)] = 50) -> None:
    """Only the delay from a faulty reading to its alert."""
    _show("bench", _faults(read_cloud(), State.from_environment(), count))


def _throughput(cloud: Cloud, state: State, rate: float, seconds: float) -> dict[str, Any]:
    load = throughput.Load(cloud, state, rate=rate, seconds=seconds)
    browser = throughput.Browser(Admin(cloud), throughput.watched_hostel(load))
    with Progress(console=console) as bar:
        task = bar.add_task(f"{rate:,.0f} readings/s", total=rate * seconds)
        browser.start()
        load.start(lambda sent: bar.advance(task, sent))
        sending = load.join()
    browser.ended.set()
    draining = load.drain()
    counted = load.count()
    posts = [delay for sender in load.senders for delay in sender.delays_ms]
    reads = [delay for delays in browser.delays_ms.values() for delay in delays]
    failed = [text for sender in load.senders for text in sender.failed] + browser.failed
    for text in failed[:5]:
        console.print(f"failed: {text}")
    return {
        "readings_per_s": round(load.accepted / sending, 1),
        "asked_readings_per_s": rate,
        "seconds": round(sending, 1),
        "accepted": load.accepted,
        "refused": load.refused,
        "failed_requests": len(failed),
        "stored": counted.stored,
        "lost": counted.lost,
        "duplicated": counted.duplicated,
        "drain_s": round(draining, 1),
        "post_p50_ms": percentile(posts, 50),
        "post_p95_ms": percentile(posts, 95),
        "post_p99_ms": percentile(posts, 99),
        "get_p50_ms": percentile(reads, 50),
        "get_p95_ms": percentile(reads, 95),
        **{f"get_{name}_p95_ms": percentile(delays, 95) for name, delays in browser.delays_ms.items()},
    }


def _faults(cloud: Cloud, state: State, count: int) -> dict[str, Any]:
    with Progress(console=console) as bar:
        task = bar.add_task("faults", total=count)
        outcome = fault_delay.run(cloud, state, count=count, report=lambda done: bar.advance(task, done))
    return {
        "faults": outcome.faults,
        "alerts_missing_live": outcome.missing_live,
        "alerts_missing_outbox": outcome.missing_outbox,
        "reading_to_alert_p50_s": percentile(outcome.live_s, 50),
        "reading_to_alert_p95_s": percentile(outcome.live_s, 95),
        "reading_to_message_p50_s": percentile(outcome.outbox_s, 50),
        "reading_to_message_p95_s": percentile(outcome.outbox_s, 95),
        "tiers": outcome.tiers,
    }


def _show(name: str, figures: dict[str, Any]) -> None:
    file = write(name, figures)
    table = Table("figure", "value", title=f"{time.strftime('%H:%M')}: {file}")
    for key, value in figures.items():
        table.add_row(key, f"{value:,}" if isinstance(value, int | float) else str(value))
    console.print(table)


if __name__ == "__main__":
    app()
