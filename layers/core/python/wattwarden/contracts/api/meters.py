"""Meters: their faults, and what somebody did to them."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, model_validator

from wattwarden.contracts.fields import Contract, Instant, Measure, RegisterKwh
from wattwarden.domain.data_health import FaultKind

ChangeKind = Literal["replaced", "ratio"]


class FaultCounts(Contract):
    """Meters with a fault, by its kind."""

    silent: int
    stuck: int
    clock_wrong: int
    implausible: int
    contradicting: int
    """They told a total that its parts contradict."""
    replay_failing: int
    """What follows from their corrected readings could not be worked out."""


class FaultOut(Contract):
    """A meter with a fault, or a block or hostel whose meters fell silent together."""

    scope: Literal["meter", "block", "hostel"]
    kind: Literal[
        FaultKind.SILENT,
        FaultKind.STUCK,
        FaultKind.CLOCK_WRONG,
        FaultKind.IMPLAUSIBLE,
        FaultKind.CONTRADICTING,
        FaultKind.REPLAY_FAILING,
    ]
    hostel_id: int
    hostel: str
    block: str | None
    room_id: int | None
    room: str | None
    meter_id: int | None
    meter: str | None
    meters: int
    """How many meters the row stands for."""
    since: datetime
    last_at: datetime
    """When the fault showed last; for what lasts, now."""
    n: int
    """How often it showed; for what lasts, 1 per meter."""
    detail: str


class DataHealth(Contract):
    """Faults of meters, those of most meters first, then the youngest."""

    faults: list[FaultOut]
    counts: FaultCounts


class MeterOut(Contract):
    meter_id: int
    room_id: int
    serial: str
    measures: Literal["interval", "register"]
    interval_minutes: float
    register_digits: int | None
    removed_at: datetime | None


class MeterList(Contract):
    meters: list[MeterOut]


class MeterChangeIn(Contract):
    """What somebody did to a register meter at an instant; `replaced` needs what is known of both registers.

    What the old register showed last and the new one first may be left out when nobody read it: that energy is then
    unknown, and not made up.
    """

    at: Instant
    kind: ChangeKind
    register_before: RegisterKwh | None = None
    register_after: RegisterKwh | None = None
    multiplier: Annotated[Measure, Field(gt=0, le=100_000)] | None = None
    """kWh per unit of the register from then on; the one so far when left out."""

    @model_validator(mode="after")
    def _ratio_has_a_multiplier(self) -> "MeterChangeIn":
        if self.kind == "ratio" and self.multiplier is None:
            raise ValueError("a change of ratio needs its new multiplier")
        return self


class MeterChangeOut(Contract):
    at: datetime
    kind: ChangeKind
    register_before: float | None
    register_after: float | None
    multiplier: float


class MeterChangeList(Contract):
    """In order of time."""

    meter_id: int
    changes: list[MeterChangeOut]


class RemovalRequest(Contract):
    at: Instant
