"""The app API as the administrator's browser uses it."""

import json
import time
from typing import Any

from local.demo.http import Connection, HttpError
from tools.cloud import Cloud

SIGN_IN = "AWSCognitoIdentityProviderService.InitiateAuth"
TOKEN_SECONDS = 45 * 60.0


class Admin:
    """A signed-in administrator; signs in again before the token ends. Not shared between threads."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._connection = Connection(cloud.url)
        self._token = ""
        self._since = -TOKEN_SECONDS

    def get(self, path: str) -> Any:  # noqa: ANN401 any contract
        return self.call("GET", path)

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:  # noqa: ANN401 any contract
        """One call of `/api/v1{path}`; the answer's JSON.

        Raises:
            HttpError: it was refused.
        """
        sent = None if body is None else json.dumps(body).encode()
        answer = self._connection.patiently(method, f"/api/v1{path}", sent, self.headers())
        if answer.status >= 400:  # noqa: PLR2004 unlike a gateway's, a half-accepted request is none here
            raise HttpError(answer.status, answer.body)
        return answer.json()

    def headers(self) -> dict[str, str]:
        if time.monotonic() - self._since > TOKEN_SECONDS:
            self._token = self._sign_in()
            self._since = time.monotonic()
        return {"Authorization": self._token}

    def _sign_in(self) -> str:
        client_id = self._connection.patiently("GET", "/config.json").json()["userPoolClientId"]
        body = {
            "AuthFlow": "USER_PASSWORD_AUTH",
            "ClientId": client_id,
            "AuthParameters": {"USERNAME": self._cloud.admin["email"], "PASSWORD": self._cloud.admin["password"]},
        }
        headers = {"X-Amz-Target": SIGN_IN, "Content-Type": "application/x-amz-json-1.1"}
        answer = self._connection.patiently("POST", "/cognito", json.dumps(body).encode(), headers).json()
        return str(answer["AuthenticationResult"]["IdToken"])
