"""Every night: the lake's small files merged, the registry and what changed written; see `usecases/lake/compact.py`."""

from dataclasses import asdict
from datetime import UTC, datetime
from functools import cache
from typing import Any, Protocol

from wattwarden.adapters.lake import S3Lake
from wattwarden.adapters.postgres.telemetry.lake_exports import PostgresLakeSource
from wattwarden.runtime.database import database
from wattwarden.runtime.env import Env, load
from wattwarden.runtime.observe import logger
from wattwarden.usecases.lake.compact import compact


class CompactEnv(Env):
    database_secret: str
    lake_bucket: str


class Context(Protocol):
    def get_remaining_time_in_millis(self) -> int: ...


@cache
def _lake() -> S3Lake:
    return S3Lake(load(CompactEnv).lake_bucket)


@cache
def _source() -> PostgresLakeSource:
    return PostgresLakeSource(database(load(CompactEnv).database_secret))


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Context) -> dict[str, Any]:
    def seconds_left() -> float:
        return context.get_remaining_time_in_millis() / 1000

    done = asdict(compact(datetime.now(UTC), _lake(), _source(), seconds_left))
    logger.info("compacted" if done["finished"] else "compacted in part; the next run goes on", extra=done)
    return done
