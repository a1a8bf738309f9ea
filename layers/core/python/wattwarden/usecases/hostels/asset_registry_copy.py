"""The registry's copy: made every minute, read by the doors where the database does not answer.

A process that has answered a gateway before remembers it. One that starts while the database is away knows nobody, and
would turn gateways away that deliver every minute; it asks the copy.
"""

from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta

from wattwarden.contracts.asset_registry_copy import AssetRegistryCopy, HostelCopy
from wattwarden.domain.errors import UnavailableError
from wattwarden.domain.people import Gateway
from wattwarden.ports.asset_registry import AssetRegistryCopies, CopiedAssetRegistry, DoorRegistry

SAVED_ANEW_AFTER = timedelta(hours=1)
"""A copy that still holds is saved again, so that its age says how long the database has been away."""
BELIEVED_FOR = timedelta(days=1)
READ_ANEW_AFTER = timedelta(seconds=30)


def copy_asset_registry(registry: CopiedAssetRegistry, copies: AssetRegistryCopies, now: datetime) -> bool:
    """Save a copy if the latest is wrong or old; whether it did.

    Raises:
        UnavailableError: the database or the copies' place does not answer.
    """
    copy, latest = registry.copy(now), copies.latest()
    if latest and copy.says_the_same(latest) and now - latest.taken_at < SAVED_ANEW_AFTER:
        return False
    copies.save(copy)
    return True


class SteadyRegistry(DoorRegistry):
    """The registry's answers; from the copy where the registry has none.

    Whom the copy does not know may be new: it is not refused but asked to come again.
    """

    def __init__(
        self,
        registry: DoorRegistry,
        copies: AssetRegistryCopies,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._registry = registry
        self._copies = copies
        self._clock = clock
        self._read: tuple[datetime, AssetRegistryCopy | None] | None = None

    def gateway_of_key(self, api_key_id: str) -> Gateway | None:
        try:
            return self._registry.gateway_of_key(api_key_id)
        except UnavailableError:
            if (copy := self._copy()) and (gateway := copy.gateways.get(api_key_id)):
                return gateway
            raise

    def meter_serials(self, hostel_id: int) -> Collection[str]:
        try:
            return self._registry.meter_serials(hostel_id)
        except UnavailableError:
            if hostel := self._hostel(hostel_id):
                return hostel.meters
            raise

    def room_names(self, hostel_id: int) -> Collection[str]:
        try:
            return self._registry.room_names(hostel_id)
        except UnavailableError:
            if hostel := self._hostel(hostel_id):
                return hostel.rooms
            raise

    def _hostel(self, hostel_id: int) -> HostelCopy | None:
        copy = self._copy()
        return copy.hostels.get(hostel_id) if copy else None

    def _copy(self) -> AssetRegistryCopy | None:
        """The latest copy unless it is too old, read at most twice a minute."""
        now = self._clock()
        if self._read is None or now - self._read[0] > READ_ANEW_AFTER:
            self._read = (now, self._copies.latest())
        copy = self._read[1]
        return copy if copy and now - copy.taken_at < BELIEVED_FOR else None
