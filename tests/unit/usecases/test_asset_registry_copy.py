"""The doors know their gateways even where the database never answered this process."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.fakes.asset_registry import FakeAssetRegistry
from wattwarden.contracts.asset_registry_copy import AssetRegistryCopy, HostelCopy
from wattwarden.domain.errors import UnavailableError
from wattwarden.domain.people import Gateway
from wattwarden.ports.asset_registry import AssetRegistryCopies, CopiedAssetRegistry
from wattwarden.usecases.hostels.asset_registry_copy import SteadyRegistry, copy_asset_registry

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
NORTH = Gateway(3, 1, "north")


@dataclass
class Copies(AssetRegistryCopies):
    kept: AssetRegistryCopy | None = None
    asked: int = 0

    def save(self, copy: AssetRegistryCopy) -> None:
        self.kept = copy

    def latest(self) -> AssetRegistryCopy | None:
        self.asked += 1
        return self.kept


class Source(CopiedAssetRegistry):
    meters = frozenset({"M1"})

    def copy(self, now: datetime) -> AssetRegistryCopy:
        hostels = {1: HostelCopy(meters=self.meters, rooms=frozenset({"A1"}))}
        return AssetRegistryCopy(taken_at=now, gateways={"key": NORTH}, hostels=hostels)


class Away(FakeAssetRegistry):
    def gateway_of_key(self, api_key_id: str) -> Any:
        raise UnavailableError(f"away, and {api_key_id} with it")

    meter_serials = room_names = gateway_of_key  # type: ignore[assignment]


def test_a_copy_is_saved_when_it_differs_and_every_hour() -> None:
    copies, source = Copies(), Source()
    assert copy_asset_registry(source, copies, NOW)
    assert not copy_asset_registry(source, copies, NOW + timedelta(minutes=1))
    source.meters = frozenset({"M1", "M2"})
    assert copy_asset_registry(source, copies, NOW + timedelta(minutes=2))
    assert not copy_asset_registry(source, copies, NOW + timedelta(minutes=61))
    assert copy_asset_registry(source, copies, NOW + timedelta(minutes=62))


def test_the_copy_answers_where_the_database_does_not() -> None:
    door = SteadyRegistry(Away(), Copies(Source().copy(NOW)), lambda: NOW)
    assert door.gateway_of_key("key") == NORTH
    assert (door.meter_serials(1), door.room_names(1)) == ({"M1"}, {"A1"})


def test_whom_the_copy_does_not_know_is_asked_to_come_again() -> None:
    copies = Copies(Source().copy(NOW))
    door = SteadyRegistry(Away(), copies, lambda: NOW)
    for ask in (lambda: door.gateway_of_key("new"), lambda: door.meter_serials(2), lambda: door.room_names(2)):
        with pytest.raises(UnavailableError):
            ask()
    assert copies.asked == 1


@pytest.mark.parametrize("kept", [None, Source().copy(NOW - timedelta(days=1))])
def test_without_a_copy_or_with_one_of_yesterday_there_is_no_answer(kept: AssetRegistryCopy | None) -> None:
    with pytest.raises(UnavailableError):
        SteadyRegistry(Away(), Copies(kept), lambda: NOW).gateway_of_key("key")


def test_the_database_is_believed_before_the_copy() -> None:
    copies = Copies(Source().copy(NOW))
    door = SteadyRegistry(FakeAssetRegistry(gateways={}), copies, lambda: NOW)
    assert door.gateway_of_key("key") is None
    assert copies.asked == 0


def test_a_newer_copy_is_noticed() -> None:
    now = [NOW]
    copies = Copies()
    door = SteadyRegistry(Away(), copies, lambda: now[0])
    with pytest.raises(UnavailableError):
        door.gateway_of_key("key")
    copies.save(Source().copy(NOW))
    now[0] += timedelta(minutes=1)
    assert door.gateway_of_key("key") == NORTH
