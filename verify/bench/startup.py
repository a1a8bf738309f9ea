"""How long a function takes to start, and how large it is: each handler in a fresh interpreter, as Lambda starts it."""

import io
import json
import statistics
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import metadata
from pathlib import Path
from typing import Any

from tools.cloud import REGION, REPOSITORY

FUNCTIONS = REPOSITORY / "functions"
LAYERS = REPOSITORY / "layers"
CORE = LAYERS / "core" / "python"
CONTENT = {"core": "wattwarden", "runtime": "boto3", "db": "sqlalchemy", "science": "pyarrow"}
"""What a layer's bundle is known by."""
RUNS = 5
HEAVIEST = 8
TARGET_MS = 800
"""Wanted of the import, which is what Lambda calls the init; what the first event makes is told beside it."""
FIRST_EVENT = {"api": ("asset_registry", "views")}
"""Adapters that a function's first event makes, where others are for rare events: the page's first question here."""
LIBRARIES = ("sqlalchemy", "sqlalchemy.dialects.postgresql", "pg8000.dbapi", "boto3", "pydantic_settings")
"""What every function that meets the database and AWS has to import, whatever we write."""

# Runs in the fresh interpreter: what Lambda does before the first event, and what the first event makes once.
_PROBE = """
import json, os, sys, time
begun = time.perf_counter()
worked = time.process_time()
import handler
imported = time.perf_counter()
worked_before = time.process_time()
import re
from functools import cached_property
from pydantic import TypeAdapter
from wattwarden.runtime.settings import ABSENT, Settings
from wattwarden.runtime.wiring import Wiring, wiring

def value_of(name, field):
    if name == "drift_limits":
        limits = ("drifted_share", "alert_rate_ratio", "precision", "fallback_share", "cooldown_days")
        return json.dumps(dict.fromkeys(limits, 1))
    schema = TypeAdapter(field.annotation).json_schema()
    if schema.get("type") in ("integer", "number"):
        return "1"
    is_address = "url" in name or "endpoint" in name
    return "https://bench.invalid" if is_address else "arn:aws:bench:us-east-1:000000000000:name"

for name, field in Settings.model_fields.items():
    if field.default is ABSENT:
        os.environ.setdefault(name.upper(), value_of(name, field))
files = [getattr(module, "__file__", None) or "" for module in list(sys.modules.values())]
named = {
    name
    for file in files
    if file.startswith(sys.path[0])
    for name in re.findall(r"wiring\\.(\\w+)", open(file).read())
    if isinstance(vars(Wiring).get(name), cached_property) and name != "settings"
}
wanted = os.environ.get("BENCH_ADAPTERS")
made = sorted(named & set(wanted.split(","))) if wanted else sorted(named)
prepared = time.perf_counter()
worked_between = time.process_time()
for part in made:
    getattr(wiring, part)
built = time.perf_counter()
print(json.dumps({
    "import_ms": 1000 * (imported - begun),
    "adapters_ms": 1000 * (built - prepared),
    "cpu_ms": 1000 * (time.process_time() - worked - (worked_between - worked_before)),
    "adapters": made,
    "modules": len(sys.modules),
}))
"""


def measure(runs: int = RUNS) -> dict[str, Any]:
    """Per function: medians of import and of building its adapters, the heaviest imports, its size; and the layers'."""
    folders = sorted(file.parent for file in FUNCTIONS.glob("*/handler.py"))
    libraries: list[float] = []
    started: dict[Path, list[subprocess.CompletedProcess[str]]] = {folder: [] for folder in folders}
    with _aws() as endpoint:
        for folder in folders:
            _start(folder, endpoint)  # compiles what is not compiled yet
        for _ in range(runs):  # all of them in turns: a slow minute of the machine is nobody's alone
            libraries.append(_libraries(endpoint))
            for folder in folders:
                started[folder].append(_start(folder, endpoint))
        functions = {folder.name: _function(folder, endpoint, results) for folder, results in started.items()}
    known = [figures for figures in functions.values() if "error" not in figures]
    return {
        "runs": runs,
        "target_init_ms": TARGET_MS,
        "libraries_ms": round(statistics.median(libraries)),
        "libraries": LIBRARIES,
        "slowest_import_ms": max((figures["import_ms"] for figures in known), default=None),
        "slowest_both_ms": max((figures["both_ms"] for figures in known), default=None),
        "functions": functions,
        "layers": {folder.name: layer_size(folder) for folder in sorted(LAYERS.iterdir()) if folder.is_dir()},
    }


def _function(folder: Path, endpoint: str, results: Sequence[subprocess.CompletedProcess[str]]) -> dict[str, Any]:
    for result in results:
        if result.returncode:
            return {"error": result.stderr.strip().splitlines()[-1]}
    found = [json.loads(result.stdout.splitlines()[-1]) for result in results]
    imported = statistics.median(run["import_ms"] for run in found)
    adapters = statistics.median(run["adapters_ms"] for run in found)
    return {
        "import_ms": round(imported),
        "adapters_ms": round(adapters),
        "both_ms": round(statistics.median(run["import_ms"] + run["adapters_ms"] for run in found)),
        "cpu_ms": round(statistics.median(run["cpu_ms"] for run in found)),
        "uncompiled_ms": round(_uncompiled(folder, endpoint)),
        "modules": found[0]["modules"],
        "adapters": found[0]["adapters"],
        "zip_kb": round(_zipped(folder) / 1000, 1),
        "heaviest_imports_ms": _import_times(folder, endpoint),
    }


def _start(folder: Path, endpoint: str, *options: str, code: str = _PROBE) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *options, "-c", f"import sys; sys.path[0] = {str(folder)!r}\n{code}"],
        env=_environment(folder.name, endpoint) | _adapters(folder.name),
        capture_output=True,
        text=True,
        check=False,
    )


def _libraries(endpoint: str) -> float:
    """Milliseconds to import the libraries alone, without a line of ours."""
    code = f"""
import time
begun = time.perf_counter()
import {", ".join(LIBRARIES)}
print(1000 * (time.perf_counter() - begun))
"""
    return float(_start(FUNCTIONS, endpoint, code=code).stdout)


def _uncompiled(folder: Path, endpoint: str) -> float:
    """Milliseconds of the import where no byte code is kept: in AWS nobody can write it next to a layer."""
    nowhere = ("-B", "-X", "pycache_prefix=/nonexistent")
    return float(json.loads(_start(folder, endpoint, *nowhere).stdout.splitlines()[-1])["import_ms"])


def _environment(name: str, endpoint: str) -> dict[str, str]:
    return {
        "PYTHONPATH": str(CORE),
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "POWERTOOLS_SERVICE_NAME": name,
        "POWERTOOLS_METRICS_NAMESPACE": "WattWarden",
        "LOG_LEVEL": "INFO",
    }


def _adapters(name: str) -> dict[str, str]:
    return {"BENCH_ADAPTERS": ",".join(FIRST_EVENT[name])} if name in FIRST_EVENT else {}


def _import_times(folder: Path, endpoint: str) -> dict[str, int]:
    """Milliseconds by top-level package: what each adds by itself, without what it imports of others."""
    spent: dict[str, float] = {}
    for line in _start(folder, endpoint, "-X", "importtime", code="import handler").stderr.splitlines():
        own, _, name = line.removeprefix("import time:").split("|")
        if own.strip().isdigit():
            package = name.strip().partition(".")[0]
            spent[package] = spent.get(package, 0) + int(own) / 1000
    heaviest = sorted(spent, key=spent.__getitem__, reverse=True)[:HEAVIEST]
    return {package: round(spent[package]) for package in heaviest}


def _zipped(folder: Path) -> int:
    """Bytes of the function's own archive."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as target:
        for file in folder.rglob("*.py"):
            target.write(file, file.relative_to(folder))
    return len(archive.getvalue())


def layer_size(folder: Path) -> dict[str, Any]:
    """Megabytes of a layer, unpacked: as it was last bundled into cdk.out, else its own code and what it pins."""
    bundles = [
        place for place in (REPOSITORY / "cdk.out").glob("asset.*/python") if (place / CONTENT[folder.name]).exists()
    ]
    if bundles:
        newest = max(bundles, key=lambda place: place.stat().st_mtime)
        return {"unpacked_mb": round(_files_size(newest) / 1e6, 1), "bundled": True}
    own = _files_size(folder / "python")
    pinned = folder / "requirements.txt"
    sizes = {name: _installed(name) for name in _names(pinned)} if pinned.exists() else {}
    total = own + sum(sizes.values())
    return {"unpacked_mb": round(total / 1e6, 1), "bundled": False}


def _files_size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def _names(requirements: Path) -> list[str]:
    lines = requirements.read_text().splitlines()
    return [line.partition("==")[0].partition("[")[0] for line in lines if "==" in line and line[0].isalnum()]


def _installed(distribution: str) -> int:
    try:
        files = metadata.files(distribution) or []
    except metadata.PackageNotFoundError:
        return 0
    found = (Path(str(file.locate())) for file in files if file.suffix != ".pyc")
    return sum(path.stat().st_size for path in found if path.exists())


class _Answers(BaseHTTPRequestHandler):
    """AWS, as far as a start asks it: the database's secret. Nobody listens at the address it tells."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        secret = {"username": "w", "password": "w", "host": "127.0.0.1", "port": 1, "dbname": "w"}
        body = json.dumps({"SecretString": json.dumps(secret)}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def _aws() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
