"""Task of retrain_model: the period's history to S3, as Parquet in the detector's dataset schema."""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from wattwarden.contracts.events import RetrainRequest
from wattwarden.runtime.observe import logger
from wattwarden.runtime.wiring import wiring
from wattwarden.usecases.models.retrain import Exported, Sources, export

wiring.prepare("history", "datasets", "models")


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    env = wiring.settings
    request = RetrainRequest.model_validate(event["request"])
    trial = timedelta(seconds=env.trial_seconds)
    sources = Sources(env.training_source, env.serving_source, f"s3://{env.model_bucket}/ml/corpus/")
    exported = export(
        event["execution_id"], datetime.now(UTC), sources, trial, wiring.history, wiring.datasets, wiring.models
    )
    about = {"run": exported.name, "rows": exported.rows, "outcome": exported.outcome, "reason": request.reason}
    logger.info("history exported", extra=about)
    return asdict(exported) | {
        "trial_config": f"{exported.name}-trial",
        "trial_seconds": env.trial_seconds,
        "challenger_weight": env.challenger_share,
        "champion_weight": 1 - env.challenger_share,
        "channels": _channels(exported, sources.corpus),
        "hyperparameters": _search(exported, env.search_seconds)
        | request.hyperparameters
        | {"sagemaker_program": "train.py", "sagemaker_submit_directory": exported.training_source},
    }


def _search(exported: Exported, seconds: float) -> dict[str, str]:
    """None for the first model of all: until it serves, rules judge alone."""
    return {"search_seconds": str(seconds)} if exported.champion else {}


def _channels(exported: Exported, corpus: str) -> list[dict[str, Any]]:
    """InputDataConfig of the training job: SageMaker refuses a folder that holds nothing."""
    folders = {
        "history": exported.history_uri,
        "corpus": corpus,
        "champion": exported.champion_uri,
    }
    return [
        {
            "ChannelName": name,
            "DataSource": {
                "S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": uri, "S3DataDistributionType": "FullyReplicated"}
            },
        }
        for name, uri in folders.items()
        if uri
    ]
