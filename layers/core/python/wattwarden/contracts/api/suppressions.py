"""What people need not hear of, tried on the last month before it counts."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, model_validator

from wattwarden.contracts.fields import Contract
from wattwarden.domain.alerts import Verdict
from wattwarden.domain.anomalies import Kind, Severity


class SuppressionIn(Contract):
    """What the people of a hostel need not hear of: in a room or everywhere, of one kind or every kind.

    The closest one counts alone. What is critical passes limits; only muting hides it.
    """

    room_id: int | None = None
    kind: Kind | None = None
    minimum_confidence: Annotated[float, Field(ge=0, le=1)] | None = None
    minimum_excess_kw: Annotated[float, Field(ge=0, le=1_000)] | None = None
    """Peak against expected; only high consumption is held against it."""
    muted: bool = False

    @model_validator(mode="after")
    def _says_something(self) -> "SuppressionIn":
        if not self.muted and self.minimum_confidence is None and self.minimum_excess_kw is None:
            raise ValueError("set a minimum, or mute it")
        return self


class SuppressionSet(Contract):
    """All of a hostel's suppression rules."""

    suppressions: Annotated[list[SuppressionIn], Field(max_length=500)]

    @model_validator(mode="after")
    def _one_for_each_place(self) -> "SuppressionSet":
        places = [(one.room_id, one.kind) for one in self.suppressions]
        if len(set(places)) < len(places):
            raise ValueError("there may be one suppression rule for a room and kind")
        return self


class SuppressionOut(Contract):
    suppression_id: int
    room_id: int | None
    room: str | None
    kind: Kind | None
    minimum_confidence: float | None
    minimum_excess_kw: float | None
    muted: bool
    set_by: str
    set_at: datetime


class SuppressionList(Contract):
    suppressions: list[SuppressionOut]


class HiddenAlert(Contract):
    """An alert that suppression rules would have kept from people."""

    alert_id: UUID
    title: str
    room: str
    kind: Kind
    severity: Severity
    started_at: datetime
    excess_kw: float | None
    """Null: unknown."""
    confidence: float
    verdict: Verdict | None


class SuppressionEffect(Contract):
    """What suppression rules would have done over the last days."""

    days: int
    alerts: int
    hidden: int
    missed: int
    """Of the hidden ones, those that people call real."""
    revealed: int
    """Incidents that the rules so far kept from people and these would not."""
    hidden_alerts: list[HiddenAlert]
