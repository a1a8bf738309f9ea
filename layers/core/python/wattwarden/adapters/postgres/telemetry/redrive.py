"""Quarantined items that are sent again (`ports.redrive.RedriveStore`)."""

from collections.abc import Callable, Collection, Sequence

from sqlalchemy import Engine, func, select, update

from wattwarden.adapters.postgres.base.auditing import audit
from wattwarden.adapters.postgres.base.engine import transaction
from wattwarden.adapters.postgres.base.scoped import quarantined
from wattwarden.adapters.postgres.base.tables import quarantine
from wattwarden.domain.errors import NotFoundError
from wattwarden.domain.people import Principal
from wattwarden.domain.policy import Scope
from wattwarden.ports.redrive import RedriveCounts, RedriveStore, WaitingItem


class PostgresRedrives(RedriveStore):
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def redrive(
        self,
        scope: Scope,
        by: Principal,
        send: Callable[[Sequence[WaitingItem]], Collection[int]],
        *,
        quarantine_id: int | None = None,
        reason: str | None = None,
        limit: int,
    ) -> RedriveCounts:
        chosen = quarantined(scope)
        if quarantine_id is not None:
            chosen &= quarantine.c.id == quarantine_id
        if reason is not None:
            chosen &= quarantine.c.reason == reason
        query = select(*(quarantine.c[name] for name in ("id", "source", "reason", "payload"))).where(chosen)
        oldest = query.order_by(quarantine.c.first_seen, quarantine.c.id).limit(limit)
        with transaction(self._engine) as connection:
            rows = connection.execute(oldest.with_for_update(skip_locked=True))
            items = [WaitingItem(row.id, row.source, row.reason, row.payload) for row in rows]
            if not items and quarantine_id is not None:
                raise NotFoundError(f"no quarantined item {quarantine_id} waits")
            sent = sorted(send(items))
            connection.execute(update(quarantine).where(quarantine.c.id.in_(sent)).values(redriven_at=func.now()))
            still = connection.scalar(select(func.count()).select_from(quarantine).where(chosen)) or 0
            target = f"quarantine:{quarantine_id or reason}"
            audit(connection, by, None, "redrive", target, {"sent": len(sent), "left": len(items) - len(sent)})
        return RedriveCounts(len(sent), len(items) - len(sent), still)
