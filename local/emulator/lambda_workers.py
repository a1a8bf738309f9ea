"""Lambda workers that start and answer faster, that outlive an exception, and that know who may wait.

MiniStack unzips every layer anew for every worker and waits 50 ms for log lines after each call. Here a layer is
unzipped once, and log lines that come late are collected with the next call. It also ends a worker whose handler
raised, where Lambda keeps it: every retry of an outage would import everything anew. And all functions share the cores
of this machine: what may wait (history, archive, replays, reports) runs in workers of its own that give way.
"""

import hashlib
import os
import shutil
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ministack.core import lambda_runtime
from ministack.services import lambda_svc

from local.emulator import require

LOG_WAIT_SECONDS = 0.004
MAY_WAIT = {
    *("archive_telemetry", "compact_lake", "copy_asset_registry", "export_training_data", "extend_partitions"),
    *("import_file", "migrate_database", "register_model", "replay_meters", "watch_drift"),
}
"""Functions whose every call may wait."""
BACKFILL = "backfill"
"""The stream whose records may wait bears this in its name, in whatever case."""
NICENESS = 10  # a tenth of the processor when others want it
GIVES_WAY = 'import os; os.nice(int(os.environ.get("LOCAL_NICENESS", "0")))\n'
RAISED = '{"status": "error", "error": str(e), "trace"'
RAISED_BUT_LIVES = '{"status": "ok", "raised": True, "error": str(e), "trace"'

_unzipping = threading.Lock()
_calling = threading.local()


def install(layers: Path) -> None:
    """Make MiniStack use these workers; unzipped layers are kept in `layers`."""
    require(lambda_runtime, "Worker", "_PYTHON_WORKER_SCRIPT", "_lock", "_workers", "_worker_key", "_worker_class_for")
    require(lambda_svc, "_resolve_layer_zip", "_execute_function_warm", "acquire_worker")
    script: str = lambda_runtime._PYTHON_WORKER_SCRIPT  # noqa: SLF001 - see the package
    if RAISED not in script:
        raise SystemExit("MiniStack's worker reports exceptions in another way: pin ministack==1.5.33")
    lambda_runtime._PYTHON_WORKER_SCRIPT = GIVES_WAY + script.replace(RAISED, RAISED_BUT_LIVES)  # noqa: SLF001
    lambda_runtime.Worker = _worker_class(layers)
    lambda_svc._execute_function_warm = _noting_who_may_wait(lambda_svc._execute_function_warm)  # noqa: SLF001
    lambda_svc.acquire_worker = _acquire_worker


def may_wait(function: str, event: object) -> bool:
    """Whether this call of the function gives way to others."""
    if function in MAY_WAIT:
        return True
    records = event.get("Records", []) if isinstance(event, dict) else []
    return any(BACKFILL in str(record.get("eventSourceARN", "")).lower() for record in records[:1])


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


def _noting_who_may_wait(execute: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    def noting(func: dict[str, Any], event: object, request_id: str) -> dict[str, Any]:
        variables = (func.get("config") or func).get("Environment", {}).get("Variables", {})
        _calling.may_wait = may_wait(variables.get("POWERTOOLS_SERVICE_NAME", ""), event)
        return execute(func, event, request_id)

    return noting


def _acquire_worker(
    func_name: str, config: dict[str, Any], code_zip: bytes, qualifier: str = "$LATEST"
) -> tuple[Any, str]:
    """As MiniStack's, but a call that may wait shares no worker with one that may not."""
    waits = getattr(_calling, "may_wait", False)
    key = lambda_runtime._worker_key(func_name, config, qualifier)  # noqa: SLF001 - see the package
    with lambda_runtime._lock:  # noqa: SLF001
        workers = lambda_runtime._workers.setdefault(key, [])  # noqa: SLF001
        worker = next((w for w in workers if not w.in_use and w.waits == waits), None)
        how = "spawn" if worker is None else "reused"
        if worker is None:
            worker = lambda_runtime._worker_class_for(config)(func_name, config, code_zip)  # noqa: SLF001
            worker.waits = waits
            workers.append(worker)
        worker.in_use, worker.last_used = True, time.time()
        return worker, how


def _worker_class(layers: Path) -> type[Any]:
    class Worker(lambda_runtime.Worker):  # type: ignore[misc]  # MiniStack is not typed
        config: dict[str, Any]
        waits = False

        def _spawn(self) -> None:
            configuration = self.config
            contents = [lambda_svc._resolve_layer_zip(layer) for layer in configuration.get("Layers", [])]  # noqa: SLF001 - see the package
            folders = [str(unzip_layer(layers, content)) for content in contents if content]
            variables = configuration.get("Environment", {}).get("Variables", {})
            self.config = configuration | {
                "Layers": [],
                "Environment": {
                    "Variables": variables
                    | {"_LAMBDA_LAYERS_DIRS": os.pathsep.join(folders)}
                    | ({"LOCAL_NICENESS": str(NICENESS)} if self.waits else {})
                },
            }
            try:
                super()._spawn()
            finally:
                self.config = configuration

        def invoke(self, event: object, request_id: str, **options: Any) -> dict[str, Any]:  # noqa: ANN401 - as it is
            answer: dict[str, Any] = super().invoke(event, request_id, **options)
            return answer | {"status": "error"} if answer.pop("raised", False) else answer

        def _drain_stderr_bounded(
            self, first_line_wait: float = LOG_WAIT_SECONDS, idle_confirm: float = 0.002, hard_cap: float = 0.05
        ) -> str:
            return str(super()._drain_stderr_bounded(first_line_wait, idle_confirm, hard_cap))

    return Worker
