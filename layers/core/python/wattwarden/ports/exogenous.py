"""What was known of rooms and hostels beside their meters."""

from collections.abc import Sequence
from typing import Protocol

from wattwarden.domain.exogenous import Exogenous


class ExogenousSource(Protocol):
    def exogenous(self, room_ids: Sequence[int], hostel_ids: Sequence[int], start: float, end: float) -> Exogenous:
        """Occupancy and weather that hold anywhere in [start, end], at most a day older than start."""
