"""Who and what exists: gateways, meters, rooms, people.

Adapters may answer from a cache of at most a minute, and of at most a day while the database is away; what they do not
know then raises UnavailableError.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from wattwarden.contracts.asset_registry_copy import AssetRegistryCopy
from wattwarden.domain.people import Gateway, Principal


class DoorRegistry(Protocol):
    """What a gateway's request is checked against."""

    def gateway_of_key(self, api_key_id: str) -> Gateway | None:
        """The gateway an API key belongs to; None when unknown or revoked."""

    def meter_serials(self, hostel_id: int) -> Collection[str]:
        """Serials of the hostel's meters in service."""

    def room_names(self, hostel_id: int) -> Collection[str]: ...


class AssetRegistryCopies(Protocol):
    """Where the latest copy of the registry lies: a place that stands when the database does not."""

    def save(self, copy: AssetRegistryCopy) -> None: ...

    def latest(self) -> AssetRegistryCopy | None:
        """None when there never was one."""


class CopiedAssetRegistry(Protocol):
    def copy(self, now: datetime) -> AssetRegistryCopy:
        """All that the doors need, as of now; never from memory."""


class AssetRegistry(DoorRegistry, Protocol):
    def timezone(self, hostel_id: int) -> str:
        """IANA name of the hostel's time zone.

        Raises:
            NotFoundError: there is no such hostel.
        """

    def hostel_locations(self) -> list[tuple[int, float, float]]:
        """(hostel id, latitude, longitude) of every hostel."""

    def principal(self, email: str) -> Principal | None:
        """The person with this email (case-insensitive) and the hostels they may see."""
