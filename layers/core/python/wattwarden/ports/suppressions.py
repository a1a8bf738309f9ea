"""What setting suppression rules, and trying them out, needs from storage."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from wattwarden.contracts.api.suppressions import SuppressionOut
from wattwarden.contracts.events import IncidentsOpened
from wattwarden.domain.alerts import ToldAlert
from wattwarden.domain.anomalies import Incident
from wattwarden.domain.people import Principal
from wattwarden.domain.policy import Scope
from wattwarden.domain.suppressions import SuppressionRule


class SuppressionStore(Protocol):
    def in_force(self, scope: Scope, hostel_id: int) -> list[SuppressionOut]:
        """The hostel's suppression rules, those of the whole hostel first.

        Raises:
            NotFoundError: there is no such hostel in the scope.
        """

    def replace(self, hostel_id: int, suppressions: Sequence[SuppressionRule], by: Principal, at: datetime) -> None:
        """Have these count from now on and no others; audited. What stays the same keeps its id.

        Raises:
            ConflictError: somebody else changed them at the same moment; nothing was changed.
            InvalidError: a room is not of this hostel.
        """

    def told(self, hostel_id: int, since: datetime) -> list[ToldAlert]:
        """Alerts raised since then, youngest first."""

    def untold(self, hostel_id: int, since: datetime) -> list[Incident]:
        """Incidents that began since then and that a suppression rule kept from people."""


class SuppressedStore(Protocol):
    def suppressed(self, since: datetime) -> list[tuple[Incident, Sequence[SuppressionRule]]]:
        """Incidents kept from people that had a reading since then, each with its hostel's rules of now."""

    def release(self, events: Sequence[IncidentsOpened]) -> None:
        """Put the events into the outbox; those that are there already stay as they are."""
