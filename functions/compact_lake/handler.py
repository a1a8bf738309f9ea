"""Every night: the lake's small files merged, the registry and what changed written; see `usecases/lake/compact.py`."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, Protocol

from wattwarden.runtime.observe import count, logger, metrics
from wattwarden.runtime.wiring import wiring
from wattwarden.usecases.lake.compact import compact

wiring.prepare("lake", "lake_source")


class Context(Protocol):
    def get_remaining_time_in_millis(self) -> int: ...


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: Context) -> dict[str, Any]:
    def seconds_left() -> float:
        return context.get_remaining_time_in_millis() / 1000

    done = asdict(compact(datetime.now(UTC), wiring.lake, wiring.lake_source, seconds_left))
    count("LakeFilesUnreadable", len(done["unreadable"]))
    if done["unreadable"]:
        logger.warning("files that cannot be read were set aside", extra={"keys": done["unreadable"]})
    logger.info("compacted" if done["finished"] else "compacted in part; the next run goes on", extra=done)
    return done
