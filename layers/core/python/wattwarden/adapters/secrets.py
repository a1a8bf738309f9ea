"""Secrets Manager: the database's address and password."""

import json
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from wattwarden.domain.errors import UnavailableError


class DatabaseSecret:
    """RDS's secret (username, password, host, port, dbname), kept for the life of the process."""

    def __init__(self, arn: str) -> None:
        self._arn = arn
        self._client = boto3.client(
            "secretsmanager",
            config=Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "max_attempts": 3}),
        )
        self._value: dict[str, Any] | None = None

    def __call__(self, *, refresh: bool = False) -> dict[str, Any]:
        """The secret; read again when `refresh` is set, as after a rotation.

        Raises:
            UnavailableError: Secrets Manager does not answer or refuses.
        """
        if self._value is None or refresh:
            try:
                answer = self._client.get_secret_value(SecretId=self._arn)
            except (ClientError, BotoCoreError) as error:
                raise UnavailableError("the database's secret cannot be read") from error
            self._value = json.loads(answer["SecretString"])
        return self._value
