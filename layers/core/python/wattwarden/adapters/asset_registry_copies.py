"""S3: the latest copy of the registry."""

import gzip

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from wattwarden.contracts.asset_registry_copy import AssetRegistryCopy
from wattwarden.domain.errors import UnavailableError
from wattwarden.ports.asset_registry import AssetRegistryCopies

KEY = "registry/latest.json.gz"
_CONFIG = Config(connect_timeout=1, read_timeout=2, retries={"mode": "standard", "max_attempts": 2})


class S3AssetRegistryCopies(AssetRegistryCopies):
    def __init__(self, bucket: str) -> None:
        self._bucket = bucket
        self._client = boto3.client("s3", config=_CONFIG)

    def save(self, copy: AssetRegistryCopy) -> None:
        """Replace the latest copy.

        Raises:
            UnavailableError: S3 does not answer or refuses.
        """
        content = gzip.compress(copy.model_dump_json().encode(), compresslevel=6)
        try:
            self._client.put_object(Bucket=self._bucket, Key=KEY, Body=content)
        except (ClientError, BotoCoreError) as error:
            raise UnavailableError("the registry's copy cannot be saved") from error

    def latest(self) -> AssetRegistryCopy | None:
        """The latest copy; None when there never was one.

        Raises:
            UnavailableError: S3 does not answer or refuses.
        """
        try:
            content = self._client.get_object(Bucket=self._bucket, Key=KEY)["Body"].read()
        except (ClientError, BotoCoreError) as error:
            # To a role that may not list the bucket, S3 denies access to a key that does not exist.
            if isinstance(error, ClientError) and error.response["Error"]["Code"] in {"NoSuchKey", "AccessDenied"}:
                return None
            raise UnavailableError("the registry's copy cannot be read") from error
        return AssetRegistryCopy.model_validate_json(gzip.decompress(content))
