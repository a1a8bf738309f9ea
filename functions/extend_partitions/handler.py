"""Every day: partitions for the readings of the months to come, and nothing of what is no longer kept."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from wattwarden.adapters.postgres.base.retention import Kept, remove_old
from wattwarden.adapters.postgres.migrations.migrate import drop_partitions, ensure_partitions
from wattwarden.runtime.observe import logger
from wattwarden.runtime.wiring import wiring

wiring.prepare("database")


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Each step on its own, so that none waits for another to be repaired.

    Raises:
        ExceptionGroup: what failed, at the end, for the alarm to see.
    """
    now, database, settings = datetime.now(UTC), wiring.database, wiring.settings
    failed: list[Exception] = []

    def attempt(name: str, step: Callable[[], int]) -> int:
        try:
            return step()
        except Exception as error:  # noqa: BLE001 - the other steps run whatever this one did
            logger.exception("a step failed", extra={"step": name})
            failed.append(error)
            return 0

    months = settings.readings_kept_months
    done: dict[str, Any] = {
        "made": attempt("made", lambda: ensure_partitions(database, now)),
        "dropped": attempt("dropped", lambda: drop_partitions(database, now, months)) if months else 0,
        "removed": {
            name: attempt(name, lambda name=name, days=days: remove_old(database, Kept(name), now, days))  # type: ignore[misc]
            for name, days in settings.kept_days.items()
        },
    }
    logger.info("partitions extended", extra=done)
    if failed:
        raise ExceptionGroup("not all could be kept in order", failed)
    return done
