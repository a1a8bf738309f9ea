"""Messages to people: a queue for each person, and what takes them away."""

from collections.abc import Callable, Sequence
from typing import Protocol

from wattwarden.contracts.events import Message
from wattwarden.domain.alerts import MessageState


class Notifier(Protocol):
    def send(self, message: Message) -> str:
        """Send one message; the answer is the provider's id of it.

        Raises:
            InvalidError: it will never be taken.
            UnavailableError: it was not taken, or nobody knows whether it was.
        """


class NotificationQueue(Protocol):
    def people(self) -> Sequence[int]:
        """Ids of those with messages waiting, who waits longest first."""

    def send_next(self, user_id: int, send: Callable[[Message], str]) -> MessageState | None:
        """Send the person's oldest waiting message and record what became of it: sent or failed; None: none waits.

        Nobody else sends to this person meanwhile. One that `send` calls invalid is recorded as failed.

        Raises:
            UnavailableError: the notifier or the database is away; the message waits on.
        """
