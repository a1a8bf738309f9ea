"""Who and what exists (`ports.asset_registry.AssetRegistry`), answered from memory for up to half a minute.

While the database is away, what was known a day ago still stands: gateways keep delivering.
"""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Engine, func, select

from wattwarden.adapters.postgres.base.caching import Patience, Recent
from wattwarden.adapters.postgres.base.engine import transaction
from wattwarden.adapters.postgres.base.tables import gateways, hostels, meters, rooms, user_hostels, users
from wattwarden.contracts.asset_registry_copy import AssetRegistryCopy, HostelCopy
from wattwarden.domain.errors import NotFoundError
from wattwarden.domain.people import Gateway, Principal, Role
from wattwarden.ports.asset_registry import AssetRegistry, CopiedAssetRegistry


class PostgresAssetRegistry(AssetRegistry, CopiedAssetRegistry):
    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        patience = Patience()
        self._gateways = Recent(self._load_gateway, patience)
        self._serials = Recent(self._load_serials, patience)
        self._rooms = Recent(self._load_rooms, patience)
        self._people = Recent(self._load_person, patience)
        self._zones = Recent(self._load_zone, patience)

    def gateway_of_key(self, api_key_id: str) -> Gateway | None:
        return self._gateways(api_key_id)

    def meter_serials(self, hostel_id: int) -> Collection[str]:
        return self._serials(hostel_id) or frozenset()

    def room_names(self, hostel_id: int) -> Collection[str]:
        return self._rooms(hostel_id) or frozenset()

    def timezone(self, hostel_id: int) -> str:
        zone = self._zones(hostel_id)
        if zone is None:
            raise NotFoundError(f"there is no hostel {hostel_id}")
        return zone

    def hostel_locations(self) -> list[tuple[int, float, float]]:
        query = select(hostels.c.id, hostels.c.latitude, hostels.c.longitude).order_by(hostels.c.id)
        with transaction(self._engine) as connection:
            return [(row.id, row.latitude, row.longitude) for row in connection.execute(query)]

    def principal(self, email: str) -> Principal | None:
        return self._people(email.strip().lower())

    def copy(self, now: datetime) -> AssetRegistryCopy:
        keys = select(gateways.c.api_key_id, gateways.c.id, gateways.c.hostel_id, gateways.c.name).where(
            gateways.c.revoked_at.is_(None)
        )
        serials: defaultdict[int, set[str]] = defaultdict(set)
        names: defaultdict[int, set[str]] = defaultdict(set)
        with transaction(self._engine) as connection:
            known = {row.api_key_id: Gateway(row.id, row.hostel_id, row.name) for row in connection.execute(keys)}
            for row in connection.execute(
                select(meters.c.hostel_id, meters.c.serial).where(meters.c.removed_at.is_(None))
            ):
                serials[row.hostel_id].add(row.serial)
            for row in connection.execute(select(rooms.c.hostel_id, rooms.c.name)):
                names[row.hostel_id].add(row.name)
        return AssetRegistryCopy(
            taken_at=now,
            gateways=known,
            hostels={
                hostel: HostelCopy(meters=frozenset(serials[hostel]), rooms=frozenset(names[hostel]))
                for hostel in {gateway.hostel_id for gateway in known.values()}
            },
        )

    def _load_gateway(self, api_key_id: str) -> Gateway | None:
        query = select(gateways.c.id, gateways.c.hostel_id, gateways.c.name).where(
            gateways.c.api_key_id == api_key_id, gateways.c.revoked_at.is_(None)
        )
        with transaction(self._engine) as connection:
            row = connection.execute(query).one_or_none()
        return Gateway(row.id, row.hostel_id, row.name) if row else None

    def _load_serials(self, hostel_id: int) -> frozenset[str] | None:
        query = select(meters.c.serial).where(meters.c.hostel_id == hostel_id, meters.c.removed_at.is_(None))
        with transaction(self._engine) as connection:
            return frozenset(connection.scalars(query)) or None

    def _load_rooms(self, hostel_id: int) -> frozenset[str] | None:
        with transaction(self._engine) as connection:
            return frozenset(connection.scalars(select(rooms.c.name).where(rooms.c.hostel_id == hostel_id))) or None

    def _load_zone(self, hostel_id: int) -> str | None:
        with transaction(self._engine) as connection:
            return connection.scalar(select(hostels.c.timezone).where(hostels.c.id == hostel_id))

    def _load_person(self, email: str) -> Principal | None:
        query = (
            select(
                users.c.id,
                users.c.email,
                users.c.name,
                users.c.role,
                func.array_remove(func.array_agg(user_hostels.c.hostel_id), None).label("hostel_ids"),
            )
            .outerjoin(user_hostels, user_hostels.c.user_id == users.c.id)
            .where(users.c.email == email)
            .group_by(users.c.id)
        )
        with transaction(self._engine) as connection:
            row = connection.execute(query).one_or_none()
        return Principal(row.id, row.email, row.name, Role(row.role), frozenset(row.hostel_ids)) if row else None
