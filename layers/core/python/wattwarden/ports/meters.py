"""What people do to meters: recorded, audited, and followed by a replay of what the meter said since."""

from datetime import datetime
from typing import Protocol

from wattwarden.contracts.api.meters import MeterChangeIn, MeterOut
from wattwarden.domain.people import Principal
from wattwarden.domain.policy import Scope


class MeterAdmin(Protocol):
    """Each call is one transaction."""

    def save_change(self, scope: Scope, meter_id: int, change: MeterChangeIn, by: Principal) -> None:
        """Record a change, in the place of one at the same instant, and mark the meter for a replay from there.

        Raises:
            InvalidError: the meter reports the energy of intervals, to which a register's changes mean nothing.
            NotFoundError: there is no such meter in the scope.
        """

    def delete_change(self, scope: Scope, meter_id: int, at: datetime, by: Principal) -> None:
        """Take back a change and mark the meter for a replay from there.

        Raises:
            NotFoundError: there is no such meter in the scope, or no change of it at that instant.
        """

    def remove(self, scope: Scope, meter_id: int, at: datetime, by: Principal) -> MeterOut:
        """Take a meter out of service; what it said is kept.

        Raises:
            NotFoundError: there is no such meter in the scope.
        """
