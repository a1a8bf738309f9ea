"""The list of models (`ports.models.ModelRegistry`)."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Engine, func, select, update
from sqlalchemy.dialects.postgresql import insert

from wattwarden.adapters.postgres.engine import transaction
from wattwarden.adapters.postgres.tables import model_versions
from wattwarden.ports.models import ModelRegistry, ModelVersion


class PostgresModels(ModelRegistry):
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def champion(self) -> ModelVersion | None:
        columns = model_versions.c
        query = select(columns.name, columns.state, columns.metrics).where(columns.state == "champion")
        with transaction(self._engine) as connection:
            row = connection.execute(query).one_or_none()
        return ModelVersion(row.name, row.state, row.metrics) if row else None

    def record(self, name: str, state: str, artifact_uri: str | None, metrics: Mapping[str, float]) -> None:
        """Add a version, or change its state when it is known, keeping what is not given anew."""
        columns = model_versions.c
        changes: dict[str, Any] = {"state": state}
        if artifact_uri is not None:
            changes["artifact_uri"] = artifact_uri
        if metrics:
            changes["metrics"] = dict(metrics)
        if state == "champion":
            changes |= {"activated_at": func.now(), "retired_at": None}
        elif state == "retired":
            changes["retired_at"] = func.now()
        with transaction(self._engine) as connection:
            if state == "champion":
                connection.execute(
                    update(model_versions)
                    .where(columns.state == "champion", columns.name != name)
                    .values(state="retired", retired_at=func.now())
                )
            connection.execute(
                insert(model_versions)
                .values(name=name, **changes)
                .on_conflict_do_update(index_elements=["name"], set_=changes)
            )
