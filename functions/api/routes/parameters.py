"""What several routes share: their path and query parameters."""

from typing import Annotated

from aws_lambda_powertools.event_handler.api_gateway import Router
from aws_lambda_powertools.event_handler.openapi.params import Path, Query

from wattwarden.contracts.fields import Instant

_LARGEST_ID = 2**53 - 1  # what a browser's numbers hold exactly

HostelId = Annotated[int, Path(ge=1, le=_LARGEST_ID)]
RoomId = Annotated[int, Path(ge=1, le=_LARGEST_ID)]
MeterId = Annotated[int, Path(ge=1, le=_LARGEST_ID)]
QuarantineId = Annotated[int, Path(ge=1, le=_LARGEST_ID)]
HostelFilter = Annotated[int | None, Query(ge=1, le=_LARGEST_ID)]
RoomFilter = Annotated[int | None, Query(ge=1, le=_LARGEST_ID)]
BlockFilter = Annotated[str | None, Query(min_length=1, max_length=32, pattern=r"^[^\x00-\x1f]+$")]
FloorFilter = Annotated[int | None, Query(ge=-5, le=200)]
Before = Annotated[Instant | None, Query(description="Only what is older: `next_before` of the page before.")]
Since = Annotated[Instant | None, Query(alias="from", description="A week before `to` when left out.")]
Until = Annotated[Instant | None, Query(alias="to", description="The present when left out.")]
Limit = Annotated[int, Query(ge=1, le=200)]


def new_router() -> Router:
    return Router()  # type: ignore[no-untyped-call]  # Powertools leaves it unannotated
