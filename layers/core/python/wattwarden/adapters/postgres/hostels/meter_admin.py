"""What people do to meters (`ports.meters.MeterAdmin`)."""

from datetime import datetime

from sqlalchemy import Connection, Engine, Row, case, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from wattwarden.adapters.postgres.base.auditing import audit
from wattwarden.adapters.postgres.base.engine import transaction
from wattwarden.adapters.postgres.base.scoped import within
from wattwarden.adapters.postgres.base.tables import meter_changes, meter_state, meters
from wattwarden.adapters.postgres.views.meter_views import meter_select
from wattwarden.contracts.api.meters import MeterChangeIn, MeterOut
from wattwarden.domain.errors import InvalidError, NotFoundError
from wattwarden.domain.people import Principal
from wattwarden.domain.policy import Scope
from wattwarden.ports.meters import MeterAdmin


class PostgresMeterAdmin(MeterAdmin):
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def save_change(self, scope: Scope, meter_id: int, change: MeterChangeIn, by: Principal) -> None:
        values = change.model_dump(exclude={"at"}) | {"created_by": by.user_id}
        saved = upsert(meter_changes).values(meter_id=meter_id, at=change.at, **values)
        with transaction(self._engine) as connection:
            meter = _meter(connection, scope, meter_id)
            if meter.measures != "register":
                raise InvalidError(
                    f"meter {meter.serial!r} reports the energy of intervals; only a register's changes count"
                )
            connection.execute(saved.on_conflict_do_update(index_elements=["meter_id", "at"], set_=values))
            _mark(connection, meter_id, change.at)
            audit(connection, by, meter.hostel_id, "save_change", f"meter:{meter_id}", change.model_dump(mode="json"))

    def delete_change(self, scope: Scope, meter_id: int, at: datetime, by: Principal) -> None:
        gone = delete(meter_changes).where(meter_changes.c.meter_id == meter_id, meter_changes.c.at == at)
        with transaction(self._engine) as connection:
            meter = _meter(connection, scope, meter_id)
            if not connection.execute(gone).rowcount:
                raise NotFoundError(f"meter {meter.serial!r} has no change at {at.isoformat()}")
            _mark(connection, meter_id, at)
            audit(connection, by, meter.hostel_id, "delete_change", f"meter:{meter_id}", {"at": at.isoformat()})

    def remove(self, scope: Scope, meter_id: int, at: datetime, by: Principal) -> MeterOut:
        with transaction(self._engine) as connection:
            meter = _meter(connection, scope, meter_id)
            connection.execute(update(meters).where(meters.c.id == meter_id).values(removed_at=at))
            # Consumers that remember the meter find out with its next reading.
            of_meter = update(meter_state).where(meter_state.c.meter_id == meter_id)
            connection.execute(of_meter.values(version=meter_state.c.version + 1))
            audit(connection, by, meter.hostel_id, "remove_meter", f"meter:{meter_id}", {"at": at.isoformat()})
            return MeterOut(**connection.execute(meter_select().where(meters.c.id == meter_id)).mappings().one())


def _meter(connection: Connection, scope: Scope, meter_id: int) -> Row[int, str, str]:
    """The meter, locked against others who change it."""
    query = select(meters.c.hostel_id, meters.c.serial, meters.c.measures)
    chosen = query.where(meters.c.id == meter_id, within(scope, meters.c.hostel_id)).with_for_update()
    found = connection.execute(chosen).one_or_none()
    if found is None:
        raise NotFoundError(f"there is no meter {meter_id}")
    return found


def _mark(connection: Connection, meter_id: int, at: datetime) -> None:
    """Have everything since `at` worked out anew; a consumer that loaded the meter before starts again."""
    state = meter_state.c
    said = state.last_ts.is_not(None)
    marked = {
        "version": state.version + 1,
        "replay_from": case((said, func.least(state.replay_from, at))),  # least() passes over nulls
        "replay_first_marked_at": case((said, func.coalesce(state.replay_first_marked_at, func.now()))),
        "replay_marked_at": case((said, func.now())),
    }
    # A meter that has said nothing gets a version all the same: its first reading may be being judged by now.
    new = upsert(meter_state).values(meter_id=meter_id, version=1)
    connection.execute(new.on_conflict_do_update(index_elements=["meter_id"], set_=marked))
