"""Cognito: who can sign in. Roles are not kept there."""

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from wattwarden.domain.errors import UnavailableError
from wattwarden.ports.setup import Identity

_CONFIG = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "max_attempts": 4})


class CognitoIdentity(Identity):
    def __init__(self, user_pool_id: str) -> None:
        self._pool = user_pool_id
        self._client = boto3.client("cognito-idp", config=_CONFIG)

    def ensure_user(self, email: str, name: str) -> None:
        """Create the sign-in when it is missing; Cognito sends the invitation.

        Raises:
            UnavailableError: Cognito does not answer or refuses.
        """
        try:
            self._client.admin_create_user(
                UserPoolId=self._pool,
                Username=email,
                UserAttributes=[
                    {"Name": "email", "Value": email},
                    {"Name": "email_verified", "Value": "true"},
                    {"Name": "name", "Value": name},
                ],
                DesiredDeliveryMediums=["EMAIL"],
            )
        except self._client.exceptions.UsernameExistsException:
            return
        except (ClientError, BotoCoreError) as error:
            raise UnavailableError(f"the sign-in of {email} could not be made; send the same request again") from error
