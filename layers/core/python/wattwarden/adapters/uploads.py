"""S3: files that people upload, and what became of them."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from wattwarden.contracts.api.imports import ImportOut
from wattwarden.domain.errors import InvalidError, UnavailableError
from wattwarden.ports.uploads import Uploads

MAX_BYTES = 200 * 1024 * 1024
"""A presigned PUT sets no limit; what is larger is not opened."""

_CONFIG = Config(
    connect_timeout=2,
    read_timeout=5,
    retries={"mode": "standard", "max_attempts": 4},
    signature_version="s3v4",
    s3={"addressing_style": "path"},
)


class S3Uploads(Uploads):
    def __init__(self, bucket: str) -> None:
        self._bucket = bucket
        self._client = boto3.client("s3", config=_CONFIG)

    def upload_url(self, hostel_id: int, import_id: str, file_name: str, valid_s: int) -> str:
        return self._client.generate_presigned_url(
            "put_object",
            Params={"Bucket": self._bucket, "Key": f"uploads/{hostel_id}/{import_id}/{file_name}"},
            ExpiresIn=valid_s,
        )

    @contextmanager
    def opened(self, key: str) -> Iterator[BinaryIO]:
        """An uploaded file, on disk while it is read.

        Raises:
            InvalidError: the file is too large.
            UnavailableError: S3 does not answer or refuses.
        """
        with tempfile.TemporaryFile() as file:
            try:
                answer = self._client.get_object(Bucket=self._bucket, Key=key)
                if answer["ContentLength"] > MAX_BYTES:
                    raise InvalidError(f"the file is larger than {MAX_BYTES // 1024**2} MB; send it in parts")
                shutil.copyfileobj(answer["Body"], file)
            except (ClientError, BotoCoreError) as error:
                raise UnavailableError("the uploaded file cannot be read") from error
            file.seek(0)
            yield file

    def save_result(self, hostel_id: int, result: ImportOut) -> None:
        """Keep what became of a file.

        Raises:
            UnavailableError: S3 does not answer or refuses.
        """
        try:
            self._client.put_object(
                Bucket=self._bucket,
                Key=_result_key(hostel_id, result.import_id),
                Body=result.model_dump_json().encode(),
                ContentType="application/json",
            )
        except (ClientError, BotoCoreError) as error:
            raise UnavailableError("the import's result cannot be kept") from error

    def result(self, hostel_id: int, import_id: str) -> ImportOut | None:
        """The result that import_file wrote; None while there is none.

        Raises:
            UnavailableError: S3 does not answer or refuses.
        """
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=_result_key(hostel_id, import_id))
            return ImportOut.model_validate_json(answer["Body"].read())
        except (ClientError, BotoCoreError) as error:
            # To a role that may not list the bucket, S3 denies access to a key that does not exist.
            if isinstance(error, ClientError) and error.response["Error"]["Code"] in {"NoSuchKey", "AccessDenied"}:
                return None
            raise UnavailableError("the import's result cannot be read") from error


def _result_key(hostel_id: int, import_id: str) -> str:
    return f"results/{hostel_id}/{import_id}.json"
