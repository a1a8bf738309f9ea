"""What must leave the database, and what still has to."""

from collections.abc import Sequence
from typing import Protocol

from wattwarden.contracts.events import IncidentsOpened


class Outbox(Protocol):
    def mark_published(self, outbox_ids: Sequence[str]) -> None: ...

    def unpublished(self, older_than_s: float, limit: int) -> list[IncidentsOpened]:
        """Outbox rows a crash left behind, oldest first."""
