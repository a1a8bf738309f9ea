"""API Gateway's WebSocket connections: pushing to one browser."""

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from wattwarden.domain.errors import UnavailableError
from wattwarden.ports.alerts import LivePush

_CONFIG = Config(
    connect_timeout=2,
    read_timeout=5,
    retries={"mode": "standard", "max_attempts": 3},
    max_pool_connections=16,
)


class ApiGatewayLive(LivePush):
    def __init__(self, endpoint: str) -> None:
        self._client = boto3.client("apigatewaymanagementapi", endpoint_url=endpoint, config=_CONFIG)

    def send(self, connection_id: str, data: str) -> bool:
        """Push to one browser; False when the connection is gone.

        Raises:
            UnavailableError: API Gateway does not answer or refuses.
        """
        try:
            self._client.post_to_connection(ConnectionId=connection_id, Data=data.encode())
        except self._client.exceptions.GoneException:
            return False
        except (ClientError, BotoCoreError) as error:
            raise UnavailableError("the live channel does not answer") from error
        return True
