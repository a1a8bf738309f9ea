"""Field types shared by the contracts: what a value may be, said once."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
"""A clock before this was never set (1970), so the reading's energy cannot be placed in time."""


def _not_before_2000(value: datetime) -> datetime:
    if value < EARLIEST:
        raise ValueError("timestamp is before 2000-01-01; the meter's clock was never set")
    return value.astimezone(UTC)


class Contract(BaseModel):
    """Base of every HTTP body and event: unknown fields are an error, values are immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


Timestamp = Annotated[AwareDatetime, AfterValidator(_not_before_2000)]
Serial = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:\-]*$")]
RoomName = Annotated[str, StringConstraints(min_length=1, max_length=64, strip_whitespace=True)]
Kwh = Annotated[float, Field(ge=0, le=99_999)]
RegisterKwh = Annotated[float, Field(ge=0, lt=1e10)]
