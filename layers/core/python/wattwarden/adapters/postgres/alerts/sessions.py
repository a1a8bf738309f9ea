"""Live sessions: tickets and connections."""

from datetime import datetime

from sqlalchemy import Engine, delete, insert, update
from sqlalchemy.dialects.postgresql import insert as upsert

from wattwarden.adapters.postgres.base.engine import transaction
from wattwarden.adapters.postgres.base.tables import live_connections, live_tickets
from wattwarden.ports.live import LiveSessions


class PostgresSessions(LiveSessions):
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def save_ticket(self, token_hash: str, user_id: int, expires_at: datetime) -> None:
        with transaction(self._engine) as connection:
            connection.execute(
                insert(live_tickets).values(token_hash=token_hash, user_id=user_id, expires_at=expires_at)
            )

    def redeem(self, token_hash: str, connection_id: str, now: datetime) -> bool:
        with transaction(self._engine) as connection:
            owner = connection.scalar(
                update(live_tickets)
                .where(
                    live_tickets.c.token_hash == token_hash,
                    live_tickets.c.used_at.is_(None),
                    live_tickets.c.expires_at > now,
                )
                .values(used_at=now)
                .returning(live_tickets.c.user_id)
            )
            connection.execute(delete(live_tickets).where(live_tickets.c.expires_at < now))
            if owner is None:
                return False
            row = upsert(live_connections).values(connection_id=connection_id, user_id=owner, connected_at=now)
            connection.execute(
                row.on_conflict_do_update(
                    index_elements=["connection_id"], set_={"user_id": owner, "connected_at": now}
                )
            )
        return True

    def forget(self, connection_id: str) -> None:
        with transaction(self._engine) as connection:
            connection.execute(delete(live_connections).where(live_connections.c.connection_id == connection_id))
