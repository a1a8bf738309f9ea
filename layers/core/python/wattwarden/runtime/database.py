"""The function's connection to PostgreSQL."""

import os

from wattwarden.adapters.postgres.base.engine import Engine, engine_of_arn


def database(secret_arn: str) -> Engine:
    """The process's engine; connections carry the function's name, so that the server shows who holds them."""
    return engine_of_arn(secret_arn, os.environ.get("POWERTOOLS_SERVICE_NAME", "wattwarden"))
