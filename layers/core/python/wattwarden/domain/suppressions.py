"""What the people of a hostel need not hear of."""

from collections.abc import Sequence
from dataclasses import dataclass

from wattwarden.domain.anomalies import AnomalyType, Incident, Kind, Severity


@dataclass(frozen=True, slots=True)
class SuppressionRule:
    """A rule for a room or (None) the whole hostel, for one kind of incident or (None) every kind."""

    room_id: int | None = None
    kind: Kind | None = None
    minimum_confidence: float | None = None
    """0..1; an incident that the detector is less sure of is not told."""
    minimum_excess_kw: float | None = None
    """Peak against expected; an unknown one hides nothing. Only for high consumption: other types have no excess."""
    muted: bool = False
    suppression_id: int | None = None

    @property
    def place(self) -> tuple[int | None, Kind | None]:
        return self.room_id, self.kind

    def hides(self, incident: Incident) -> bool:
        """Whether the rule, where it is the one that counts, keeps the incident from people.

        What is critical passes every limit; only muting its kind hides it.
        """
        if self.muted:
            return True
        if incident.severity is Severity.CRITICAL:
            return False
        if self.minimum_confidence is not None and incident.confidence < self.minimum_confidence:
            return True
        if self.minimum_excess_kw is None or incident.kind.type is not AnomalyType.HIGH_CONSUMPTION:
            return False
        excess = excess_kw(incident)
        return excess is not None and excess < self.minimum_excess_kw


def excess_kw(incident: Incident) -> float | None:
    """Peak against expected; None where no reading's energy is known."""
    return None if incident.peak_kw is None else incident.peak_kw - incident.expected_kw


def suppressing(incident: Incident, suppressions: Sequence[SuppressionRule]) -> SuppressionRule | None:
    """The rule that keeps the incident from people; None: they hear of it.

    The closest rule counts alone: for its room and kind, then its room, then its kind in the hostel, then the hostel.
    """
    mine = [t for t in suppressions if t.room_id in (None, incident.room_id) and t.kind in (None, incident.kind)]
    if not mine:
        return None
    closest = max(mine, key=lambda t: (t.room_id is not None, t.kind is not None))
    return closest if closest.hides(incident) else None
