"""What SageMaker's scikit-learn container does around a model. Run as `python container.py <port>`.

Loads the program's model_fn, input_fn, predict_fn and output_fn, answers GET /ping and POST /invocations. Stands alone:
it imports nothing of ours, as the container does not.
"""

import importlib
import os
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import ModuleType
from typing import Any, override

DEFAULT_ACCEPT = "application/json"


class Model:
    """The user's program with its model loaded."""

    FUNCTIONS = ("model_fn", "input_fn", "predict_fn", "output_fn")

    def __init__(self, program: ModuleType, folder: str) -> None:
        missing = [name for name in self.FUNCTIONS if not hasattr(program, name)]
        if missing:
            raise SystemExit(f"{program.__name__} lacks {', '.join(missing)}")
        self._program = program
        self._model = program.model_fn(folder)

    def answer(self, body: bytes, content_type: str, accept: str) -> tuple[bytes, str]:
        data = self._program.input_fn(body, content_type)
        output = self._program.output_fn(self._program.predict_fn(data, self._model), accept)
        content, produced = output if isinstance(output, tuple) else (output, accept)
        return (content.encode() if isinstance(content, str) else content), produced


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # keeps connections open
    disable_nagle_algorithm = True
    model: Model

    def do_GET(self) -> None:
        self._send(200 if self.path == "/ping" else 404, b"", DEFAULT_ACCEPT)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path != "/invocations":
            self._send(404, b"", DEFAULT_ACCEPT)
            return
        accept = self.headers.get("Accept") or DEFAULT_ACCEPT
        accept = DEFAULT_ACCEPT if accept == "*/*" else accept
        try:
            content, produced = self.model.answer(body, self.headers.get("Content-Type", DEFAULT_ACCEPT), accept)
        except ValueError as error:  # the program's word for a body it cannot read
            self._send(400, str(error).encode(), "text/plain")
        except Exception as error:
            self._send(500, f"{type(error).__name__}: {error}".encode(), "text/plain")
            raise
        else:
            self._send(200, content, produced)

    def _send(self, status: int, body: bytes, content_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    @override
    def log_message(self, format: str, *args: Any) -> None:
        """Requests are counted by the caller; a line per request would only fill the disk."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def end_with_parent() -> None:
    """A server whose SageMaker was killed serves nobody."""
    parent = os.getppid()
    while os.getppid() == parent:
        time.sleep(2)
    os._exit(0)


def main() -> None:
    threading.Thread(target=end_with_parent, daemon=True).start()
    sys.path.insert(0, os.environ["SM_CODE_DIR"])
    program = importlib.import_module(os.environ["SAGEMAKER_PROGRAM"].removesuffix(".py"))
    Handler.model = Model(program, os.environ["SM_MODEL_DIR"])
    Server(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()


if __name__ == "__main__":
    main()
