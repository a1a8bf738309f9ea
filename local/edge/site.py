"""The built page: hashed files for ever, everything else asked for each time, any page of the app is index.html."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response

FOR_EVER = "public, max-age=31536000, immutable"
ASK = "no-cache"


class Site:
    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()

    async def serve(self, request: Request) -> Response:
        """A file of the build; a path without a file name is a page of the app; a missing file is a 404."""
        path = request.url.path
        is_page = "." not in path.rpartition("/")[2]
        file = (self._folder / ("index.html" if is_page else path.lstrip("/"))).resolve()
        if not file.is_relative_to(self._folder) or not file.is_file():
            missing = "The page has not been built: run make up." if is_page else "Not found"
            return PlainTextResponse(missing, status_code=404)
        return FileResponse(file, headers={"cache-control": FOR_EVER if path.startswith("/assets/") else ASK})
