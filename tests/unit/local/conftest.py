import io
import tarfile
from collections.abc import Iterator

import pytest

from local import ministack, postgres
from tools.cloud import State


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[State]:
    """MiniStack with our additions, on free ports."""
    free = postgres.free_port()
    state = State(tmp_path_factory.mktemp("cloud"), free - 1)
    ministack.start(state)
    try:
        yield state
    finally:
        ministack.stop(state)


def archive(**files: str) -> bytes:
    """A .tar.gz with the given files; `train` stands for train.py."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as packed:
        for name, text in files.items():
            entry = tarfile.TarInfo(f"{name}.py")
            entry.size = len(text.encode())
            packed.addfile(entry, io.BytesIO(text.encode()))
    return buffer.getvalue()


@pytest.fixture(scope="session")
def source() -> bytes:
    """A detector of a few lines: it adds what it has learnt, and learns for as many seconds as it is told."""
    train = """
import json, os, pathlib, sys, time
time.sleep(float(os.environ.get("SM_HP_SECONDS", "0")))
values = [json.loads(p.read_text()) for p in pathlib.Path(os.environ["SM_CHANNEL_HISTORY"]).iterdir()]
if not values[0]: sys.exit("nothing to learn from")
(pathlib.Path(os.environ["SM_MODEL_DIR"]) / "model.json").write_text(json.dumps(sum(values[0])))
print(f"rows={len(values[0])};")
"""
    serve = """
import json, pathlib
def model_fn(folder): return json.loads((pathlib.Path(folder) / "model.json").read_text())
def input_fn(body, content_type):
    if content_type != "application/json": raise ValueError("json only")
    return json.loads(body)
def predict_fn(data, model): return [x + model for x in data]
def output_fn(prediction, accept): return json.dumps(prediction), accept
"""
    return archive(train=train, serve=serve)
