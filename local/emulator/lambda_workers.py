"""Lambda workers that start and answer faster.

MiniStack unzips every layer anew for every worker and waits 50 ms for log lines after each call. Here a layer is
unzipped once, and log lines that come late are collected with the next call.
"""

import hashlib
import os
import shutil
import tempfile
import threading
import zipfile
from pathlib import Path
from typing import Any

from ministack.core import lambda_runtime
from ministack.services import lambda_svc

from local.emulator import require

LOG_WAIT_SECONDS = 0.004

_unzipping = threading.Lock()


def install(layers: Path) -> None:
    """Make MiniStack use these workers; unzipped layers are kept in `layers`."""
    require(lambda_runtime, "Worker")
    require(lambda_svc, "_resolve_layer_zip")
    lambda_runtime.Worker = _worker_class(layers)


def unzip_layer(layers: Path, content: bytes) -> Path:
    """The folder that holds the layer's files; made on first use."""
    folder = layers / hashlib.sha256(content).hexdigest()[:24]
    with _unzipping:
        if not folder.exists():
            layers.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=layers) as scratch:
                archive = Path(scratch) / "layer.zip"
                archive.write_bytes(content)
                unzipped = Path(scratch) / "layer"
                with zipfile.ZipFile(archive) as layer:
                    layer.extractall(unzipped)
                shutil.move(unzipped, folder)
    return folder


def _worker_class(layers: Path) -> type[Any]:
    class Worker(lambda_runtime.Worker):  # type: ignore[misc]  # MiniStack is not typed
        config: dict[str, Any]

        def _spawn(self) -> None:
            configuration = self.config
            contents = [lambda_svc._resolve_layer_zip(layer) for layer in configuration.get("Layers", [])]  # noqa: SLF001 - see the package
            folders = [str(unzip_layer(layers, content)) for content in contents if content]
            variables = configuration.get("Environment", {}).get("Variables", {})
            self.config = configuration | {
                "Layers": [],
                "Environment": {"Variables": variables | {"_LAMBDA_LAYERS_DIRS": os.pathsep.join(folders)}},
            }
            try:
                super()._spawn()
            finally:
                self.config = configuration

        def _drain_stderr_bounded(
            self, first_line_wait: float = LOG_WAIT_SECONDS, idle_confirm: float = 0.002, hard_cap: float = 0.05
        ) -> str:
            return str(super()._drain_stderr_bounded(first_line_wait, idle_confirm, hard_cap))

    return Worker
