"""The model registry that people look at: MLflow, in our PostgreSQL or on a SageMaker tracking server.

The database's list of models decides; MLflow is told of it. What it missed while it was away it is told the next time.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from wattwarden.ports.models import ExperimentLog, ModelVersion

# Read when the library loads: it neither reports its use nor looks for a git checkout.
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")

if TYPE_CHECKING:
    from mlflow.entities.model_registry import ModelVersion as Registered
    from mlflow.tracking import MlflowClient

NAME = "wattwarden"
"""Of the experiment and of the registered model."""
MODEL, STATE = "wattwarden.model", "wattwarden.state"
ALIASES = ("champion", "challenger")
_KEPT_IN_VIEW = 1_000


class MlflowLog(ExperimentLog):
    def __init__(self, tracking_uri: str) -> None:
        self._uri = tracking_uri

    def tell(self, models: Sequence[ModelVersion]) -> int:
        """Each model is a run with its metrics and a version with its state; aliases name champion and challenger."""
        client = _client(self._uri)
        experiment_id = _experiment(client)
        known = {v.tags.get(MODEL): v for v in client.search_model_versions(f"name='{NAME}'", _KEPT_IN_VIEW)}
        new = [model for model in reversed(models) if model.artifact_uri and model.name not in known]
        for model in new:
            known[model.name] = _register(client, experiment_id, model)
        for model in models:
            if model.name in known:
                _describe(client, known[model.name], model)
        _point_aliases(client, known, models)
        return len(new)


def tracking_uri(secret: Mapping[str, Any]) -> str:
    """Where MLflow keeps its tables in our database: a schema of its own (see migration 0005)."""
    user, password = quote(secret["username"], safe=""), quote(secret["password"], safe="")
    address = f"{secret['host']}:{secret['port']}/{secret['dbname']}"
    return f"postgresql+psycopg://{user}:{password}@{address}?options=-csearch_path%3Dmlflow&sslmode=prefer"


def _client(uri: str) -> "MlflowClient":
    from mlflow.tracking import MlflowClient  # noqa: PLC0415 - seconds of imports, which only this work pays for

    return MlflowClient(uri, uri)


def _experiment(client: "MlflowClient") -> str:
    from mlflow.exceptions import MlflowException  # noqa: PLC0415 - likewise

    found = client.get_experiment_by_name(NAME)
    if found is not None:
        return str(found.experiment_id)
    try:
        client.create_registered_model(NAME, description="Finds abnormal electricity use in hostels.")
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
    return str(client.create_experiment(NAME))


def _register(client: "MlflowClient", experiment_id: str, model: ModelVersion) -> "Registered":
    started = int(model.trained_at.timestamp() * 1000) if model.trained_at else None
    run = client.create_run(experiment_id, start_time=started, run_name=model.name, tags={MODEL: model.name})
    for name, value in sorted(model.metrics.items()):
        client.log_metric(run.info.run_id, name, value)
    client.set_terminated(run.info.run_id)
    return client.create_model_version(NAME, str(model.artifact_uri), run.info.run_id, tags={MODEL: model.name})


def _describe(client: "MlflowClient", version: "Registered", model: ModelVersion) -> None:
    if version.tags.get(STATE) != model.state:
        client.set_model_version_tag(NAME, version.version, STATE, model.state)
    if model.reason and version.description != model.reason:
        client.update_model_version(NAME, version.version, model.reason)


def _point_aliases(
    client: "MlflowClient", known: Mapping[str | None, "Registered"], models: Iterable[ModelVersion]
) -> None:
    pointed = client.get_registered_model(NAME).aliases
    for alias in ALIASES:
        version = next((str(known[m.name].version) for m in models if m.state == alias and m.name in known), None)
        if version is not None:
            if str(pointed.get(alias)) != version:
                client.set_registered_model_alias(NAME, alias, version)
        elif alias in pointed:
            client.delete_registered_model_alias(NAME, alias)
