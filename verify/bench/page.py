"""docs/benchmark.md from docs/figures/bench.json: every figure with how it was counted."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from tools.cloud import REPOSITORY
from verify.bench.report import read

# Whole paragraphs of the page stand here in long lines.
# ruff: noqa: E501

PAGE = REPOSITORY / "docs" / "benchmark.md"

_HEAD = """\
# Benchmark

`make bench` measures all of this anew (20 to 25 minutes, with the system up) and writes this page; the raw figures are in
`docs/figures/bench.json`, the profile of the consumer is `build/profile.html`. `ARGS="--seconds 600"` pushes for ten minutes,
`ARGS="--rows 1000000 --rows 100000000"` fills the history further; each part runs alone as
`python -m verify.bench end-to-end | consumer | rooms | history | startup`.

Everything, the senders and the browser too, shares the cores of the machine named.
"""


_LIMITS = """\
## What limits it
- **A live reading costs its meter's state.** 0.6 kB, its version and two roll-ups are written for a reading of a few bytes; that is
  why a consumer that catches up (ten readings of a meter at once) takes several times as many a second, and why the rate of
  a plain COPY, which keeps no state, is far away. Next step: roll-ups summed up in the state and written once an hour.
- **Consumer and PostgreSQL take turns**: one process waits while the other works, so that one shard reaches the inverse of the
  sum of both times. More shards work side by side; their number is `shards` of a stage.
- **End to end the two cores are shared** by the senders, the edge, the emulated API gateway, Kinesis and Lambda, PostgreSQL and
  the endpoint. In AWS only the consumer's and PostgreSQL's shares remain.
- **Start-up is libraries**: SQLAlchemy and boto3 take a good third of a second of whatever a function needs. boto3 loads
  s3transfer, which two functions use. Next step: clients from botocore alone.
- **The overview** builds a row for each of a hostel's rooms; it is the slowest answer, and grows with rooms, not with history.
"""


def render() -> Path:
    """Write the page from the figures that there are."""
    figures = read("bench")
    parts = {
        "end_to_end": _end_to_end,
        "consumer": _consumer,
        "rooms": _rooms,
        "history": _history,
        "startup": _startup,
    }
    texts = [_stamped(show(figures[name]), figures[name]) for name, show in parts.items() if name in figures]
    PAGE.write_text("\n".join([_HEAD, *texts, _LIMITS]))
    return PAGE


def _stamped(text: str, figures: dict[str, Any]) -> str:
    """The part's text with when, on what and of what it was measured below its heading."""
    heading, rest = text.split("\n", 1)
    others = figures.get("others_percent")
    busy = "" if others is None else f"; other programs used {others:.0f} % of it when the run began"
    return f"{heading}\n*{figures['date'][:10]}, {figures['machine']}, commit `{figures['commit']}`{busy}.*\n\n{rest.lstrip()}"


def _end_to_end(found: dict[str, Any]) -> str:
    rows = [
        ("accepted and stored, readings/s", "accepted_readings_per_s", 0),
        ("accepted readings", "accepted", 0),
        ("lost", "lost", 0),
        ("counted twice", "duplicated", 0),
        ("POST p50, ms", "post_p50_ms", 0),
        ("POST p95, ms", "post_p95_ms", 0),
        ("POST p99, ms", "post_p99_ms", 0),
        ("GET p95, ms", "get_p95_ms", 0),
        ("reading to stored p50, s", "stored_after_p50_s", 2),
        ("reading to stored p95, s", "stored_after_p95_s", 2),
        ("reading to stored p99, s", "stored_after_p99_s", 2),
    ]
    runs = [found["sustained"], found["at_1000_per_s"]]
    head = ["", *(f"{run['asked_readings_per_s']:,.0f}/s for {run['seconds']:.0f} s" for run in runs)]
    text = f"""\
## End to end
{found["shape"]}; through the real door (`POST /v1/readings`, kept-open connections), the API gateway, Kinesis and Lambda of
the laptop cloud. Requests are sent when they are due, whatever the others do, and delays count from then. *Lost* and
*twice* are counted by identity (meter, instant): accepted by the door against rows in `readings`, and rows against the
readings that the roll-up counted. *Stored* is when the new state of one of 20 watched meters of each hostel was seen.

{_table(head, ([title, *(_number(run[key], digits) for run in runs)] for title, key, digits in rows))}
The highest rate at which the backlog stays bounded ({len(found["ramp"]["steps"])} steps of 20 s): \
**{found["ramp"]["maximum_readings_per_s"]:,} readings/s**.
"""
    alerts = found.get("alerts")
    if alerts:
        shares = (50, 95, 99)
        delays = [
            [title, *(_number(alerts[f"{key}_p{share}_s"], 2) for share in shares)]
            for title, key in (("alert in the browser", "reading_to_alert"), ("message sent", "reading_to_message"))
        ]
        text += f"""
From a faulty reading's POST, of {alerts["faults"]} faults thrown while 1,000 other readings a second arrive
({alerts["alerts_missing_live"]} missing in the browser, {alerts["alerts_missing_outbox"]} in the outbox):

{_table(["seconds until", "p50", "p95", "p99"], delays)}"""
    return text


def _consumer(found: dict[str, Any]) -> str:
    columns = [("rules alone", "rules"), ("with the model", "with_model"), ("COPY", "copy")]
    text = "## The consumer\n"
    for shape in found["shapes"]:
        rows = [
            ["readings/s, wall clock", *(_number(shape[key].get("readings_per_s")) for _, key in columns)],
            *(
                [title, *(_number(shape[key].get(name), digits) for _, key in columns)]
                for title, name, digits in (
                    ("readings/s per core of the consumer", "readings_per_cpu_s_of_consumer", 0),
                    ("consumer, µs a reading", "consumer_cpu_us_per_reading", 1),
                    ("PostgreSQL, µs a reading", "database_cpu_us_per_reading", 1),
                    ("endpoint, µs a reading", "endpoint_cpu_us_per_reading", 1),
                )
            ),
        ]
        text += f"""
{shape["shape"]}.

{_table(["", *(title for title, _ in columns)], rows)}
Storing and judging reaches **{100 * shape["share_of_copy"]:.0f} %** of the rate of the plain COPY (medians of batches, wall clock).
"""
    return (
        text
        + """
`score()` in one process against a PostgreSQL of its own (durable, binary COPY, `synchronous_commit` on); meters have three
weeks behind them; the endpoint is the real serving code in a process of its own. Processor times are those of the
processes. COPY puts the very rows that the rules' run stored into the emptied, partitioned table with its key: no state,
no roll-up, no verdict.
"""
    )


def _rooms(found: dict[str, Any]) -> str:
    rows = [
        [
            f"{int(rooms):,}",
            _number(figures["consumer_cpu_us_per_reading"], 1),
            _number(figures["database_cpu_us_per_reading"], 1),
            _number(figures["readings_per_s"]),
            "{:.2f} ({:.2f} to {:.2f})".format(figures["cost_ratio"], *figures["cost_ratio_quartiles"]),
        ]
        for rooms, figures in found["by_rooms"].items()
    ]
    head = ["rooms", "consumer, µs a reading", "PostgreSQL, µs a reading", "readings/s", "cost to the first"]
    return f"""\
## More rooms
{found["shape"]}. Each number
of rooms has a database of its own; they take their batches in turns. Cost is processor time of both sides to that of the
smallest number in the same turn: the median of the turns, and quartiles; wanted: {found["target_ratio"]}.

{_table(head, rows)}"""


def _history(found: dict[str, Any]) -> str:
    steps = found["by_rows"].items()
    cost = [
        [
            f"{int(stored):,}",
            _number(figures["database_gb"], 1),
            _number(figures["consumer_cpu_us_per_reading"], 1),
            _number(figures["database_cpu_us_per_reading"], 1),
            f"{figures['cost_ratio']:.2f}",
        ]
        for stored, figures in steps
    ]
    asked = [
        [name.replace("_", " ")]
        + [
            f"{answer['p50_ms']:.1f}, {answer['p95_ms']:.1f}, {answer['cpu_ms']:.1f}"
            f" ({answer['p95_ratio']:.2f}, {answer['cpu_ratio']:.2f})"
            for answer in (figures["answers"][name] for _, figures in steps)
        ]
        for name in next(iter(found["by_rows"].values()))["answers"]
    ]
    head = ["stored readings", "GB", "consumer, µs a reading", "PostgreSQL, µs a reading", "cost to the first"]
    return f"""\
## More history
{found["shape"]}. Each
size has a database of its own; they are read and asked in turns, each question with an answer of the same length in all.

{_table(head, cost)}
The API's own queries, in process, each asked {found["asked"]} times for other rooms: p50, p95 and processor time of both
sides, in ms; in brackets the ratios of p95 (wanted: up to {found["target_p95_ratio"]}) and of processor time to the first.

{_table(["", *(f"{int(stored):,}" for stored, _ in steps)], asked)}"""


def _startup(found: dict[str, Any]) -> str:
    rows = [
        [
            name,
            *(_number(figures.get(key)) for key in ("import_ms", "adapters_ms", "both_ms", "cpu_ms", "uncompiled_ms")),
            _number(figures.get("zip_kb"), 1),
            ", ".join(f"{package} {ms}" for package, ms in list(figures.get("heaviest_imports_ms", {}).items())[:3])
            or figures["error"],
        ]
        for name, figures in found["functions"].items()
    ]
    layers = ", ".join(f"{name} {layer['unpacked_mb']} MB" for name, layer in found["layers"].items())
    head = [
        "function",
        "import, ms",
        "adapters, ms",
        "both, ms",
        "processor, ms",
        "import without byte code, ms",
        "zip, kB",
        "heaviest",
    ]
    return f"""\
## Start-up
Each handler in a fresh interpreter, then the adapters that its first event makes (clients and engine; no connection);
medians of {found["runs"]}, all functions in turns. Wanted of the import, which is Lambda's init: under {found["target_init_ms"]} ms; the slowest takes
{found["slowest_import_ms"]}, with the adapters {found["slowest_both_ms"]}. In the same run {", ".join(found["libraries"])} take {found["libraries_ms"]} ms to import by themselves, without a line of ours.
*Heaviest* is what packages add by themselves, from `python -X importtime`. Layers, unpacked: {layers}.

{_table(head, rows)}"""


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _number(value: float | None, digits: int = 0) -> str:
    return "" if value is None else f"{value:,.{digits}f}"
