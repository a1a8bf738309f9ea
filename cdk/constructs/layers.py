"""The Lambda layers: our own code, and pinned third-party wheels installed without Docker. Both as bytecode too.

Lambda mounts layers read-only, so Python could not keep what it compiles and would compile it at every cold start.
"""

import shutil
import subprocess
import sys
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Literal

import jsii
from aws_cdk import AssetHashType, BundlingOptions, DockerImage, ILocalBundling
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from cdk.config import ROOT, StageConfig

LayerName = Literal["core", "runtime", "db", "science", "mlflow"]
THIRD_PARTY: tuple[LayerName, ...] = ("runtime", "db", "science", "mlflow")
RUNTIME = lambda_.Runtime.PYTHON_3_13
UNCACHED = ["**/__pycache__", "**/*.pyc"]

# Parts of wheels that no function loads. A function may unpack to 250 MiB with its layers; pyarrow alone holds 165.
UNUSED: tuple[str, ...] = (
    "bin",
    "**/__pycache__",
    "**/tests",
    "**/*.pyi",
    "pyarrow/include",
    "pyarrow/src",
    "pyarrow/*_flight*",
    "pyarrow/*_s3*",
    "pyarrow/*_gcsfs*",
    "pyarrow/*_azurefs*",
    "pyarrow/*_tests*",
    "pyarrow/lib[a-z]*.so",  # copies of the versioned names that the modules link to
    "pyarrow/lib*.so.*.*.*",
)


@jsii.implements(ILocalBundling)
class PinnedWheels:
    """Installs a hashed requirements file for a platform, into the layout a layer has."""

    def __init__(self, requirements: Path, platform: str) -> None:
        self._requirements = requirements
        self._platform = platform

    def try_bundle(self, output_dir: str, *_: object, **__: object) -> bool:
        """Fill `output_dir`; CDK falls back to Docker on False, so failures raise instead."""
        target = Path(output_dir, "python")
        uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or "uv"
        subprocess.run(
            [uv, "pip", "install", "--quiet", "--require-hashes", "--only-binary", ":all:", "--python-version", "3.13",
             "--python-platform", self._platform, "--target", str(target), "-r", str(self._requirements)],
            check=True,
        )  # fmt: skip
        for pattern in UNUSED:
            for path in sorted(target.glob(pattern)):
                if path.is_dir():
                    shutil.rmtree(path)
                else:
                    path.unlink(missing_ok=True)
        _compile(output_dir)
        return True


@jsii.implements(ILocalBundling)
class OwnCode:
    """Copies a folder that is laid out as a layer."""

    def __init__(self, source: Path) -> None:
        self._source = source

    def try_bundle(self, output_dir: str, *_: object, **__: object) -> bool:
        """Fill `output_dir`."""
        shutil.copytree(self._source, output_dir, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
        _compile(output_dir)
        return True


class Layers(Construct):
    """All layers of one stack's functions. Stacks have their own, so that none depends on another's versions."""

    def __init__(self, scope: Construct, construct_id: str, *, config: StageConfig) -> None:
        super().__init__(scope, construct_id)
        self._config = config
        self._made: dict[LayerName, lambda_.LayerVersion] = {}

    def named(self, *names: LayerName) -> list[lambda_.ILayerVersion]:
        """The core layer and those named, made when first asked for."""
        wanted: list[LayerName] = ["core", *names]
        if self._config.wheel_platform is None:
            wanted = ["core"]
        return [self._layer(name) for name in wanted]

    def _layer(self, name: LayerName) -> lambda_.LayerVersion:
        if name not in self._made:
            self._made[name] = lambda_.LayerVersion(
                self,
                name,
                code=self._own(name) if name == "core" else self._third_party(name),
                compatible_runtimes=[RUNTIME],
                compatible_architectures=[self._config.architecture],
                removal_policy=self._config.removal,
                description=f"WattWarden {name}",
            )
        return self._made[name]

    @property
    def _bundled(self) -> bool:
        """False where functions run on the checkout's packages, and in tests, which look at templates only."""
        return self._config.wheel_platform is not None and self.node.try_get_context("bundle") != "false"

    def _own(self, name: LayerName) -> lambda_.Code:
        folder = ROOT / "layers" / name
        bundling = _locally(OwnCode(folder)) if self._bundled else None
        return lambda_.Code.from_asset(str(folder), exclude=UNCACHED, bundling=bundling)

    def _third_party(self, name: LayerName) -> lambda_.Code:
        folder = ROOT / "layers" / name
        requirements = folder / "requirements.txt"
        platform = self._config.wheel_platform
        if platform is None or not self._bundled:
            return lambda_.Code.from_asset(str(folder))
        return lambda_.Code.from_asset(
            str(folder),
            asset_hash_type=AssetHashType.CUSTOM,
            asset_hash=_content_hash(
                {"platform": platform, "unused": ",".join(UNUSED), "form": "bytecode"}, requirements
            ),
            bundling=_locally(PinnedWheels(requirements, platform)),
        )


def _locally(bundling: ILocalBundling) -> BundlingOptions:
    return BundlingOptions(image=DockerImage.from_registry("unused"), local=bundling)


def _compile(layer: str) -> None:
    """Bytecode beside each source, which Lambda takes as it is: the times of an asset's files mean nothing there."""
    subprocess.run(
        [sys.executable, "-m", "compileall", "-q", "-j", "0", "--invalidation-mode", "unchecked-hash",
         "-s", layer, "-p", "/opt", layer],
        check=True,
    )  # fmt: skip


def _content_hash(facts: Mapping[str, str], file: Path) -> str:
    text = "\n".join([*(f"{key}={value}" for key, value in sorted(facts.items())), file.read_text()])
    return sha256(text.encode()).hexdigest()
