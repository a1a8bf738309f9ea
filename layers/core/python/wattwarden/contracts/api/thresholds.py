"""What people need not hear of, tried on the last month before it counts."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, model_validator

from wattwarden.contracts.fields import Contract
from wattwarden.domain.alerts import Verdict
from wattwarden.domain.anomalies import Kind, Severity


class ThresholdIn(Contract):
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
    def _says_something(self) -> "ThresholdIn":
        if not self.muted and self.minimum_confidence is None and self.minimum_excess_kw is None:
            raise ValueError("set a minimum, or mute it")
        return self


class ThresholdSet(Contract):
    """All of a hostel's thresholds."""

    thresholds: Annotated[list[ThresholdIn], Field(max_length=500)]

    @model_validator(mode="after")
    def _one_for_each_place(self) -> "ThresholdSet":
        places = [(one.room_id, one.kind) for one in self.thresholds]
        if len(set(places)) < len(places):
            raise ValueError("there may be one threshold for a room and kind")
        return self


class ThresholdOut(Contract):
    threshold_id: int
    room_id: int | None
    room: str | None
    kind: Kind | None
    minimum_confidence: float | None
    minimum_excess_kw: float | None
    muted: bool
    set_by: str
    set_at: datetime


class ThresholdList(Contract):
    thresholds: list[ThresholdOut]


class HiddenAlert(Contract):
    """An alert that thresholds would have kept from people."""

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


class ThresholdEffect(Contract):
    """What thresholds would have done over the last days."""

    days: int
    alerts: int
    hidden: int
    missed: int
    """Of the hidden ones, those that people call real."""
    revealed: int
    """Incidents that the thresholds so far kept from people and these would not."""
    hidden_alerts: list[HiddenAlert]
