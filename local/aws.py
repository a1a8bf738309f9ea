"""boto3 against the laptop cloud, through localstack-client: the same sessions serve any emulator."""

from typing import TYPE_CHECKING, Any
from urllib.parse import urlparse

import localstack_client.session
from botocore.config import Config

from tools.cloud import REGION

if TYPE_CHECKING:
    from boto3.session import Session

CONNECTIONS = 32


def session(endpoint_url: str, region: str = REGION) -> "Session":
    """A session whose clients all talk to `endpoint_url` as the emulator's root."""
    address = urlparse(endpoint_url)
    made: Session = localstack_client.session.Session(
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106 - the emulator's root, reachable from this machine only
        region_name=region,
        localstack_host=f"{address.hostname}:{address.port}",
    )
    return made


def client(service: str, endpoint_url: str, **options: Any) -> Any:  # noqa: ANN401 - boto3 makes its clients at run time
    """One client; `options` go to botocore's Config. The caller annotates it with the type from boto3-stubs."""
    config = Config(max_pool_connections=CONNECTIONS, s3={"addressing_style": "path"}, **options)
    make: Any = session(endpoint_url).client
    return make(service, config=config)
