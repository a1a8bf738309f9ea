"""The messages that wait for each person (`ports.notifications.NotificationQueue`)."""

from collections.abc import Callable, Sequence

from sqlalchemy import Engine, func, select, text, update

from wattwarden.adapters.postgres.base.engine import transaction
from wattwarden.adapters.postgres.base.tables import notifications
from wattwarden.contracts.events import Message
from wattwarden.domain.alerts import Channel, MessageState
from wattwarden.domain.errors import InvalidError
from wattwarden.ports.notifications import NotificationQueue

# A sender that was frozen with the lock held must not keep the person waiting.
_LOCK = text("""
SELECT pg_advisory_xact_lock(hashtextextended('messages to ' || CAST(:user_id AS text), 0)),
    set_config('idle_in_transaction_session_timeout', '15s', true)
""")


class PostgresNotifications(NotificationQueue):
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def people(self) -> Sequence[int]:
        query = (
            select(notifications.c.user_id)
            .where(notifications.c.state == MessageState.QUEUED)
            .group_by(notifications.c.user_id)
            .order_by(func.min(notifications.c.queued_at))
        )
        with transaction(self._engine) as connection:
            return list(connection.scalars(query))

    def send_next(self, user_id: int, send: Callable[[Message], str]) -> MessageState | None:
        """As the port says. The lock, the sending and the record are one transaction per message.

        Whoever dies between the notifier's answer and the commit leaves a message that is sent again: that moment is
        the only one in which a message can leave twice.
        """
        oldest = (
            select(notifications)
            .where(notifications.c.user_id == user_id, notifications.c.state == MessageState.QUEUED)
            .order_by(notifications.c.queued_at, notifications.c.id)
            .limit(1)
        )
        with transaction(self._engine) as connection:
            connection.execute(_LOCK, {"user_id": user_id})
            row = connection.execute(oldest).one_or_none()
            if row is None:
                return None
            message = Message(
                notification_id=row.id,
                user_id=row.user_id,
                channel=Channel(row.channel),
                severity=row.severity,
                subject=row.subject,
                body=row.message,
            )
            state = MessageState.SENT
            try:
                outcome = {"provider_id": send(message), "sent_at": func.clock_timestamp()}
            except InvalidError as error:
                state, outcome = MessageState.FAILED, {"error": str(error)}
            changed = update(notifications).where(notifications.c.id == row.id).values(state=state, **outcome)
            connection.execute(changed)
        return state
