"""Where files to import go, and where their results come from."""

from typing import Protocol

from wattwarden.contracts.api.imports import ImportOut


class Uploads(Protocol):
    def upload_url(self, hostel_id: int, import_id: str, file_name: str, valid_s: int) -> str:
        """A URL to which the file may be PUT once within `valid_s` seconds."""

    def result(self, hostel_id: int, import_id: str) -> ImportOut | None:
        """What became of the file; None while it was not (completely) read.

        Raises:
            UnavailableError: the store does not answer.
        """
