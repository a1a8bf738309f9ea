"""A warden counts heads; the count takes the same way as a gateway's."""

from datetime import datetime

from wattwarden.contracts.api.rooms import OccupancyOut
from wattwarden.contracts.telemetry import OccupancyBatch
from wattwarden.domain import policy
from wattwarden.domain.people import Principal
from wattwarden.ports.stream import TelemetryStream
from wattwarden.ports.views import RoomViews
from wattwarden.usecases.telemetry.ingest import partition_key


def enter_occupancy(
    room_id: int, count: int, person: Principal, views: RoomViews, stream: TelemetryStream, now: datetime
) -> OccupancyOut:
    """Put the head count of a room, from now on, onto the stream.

    Raises:
        ForbiddenError: the person's role only looks.
        NotFoundError: there is no such room in the person's hostels.
        UnavailableError: the stream did not take it.
    """
    policy.require(person, policy.Action.ENTER_OCCUPANCY)
    room = views.room(policy.scope(person), room_id, now)
    batch = OccupancyBatch(
        hostel_id=room.hostel_id,
        source=f"user:{person.user_id}",
        received_at=now.timestamp(),
        room=[room.name],
        ts=[now.timestamp()],
        count=[count],
    )
    stream.put([(partition_key(room.hostel_id, room.name), batch)])
    return OccupancyOut(room_id=room_id, count=count, ts=now)
