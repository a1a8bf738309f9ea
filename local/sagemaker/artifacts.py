"""Files between S3 and the folders that a container sees."""

import tarfile
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlparse

from local.sagemaker.errors import SageMakerError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def bucket_and_key(uri: str) -> tuple[str, str]:
    parts = urlparse(uri)
    return parts.netloc, parts.path.lstrip("/")


def download_prefix(s3: "S3Client", uri: str, folder: Path) -> None:
    """Fetch every object below `uri`, keeping the names after it.

    Raises:
        SageMakerError: nothing lies there.
    """
    bucket, prefix = bucket_and_key(uri)
    found = False
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for item in page.get("Contents", []):
            name = item["Key"].removeprefix(prefix).lstrip("/") or Path(item["Key"]).name
            target = folder / name
            if name.endswith("/") or not target.resolve().is_relative_to(folder.resolve()):
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            s3.download_file(bucket, item["Key"], str(target))
            found = True
    if not found:
        raise SageMakerError("ClientError", f"Data download failed: No S3 objects found under S3 URL {uri!r}")


def download_archive(s3: "S3Client", uri: str, folder: Path) -> None:
    """Fetch a .tar.gz and unpack it into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    archive = folder.with_name(f"{folder.name}.tar.gz")
    s3.download_file(*bucket_and_key(uri), str(archive))
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    archive.unlink()


def upload_archive(s3: "S3Client", folder: Path, uri: str) -> None:
    """Pack what `folder` holds into a .tar.gz at `uri`."""
    archive = folder.with_name(f"{folder.name}.tar.gz")
    with tarfile.open(archive, "w:gz") as packed:
        for item in sorted(folder.iterdir()):
            packed.add(item, arcname=item.name)
    s3.upload_file(str(archive), *bucket_and_key(uri))
    archive.unlink()
