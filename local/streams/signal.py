"""Learning of writes to Kinesis the moment they happen, from `local.emulator.stream_signal`."""

import threading
import time

import httpx

PATH = "/_wattwarden/streams"
POLL_SECONDS = 0.2  # when the emulator offers no signal
READ_TIMEOUT = 30.0


class WriteSignal:
    """A count that grows with writes; readers wait for it to change."""

    def __init__(self, endpoint_url: str) -> None:
        self._url = f"{endpoint_url}{PATH}"
        self._changed = threading.Condition()
        self.count = -1

    def start(self) -> None:
        threading.Thread(target=self._listen, daemon=True, name="write-signal").start()

    def wait_beyond(self, count: int, seconds: float) -> None:
        """Return once the count is not `count` any more, or after that time."""
        with self._changed:
            self._changed.wait_for(lambda: self.count != count, seconds)

    def _listen(self) -> None:
        with httpx.Client(timeout=READ_TIMEOUT) as http:
            while True:
                try:
                    answer = http.get(self._url, params={"after": self.count})
                    self._set(int(answer.json()["count"]))
                except (httpx.HTTPError, ValueError, KeyError):
                    time.sleep(POLL_SECONDS)
                    self._set(self.count + 1)

    def _set(self, count: int) -> None:
        with self._changed:
            self.count = count
            self._changed.notify_all()
