"""Row 43: lives of meters as no one would think them up, through the use cases on a database of its own."""

import json
import os
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context

from verify.trust.lives import LIVES, clean_pass, storm, story
from verify.trust.passes import Outcome, database, differences, through
from verify.trust.report import Findings, Form, Row
from verify.trust.system import System

_LIVES = {Form.SHORT: 40, Form.DEFAULT: 400, Form.FULL: 2_000}


def random_lives(system: System, form: Form, findings: Findings) -> None:
    hostels, workers = _LIVES[form] // LIVES, os.cpu_count() or 1
    sums: Counter[str] = Counter()
    qualities: Counter[str] = Counter()
    differing: list[int] = []
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        for part in pool.map(_live, (range(first, hostels, workers) for first in range(workers))):
            sums.update(part.sums)
            qualities.update(part.qualities)
            differing += part.differing
    for seed in differing:
        system.say(f'`make trust ARGS="lives --seed {seed}"` shows what is wrong')
    findings.figures |= {name: sums[name] for name in _NAMES}
    findings.figures["qualities"] = dict(qualities.most_common())
    findings.figures["seeds_to_look_at"] = ", ".join(map(str, sorted(differing))) or "none"
    findings.claims["no record is set aside"] = not sums["set_aside"]
    findings.claims["no replay fails, none is left to be done"] = not sums["failing_replays"]
    findings.claims["the rows of all tables are those of one clean pass in order"] = not differing
    findings.claims["there were anomalies and incidents to agree on"] = sums["anomalies"] > 0 and sums["incidents"] > 0


@dataclass(slots=True)
class _Part:
    """What some of the hostels came to."""

    sums: Counter[str] = field(default_factory=Counter)
    qualities: Counter[str] = field(default_factory=Counter)
    differing: list[int] = field(default_factory=list)


def _live(seeds: range) -> _Part:
    """The hostels of these seeds, on a database of its own: a process each, as folding is Python's work."""
    part = _Part()
    with database() as engine:
        for seed in seeds:
            told = story(seed)
            clean = through(engine, told, clean_pass(told.facts), f"clean-{seed}")
            stormy = through(engine, told, storm(seed, told.facts), f"storm-{seed}")
            found = differences(clean, stormy)
            part.sums.update(_counted(clean))
            part.sums.update(lives=len(told.rooms), facts_told=len(told.facts))
            for outcome in (clean, stormy):
                part.sums["set_aside"] += len(outcome.set_aside)
                part.sums["failing_replays"] += len(outcome.failed_replays) + outcome.marked
            part.sums["rows_different"] += sum(max(map(len, rows)) for rows in found.values())
            part.qualities.update(json.loads(row)["quality"] for row in clean.rows["readings"])
            if found or not (clean.is_sound and stormy.is_sound):
                part.differing.append(seed)
    return part


_NAMES = (
    *("lives", "facts_told", "readings", "anomalies", "incidents", "undervoltage_anomalies_without_energy"),
    *("set_aside", "failing_replays", "rows_compared", "rows_different"),
)


def _counted(clean: Outcome) -> dict[str, int]:
    anomalies = [json.loads(row) for row in clean.rows["anomalies"]]
    return {
        "readings": len(clean.rows["readings"]),
        "anomalies": len(anomalies),
        "incidents": len(clean.rows["incidents"]),
        "undervoltage_anomalies_without_energy": sum(
            row["kind"] == "undervoltage" and row["actual_kwh"] is None for row in anomalies
        ),
        "rows_compared": sum(len(clean.rows[table]) for table in clean.rows),
    }


ROWS = (
    Row(
        43,
        "2,000 random lives of meters",
        "0 records set aside, 0 failing replays, rows identical",
        """Lives are drawn from seeds: meters of every interval and measure that fall, roll over, step back, are
        replaced, change their ratio, send error codes, lose their voltage, send power factors of any sign, are
        corrected, repeat themselves, and arrive late, in lumps or shuffled, while people count heads and note
        changes weeks after the fact. Each hostel of 20 goes through the use cases on a PostgreSQL of its own
        twice: in the order of event time, and in batches as they arrived, some twice, with replays in between.
        Every row of readings, versions, roll-ups, states, anomalies and incidents is compared.
        `make trust ARGS="lives --seed N --shrink"` looks for the fewest facts of hostel N that still differ.""",
        "`tests/integration/test_lives.py`",
        random_lives,
    ),
)
