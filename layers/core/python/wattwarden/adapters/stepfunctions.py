"""Starting state machines."""

import json
from datetime import date

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from wattwarden.domain.errors import UnavailableError
from wattwarden.ports.drift import Retraining


class RetrainMachine(Retraining):
    def __init__(self, arn: str) -> None:
        self._arn = arn
        self._client = boto3.client(
            "stepfunctions",
            config=Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "max_attempts": 3}),
        )

    def start(self, day: date) -> None:
        """As the port says: the execution bears the day's name.

        Raises:
            UnavailableError: Step Functions does not answer or refuses.
        """
        order = json.dumps({"reason": "drift"})
        try:
            self._client.start_execution(stateMachineArn=self._arn, name=f"drift-{day:%Y%m%d}", input=order)
        except self._client.exceptions.ExecutionAlreadyExists:
            return
        except (ClientError, BotoCoreError) as error:
            raise UnavailableError("the retraining could not be started") from error
