"""Field types shared by the contracts: what a value may be, said once."""

import re
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from wattwarden.domain.registers import MOST_REGISTER

_EARLIEST_YEAR, _LATEST_YEAR = 2000, 2199

_ISO_8601 = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}")


def _written_as_iso(value: object) -> object:
    """Refuse epoch numbers, which pydantic would take: whether they count seconds or milliseconds is a guess."""
    if isinstance(value, datetime) or (isinstance(value, str) and _ISO_8601.match(value)):
        return value
    raise ValueError("write the timestamp as ISO 8601 with its offset, such as 2026-01-31T14:00:00+05:30")


def _of_this_age(value: datetime) -> datetime:
    if not _EARLIEST_YEAR <= value.year <= _LATEST_YEAR:
        raise ValueError(f"the year must lie between {_EARLIEST_YEAR} and {_LATEST_YEAR}")
    return value.astimezone(UTC)


class Contract(BaseModel):
    """Base of every HTTP body and event: unknown fields are an error, values are immutable."""

    # Built on first use: a function starts without the validators of bodies that it never meets.
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, defer_build=True)


Timestamp = Annotated[AwareDatetime, BeforeValidator(_written_as_iso)]
"""An instant of any year: whether a clock can have meant it is the door's to judge."""
Instant = Annotated[Timestamp, AfterValidator(_of_this_age)]
"""An instant that a person names, in UTC."""
Serial = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:\-]*$")]
RoomName = Annotated[str, StringConstraints(min_length=1, max_length=64, strip_whitespace=True)]
Measure = Annotated[float, Field(strict=True)]
"""A number that was sent as a number: neither true nor "1.5" passes."""
Kwh = Annotated[Measure, Field(ge=0, le=99_999)]
RegisterKwh = Annotated[Measure, Field(ge=0, le=MOST_REGISTER)]
