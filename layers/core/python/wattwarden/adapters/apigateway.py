"""API Gateway: the keys that gateways push with."""

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from wattwarden.domain.errors import UnavailableError
from wattwarden.ports.setup import ApiKeys

_CONFIG = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "max_attempts": 4})


class GatewayKeys(ApiKeys):
    def __init__(self, usage_plan_id: str) -> None:
        self._plan = usage_plan_id
        self._client = boto3.client("apigateway", config=_CONFIG)

    def create(self, name: str) -> tuple[str, str]:
        """A new key bound to the usage plan: (id, secret value). No key is left behind unbound.

        Raises:
            UnavailableError: API Gateway does not answer or refuses.
        """
        try:
            key = self._client.create_api_key(name=name, enabled=True, generateDistinctId=True)
            try:
                self._client.create_usage_plan_key(usagePlanId=self._plan, keyId=key["id"], keyType="API_KEY")
            except ClientError:
                self._client.delete_api_key(apiKey=key["id"])
                raise
        except (ClientError, BotoCoreError) as error:
            raise UnavailableError("no key could be made; send the same request again") from error
        return key["id"], key["value"]
