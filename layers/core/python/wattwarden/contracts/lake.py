"""The data lake's tables and where their files lie. The CDK app reads the same list, which Athena then knows."""

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path

TABLES: Mapping[str, Mapping[str, str]] = json.loads(Path(__file__).with_name("lake_tables.json").read_text())
"""By table, its columns and their types as Athena spells them; times are UTC, to the microsecond."""

RAW = ("readings", "occupancy", "weather", "refused")
"""Kinds of facts, as they came from the streams. A row is named by shard, record_id and item (its place in the
record): rows alike in all columns are one row that was archived twice."""

REGISTRY = tuple(table.removeprefix("registry/") for table in TABLES if table.startswith("registry/"))

UNDECODABLE = "raw/undecodable"
"""What is no micro-batch, as JSON lines: record_id, shard, arrived_at, detail, data_hex."""


UNREADABLE = "raw/unreadable"
"""Files that hold no rows, each under what follows `raw/` in its key, with a note beside it."""


def folder(table: str, day: date) -> str:
    return f"{table}/dt={day.isoformat()}/"


def registry_key(name: str, day: date) -> str:
    return f"{folder('raw/registry', day)}{name}.parquet"


def day_of(key: str) -> date | None:
    """The day whose folder a key lies in; None when it lies in none, or in one of no day."""
    part = next((part for part in key.split("/") if part.startswith("dt=")), None)
    try:
        return None if part is None else date.fromisoformat(part.removeprefix("dt="))
    except ValueError:
        return None
