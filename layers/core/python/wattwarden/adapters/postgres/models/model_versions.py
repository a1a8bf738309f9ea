"""The list of models (`ports.models.ModelRegistry`)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, Row, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from wattwarden.adapters.postgres.base.engine import KeyExistsError, transaction
from wattwarden.adapters.postgres.base.tables import model_versions
from wattwarden.ports.models import LiveRecord, ModelRegistry, ModelState, ModelVersion

_COLUMNS = tuple(model_versions.c[name] for name in ModelVersion.__dataclass_fields__)

# An alert belongs to the model that judged the first reading of its first incident.
_LIVE_RECORD = text("""
WITH opened AS (
    SELECT DISTINCT ON (i.alert_id) i.alert_id, first.model_version, first.created_at
    FROM incidents i
    JOIN LATERAL (
        SELECT a.model_version, a.created_at FROM anomalies a WHERE a.incident_id = i.id ORDER BY a.ts LIMIT 1
    ) first ON true
    WHERE i.id IN (SELECT incident_id FROM anomalies WHERE created_at >= :since)
        AND i.alert_id IS NOT NULL AND i.withdrawn_at IS NULL
    ORDER BY i.alert_id, i.started_at, i.id
)
SELECT count(*) AS alerts, count(*) FILTER (WHERE said.verdict = 'real') AS real,
    count(*) FILTER (WHERE said.verdict = 'expected') AS expected
FROM opened
LEFT JOIN LATERAL (
    SELECT verdict FROM feedback WHERE alert_id = opened.alert_id ORDER BY changed_at DESC, id DESC LIMIT 1
) said ON true
WHERE opened.model_version = :name AND opened.created_at >= :since
""")


class PostgresModels(ModelRegistry):
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def champion(self) -> ModelVersion | None:
        return self._one(ModelState.CHAMPION)

    def on_trial(self) -> ModelVersion | None:
        return self._one(ModelState.CHALLENGER)

    def latest(self, limit: int) -> list[ModelVersion]:
        query = select(*_COLUMNS).order_by(model_versions.c.trained_at.desc(), model_versions.c.id.desc()).limit(limit)
        with transaction(self._engine) as connection:
            return [_version(row) for row in connection.execute(query)]

    def begin_trial(self, name: str, artifact_uri: str, metrics: Mapping[str, float], reason: str) -> bool:
        try:
            self.record(name, ModelState.CHALLENGER, artifact_uri, metrics, reason)
        except KeyExistsError:
            return False
        return True

    def record(
        self,
        name: str,
        state: ModelState,
        artifact_uri: str | None = None,
        metrics: Mapping[str, float] | None = None,
        reason: str | None = None,
    ) -> None:
        columns = model_versions.c
        changes: dict[str, Any] = {"state": state}
        if artifact_uri is not None:
            changes["artifact_uri"] = artifact_uri
        if metrics is not None:
            changes["metrics"] = dict(metrics)
        if reason is not None:
            changes["reason"] = reason
        if state == ModelState.CHAMPION:
            changes |= {"activated_at": func.now(), "retired_at": None}
        elif state == ModelState.RETIRED:
            changes["retired_at"] = func.now()
        with transaction(self._engine) as connection:
            if state == ModelState.CHAMPION:
                connection.execute(
                    update(model_versions)
                    .where(columns.state == ModelState.CHAMPION, columns.name != name)
                    .values(state=ModelState.RETIRED, retired_at=func.now())
                )
            connection.execute(
                insert(model_versions)
                .values(name=name, **changes)
                .on_conflict_do_update(index_elements=["name"], set_=changes)
            )

    def live_record(self, name: str, since: datetime) -> LiveRecord:
        with transaction(self._engine) as connection:
            row = connection.execute(_LIVE_RECORD, {"name": name, "since": since}).one()
        return LiveRecord(row.alerts, row.real, row.expected)

    def _one(self, state: ModelState) -> ModelVersion | None:
        query = select(*_COLUMNS).where(model_versions.c.state == state)
        with transaction(self._engine) as connection:
            row = connection.execute(query).one_or_none()
        return _version(row) if row else None


def _version(row: Row[Any]) -> ModelVersion:
    return ModelVersion(**row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
