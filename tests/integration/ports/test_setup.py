"""`ports.setup.HostelAdmin` and `ports.asset_registry`: what was set up is what the doors and the API find."""

from typing import Any

import pytest

from tests.fakes.asset_registry import FakeAssetRegistry
from tests.fakes.people import FakeAdmin
from tests.integration.ports.hostels import Hostels
from wattwarden.contracts.api.hostels import HostelSetup
from wattwarden.domain.errors import ConflictError, InvalidError, NotFoundError
from wattwarden.domain.people import Gateway, Role

VERIFIES = [FakeAdmin, FakeAssetRegistry]


def setup(**changes: Any) -> HostelSetup:
    rooms = [{"name": f"N-{n}", "block": "N", "floor": 1, "beds": 2, "meters": [{"serial": f"N{n}"}]} for n in (1, 2)]
    users = [{"email": "Ravi@Hostel.example", "name": "Ravi", "role": "warden", "phone": "+919812345678"}]
    place = {"name": "North", "timezone": "Europe/Berlin", "currency": "EUR", "latitude": 52.5, "longitude": 13.4}
    return HostelSetup.model_validate({**place, "price_per_kwh": "0.50", "rooms": rooms, "users": users} | changes)


def test_what_was_set_up_is_found_and_nothing_else(hostels: Hostels) -> None:
    by = hostels.people[Role.ADMIN]
    hostel_id = hostels.hostel_admin.save_hostel("north", setup(), by)
    gateway_id = hostels.hostel_admin.save_gateway(hostel_id, "roof", "key-1", by)
    registry = hostels.registry

    assert registry.gateway_of_key("key-1") == Gateway(gateway_id, hostel_id, "roof")
    assert registry.gateway_of_key("key-2") is None
    assert set(registry.meter_serials(hostel_id)) == {"N1", "N2"}
    assert set(registry.room_names(hostel_id)) == {"N-1", "N-2"}
    assert set(registry.room_names(10**9)) == set(registry.meter_serials(10**9)) == set()
    assert (hostel_id, 52.5, 13.4) in registry.hostel_locations()
    assert registry.timezone(hostel_id) == "Europe/Berlin"
    with pytest.raises(NotFoundError):
        registry.timezone(10**9)
    warden = registry.principal("RAVI@hostel.example")
    assert warden is not None
    assert (warden.email, warden.name, warden.role, warden.hostel_ids) == (
        "ravi@hostel.example", "Ravi", Role.WARDEN, frozenset({hostel_id}),
    )  # fmt: skip
    assert registry.principal("nobody@hostel.example") is None
    assert hostels.views.hostel(None, hostel_id).rooms == 2


def test_saving_a_hostel_again_adds_and_changes_and_takes_nothing_away(hostels: Hostels) -> None:
    admin, by = hostels.hostel_admin, hostels.people[Role.ADMIN]
    hostel_id = admin.save_hostel("north", setup(), by)
    third = [{"name": "N-3", "block": "N", "floor": 2, "beds": 2, "meters": [{"serial": "N3"}]}]
    other = admin.save_hostel("south", setup(rooms=third), by)
    assert admin.save_hostel("north", setup(name="Nord", rooms=third, users=[]), by) == hostel_id != other

    registry = hostels.registry
    assert set(registry.meter_serials(hostel_id)) == {"N1", "N2", "N3"}
    assert set(registry.meter_serials(other)) == {"N3"}
    assert set(registry.room_names(hostel_id)) == {"N-1", "N-2", "N-3"}
    home = hostels.views.hostel(None, hostel_id)
    assert (home.name, home.rooms) == ("Nord", 3)
    warden = registry.principal("ravi@hostel.example")
    assert warden is not None
    assert warden.hostel_ids == {hostel_id, other}


@pytest.mark.parametrize(
    "changes",
    [
        {"timezone": "Asia/Poona"},
        {"timezone": "../etc/passwd"},
        {"rooms": [{"name": "A", "block": "A", "floor": 1, "beds": 2}] * 2},
        {"rooms": [{"name": n, "block": "A", "floor": 1, "beds": 2, "meters": [{"serial": "M"}]} for n in "AB"]},
    ],
)
def test_a_set_up_that_contradicts_itself_is_refused_whole(hostels: Hostels, changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidError):
        hostels.hostel_admin.save_hostel("north", setup(**changes), hostels.people[Role.ADMIN])
    assert [hostel.code for hostel in hostels.views.hostels(None)] == ["hostel-1", "hostel-2"]


def test_a_gateway_needs_a_hostel_and_a_key_of_its_own(hostels: Hostels) -> None:
    by = hostels.people[Role.ADMIN]
    hostels.hostel_admin.save_gateway(hostels.home, "roof", "key-1", by)
    with pytest.raises(ConflictError):
        hostels.hostel_admin.save_gateway(hostels.home, "cellar", "key-1", by)
    with pytest.raises(NotFoundError):
        hostels.hostel_admin.save_gateway(10**9, "cellar", "key-2", by)
