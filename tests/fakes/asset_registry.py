"""Who and what exists, in memory."""

from collections.abc import Collection
from dataclasses import dataclass, field

from wattwarden.domain.errors import NotFoundError
from wattwarden.domain.people import Gateway, Principal
from wattwarden.ports.asset_registry import AssetRegistry


@dataclass
class FakeAssetRegistry(AssetRegistry):
    gateways: dict[str, Gateway] = field(default_factory=dict)
    meters: dict[int, set[str]] = field(default_factory=dict)
    rooms: dict[int, set[str]] = field(default_factory=dict)
    locations: list[tuple[int, float, float]] = field(default_factory=list)
    people: dict[str, Principal] = field(default_factory=dict)
    zones: dict[int, str] = field(default_factory=dict)

    def gateway_of_key(self, api_key_id: str) -> Gateway | None:
        return self.gateways.get(api_key_id)

    def meter_serials(self, hostel_id: int) -> Collection[str]:
        return self.meters.get(hostel_id, set())

    def room_names(self, hostel_id: int) -> Collection[str]:
        return self.rooms.get(hostel_id, set())

    def timezone(self, hostel_id: int) -> str:
        if hostel_id not in self.zones:
            raise NotFoundError("no such hostel")
        return self.zones[hostel_id]

    def hostel_locations(self) -> list[tuple[int, float, float]]:
        return self.locations

    def principal(self, email: str) -> Principal | None:
        return self.people.get(email.lower())
