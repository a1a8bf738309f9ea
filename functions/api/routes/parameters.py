"""What several routes share: their path and query parameters."""

from datetime import UTC, datetime
from typing import Annotated

from aws_lambda_powertools.event_handler.api_gateway import Router
from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from pydantic import AfterValidator, AwareDatetime

_LARGEST_ID = 2**53 - 1  # what a browser's numbers hold exactly
_YEARS = range(2000, 2200)


def _within_reason(value: datetime) -> datetime:
    if value.year not in _YEARS:
        raise ValueError(f"the year must lie between {_YEARS.start} and {_YEARS.stop - 1}")
    return value.astimezone(UTC)


Instant = Annotated[AwareDatetime, AfterValidator(_within_reason)]

HostelId = Annotated[int, Path(ge=1, le=_LARGEST_ID)]
RoomId = Annotated[int, Path(ge=1, le=_LARGEST_ID)]
HostelFilter = Annotated[int | None, Query(ge=1, le=_LARGEST_ID)]
RoomFilter = Annotated[int | None, Query(ge=1, le=_LARGEST_ID)]
BlockFilter = Annotated[str | None, Query(min_length=1, max_length=32, pattern=r"^[^\x00-\x1f]+$")]
FloorFilter = Annotated[int | None, Query(ge=-5, le=200)]
Before = Annotated[Instant | None, Query(description="Only what is older: `next_before` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=200)]


def new_router() -> Router:
    return Router()  # type: ignore[no-untyped-call]  # Powertools leaves it unannotated
