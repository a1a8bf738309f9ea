"""What must leave the database, and what still has to."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from wattwarden.contracts.events import IncidentsOpened


class Outbox(Protocol):
    def mark_published(self, outbox_ids: Sequence[str]) -> None: ...

    def unpublished(self, older_than_s: float, limit: int) -> list[IncidentsOpened]:
        """Outbox rows a crash left behind, oldest first."""


class LostIncidents(Protocol):
    def unheld(self, since: datetime, until: datetime, quiet_since: datetime, limit: int) -> list[tuple[int, UUID]]:
        """(hostel, incident) that opened from `since` to before `until` and that no alert holds and no rule hides.

        Not those that wait to be published, nor those told again after `quiet_since`. Each hostel's oldest first;
        hostels take turns, so that one whose alerts cannot be raised leaves room for the others.
        """

    def tell_again(self, events: Sequence[IncidentsOpened]) -> None:
        """Put the events into the outbox; those that are there already stay as they are."""
