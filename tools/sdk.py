"""`make sdk`: do the container addresses in cdk/config.py match what the SageMaker SDK says?

The SDK is large (700 MB) and slow to import, so it has an environment of its own that nothing else uses.
"""

import json
import subprocess
import sys

from rich.console import Console

from tools.cloud import REPOSITORY

ENVIRONMENT = REPOSITORY / ".wattwarden" / "sdk"
REQUIREMENTS = REPOSITORY / "requirements" / "sagemaker.txt"
ASK = """
import json, sys
from sagemaker.core import image_uris
version = sys.argv[1]
print(json.dumps({
    region: image_uris.retrieve(
        "sklearn", region, version=version, py_version="py3", instance_type="ml.m5.large", image_scope="training"
    )
    for region in sys.argv[2:]
}))
"""


def check(console: Console) -> bool:
    """Whether every region's address agrees; those that do not are named."""
    from cdk.config import SKLEARN_IMAGE, SKLEARN_REGISTRIES  # noqa: PLC0415 it starts Node, in seconds

    python = ENVIRONMENT / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(ENVIRONMENT)], check=True)
    uv = REPOSITORY / ".venv" / "bin" / "uv"
    install = [str(uv), "pip", "sync", "-q", "--python", str(python), "--require-hashes", str(REQUIREMENTS)]
    subprocess.run(install, check=True)
    version = SKLEARN_IMAGE.partition(":")[2].removesuffix("-cpu-py3")
    command = [str(python), "-W", "ignore", "-c", ASK, version, *SKLEARN_REGISTRIES]
    answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    told: dict[str, str] = json.loads(answer.splitlines()[-1])
    ours = {
        region: f"{account}.dkr.ecr.{region}.amazonaws.com/{SKLEARN_IMAGE}"
        for region, account in SKLEARN_REGISTRIES.items()
    }
    for region, address in ours.items():
        if told[region] != address:
            console.print(f"[red]{region}[/red]: we say {address}, the SDK says {told[region]}")
    if told == ours:
        console.print(f"{len(ours)} regions agree with the SDK: {SKLEARN_IMAGE}")
    return told == ours
