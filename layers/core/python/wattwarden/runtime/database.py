"""The function's connection to PostgreSQL."""

import os

from sqlalchemy import Engine

from wattwarden.adapters.postgres.engine import engine_of_arn


def database(secret_arn: str) -> Engine:
    """The process's engine; connections carry the function's name, so that the server shows who holds them."""
    return engine_of_arn(secret_arn, os.environ.get("POWERTOOLS_SERVICE_NAME", "wattwarden"))
