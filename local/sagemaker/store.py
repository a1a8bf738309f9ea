"""What SageMaker knows, as the documents of its API, kept in one file so that it outlives the process."""

import json
import threading
import time
from pathlib import Path
from typing import Any, ClassVar

from local.sagemaker.errors import SageMakerError, not_found

type Document = dict[str, Any]


class Store:
    """Named documents of several kinds. Every change is written before it is answered; safe between threads."""

    KINDS = ("training-job", "model", "endpoint-config", "endpoint")
    WORDS: ClassVar = {"endpoint-config": "endpoint configuration", "training-job": "training job"}

    def __init__(self, file: Path, region: str, account: str) -> None:
        self._file = file
        self._prefix = f"arn:aws:sagemaker:{region}:{account}"
        self._lock = threading.RLock()
        saved = json.loads(file.read_text()) if file.exists() else {}
        self._documents: dict[str, dict[str, Document]] = {kind: saved.get(kind, {}) for kind in self.KINDS}

    def arn(self, kind: str, name: str) -> str:
        return f"{self._prefix}:{kind}/{name.lower() if kind == 'endpoint' else name}"

    def create(self, kind: str, name: str, document: Document) -> Document:
        with self._lock:
            if name in self._documents[kind]:
                if kind == "training-job":
                    raise SageMakerError("ResourceInUse", f"Training job names must be unique: {name}")
                raise SageMakerError(
                    "ValidationException", f'Cannot create already existing {kind} "{self.arn(kind, name)}".'
                )
            now = time.time()
            self._documents[kind][name] = document | {"CreationTime": now, "LastModifiedTime": now}
            self._write()
            return self.get(kind, name)

    def get(self, kind: str, name: str) -> Document:
        with self._lock:
            if name not in self._documents[kind]:
                raise not_found(self.WORDS.get(kind, kind), name)
            return dict(self._documents[kind][name])

    def all(self, kind: str) -> list[Document]:
        with self._lock:
            return [dict(document) for document in self._documents[kind].values()]

    def update(self, kind: str, name: str, **changes: object) -> Document:
        """Change fields; a value of None removes its field. A document deleted meanwhile stays deleted."""
        with self._lock:
            if name not in self._documents[kind]:
                return {}
            document = self._documents[kind][name] | changes | {"LastModifiedTime": time.time()}
            self._documents[kind][name] = {field: value for field, value in document.items() if value is not None}
            self._write()
            return self.get(kind, name)

    def move_status(self, kind: str, name: str, field: str, *, before: str, after: str) -> None:
        """Change a status in one step, so that of two requests only one goes through.

        Raises:
            SageMakerError: it is not what it must be.
        """
        with self._lock:
            status = self.get(kind, name)[field]
            if status != before:
                raise SageMakerError("ValidationException", f'Cannot update {kind} "{name}": it is {status}.')
            self.update(kind, name, **{field: after}, FailureReason=None)

    def delete(self, kind: str, name: str) -> None:
        with self._lock:
            self.get(kind, name)
            del self._documents[kind][name]
            self._write()

    def _write(self) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        scratch = self._file.with_suffix(".new")
        scratch.write_text(json.dumps(self._documents))
        scratch.replace(self._file)
