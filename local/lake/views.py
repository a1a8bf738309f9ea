"""The lake's tables in DuckDB: what Athena knows by the same names, and the registry's last snapshot."""

from collections.abc import Mapping
from pathlib import Path

import duckdb

from wattwarden.contracts.lake import REGISTRY, TABLES


def connect(folder: Path) -> duckdb.DuckDBPyConnection:
    """A database in memory with a view for each table. Raw rows that were archived twice are seen once."""
    database = duckdb.connect()
    database.execute("SET TimeZone = 'UTC'")
    for table, columns in TABLES.items():
        if table.startswith("registry/"):
            continue
        once = "DISTINCT" if table.startswith("raw/") else ""
        _view(database, name_of(table), f"SELECT {once} *", folder / table, columns, "**/*.parquet")
    for name in REGISTRY:
        days = sorted(folder.glob(f"raw/registry/dt=*/{name}.parquet"))
        place = days[-1].parent if days else folder / "raw/registry"
        _view(database, name, "SELECT * EXCLUDE (dt)", place, TABLES[f"registry/{name}"], f"{name}.parquet")
    return database


def name_of(table: str) -> str:
    """As Athena calls it: raw_readings, readings_hourly."""
    return table.removeprefix("processed/").replace("/", "_")


def _view(
    database: duckdb.DuckDBPyConnection, name: str, select: str, place: Path, columns: Mapping[str, str], pattern: str
) -> None:
    if any(place.glob(pattern)):
        files = f"read_parquet('{place / pattern}', hive_partitioning = true, union_by_name = true)"
    else:
        nothing = [f"CAST(NULL AS {_TYPES.get(kind, kind)}) AS {column}" for column, kind in columns.items()]
        files = f"(SELECT {', '.join(nothing)}, CAST(NULL AS date) AS dt WHERE false)"
    database.execute(f"CREATE VIEW {name} AS {select} FROM {files}")


_TYPES = {"timestamp": "timestamptz", "string": "varchar"}
