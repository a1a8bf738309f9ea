"""The edge's own routes; forwarding is what the end-to-end journeys travel through."""

import asyncio
from pathlib import Path

import httpx
import pytest
from starlette.requests import Request
from starlette.types import ASGIApp

from local.edge.__main__ import Edge
from local.edge.site import Site
from local.outbox import Outbox
from local.postgres import free_port
from tools.cloud import Cloud

APIS = {"AppApiId": "app", "IngestApiId": "ingest", "LiveApiId": "live"}
OUTPUTS = APIS | {"UserPoolId": "pool", "UserPoolClientId": "c"}


class Browser:
    """One request at a time, without a server."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    def get(self, path: str, method: str = "GET") -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self._app)
            async with httpx.AsyncClient(transport=transport, base_url="http://edge") as client:
                return await client.request(method, path)

        return asyncio.run(ask())


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Browser:
    """An edge before a MiniStack that does not answer."""
    dist = tmp_path / "frontend" / "dist"
    (dist / "assets").mkdir(parents=True)
    (dist / "index.html").write_text("<!doctype html>app")
    (dist / "assets" / "index-1a2b.js").write_text("1")
    (tmp_path / "secret.txt").write_text("secret")
    monkeypatch.setattr("local.edge.__main__.REPOSITORY", tmp_path)
    cloud = Cloud("http://127.0.0.1:1", f"http://127.0.0.1:{free_port()}", "us-east-1", OUTPUTS, {}, {})
    return Browser(Edge(cloud, Outbox(tmp_path / "outbox.sqlite")).application())


@pytest.mark.parametrize("path", ["/", "/rooms/12", "/alerts"])
def test_any_page_of_the_app_is_its_index_and_is_asked_for_each_time(page: Browser, path: str) -> None:
    answer = page.get(path)
    assert (answer.status_code, answer.text) == (200, "<!doctype html>app")
    assert answer.headers["cache-control"] == "no-cache"


def test_a_hashed_file_is_kept_for_ever(page: Browser) -> None:
    assert page.get("/assets/index-1a2b.js").headers["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("path", ["/assets/gone.js", "/favicon.png", "/api", "/v1", "/live", "/cognito"])
def test_what_is_missing_does_not_become_the_app(page: Browser, path: str) -> None:
    answer = page.get(path)
    assert answer.status_code in (404, 405)
    assert "app" not in answer.text


def test_no_file_outside_the_build_is_served(page: Browser) -> None:
    assert page.get("/..%2f..%2fsecret.txt").status_code == 404
    assert page.get("/assets/../../../secret.txt").status_code == 404


def test_every_answer_carries_the_security_headers(page: Browser) -> None:
    for path in ("/", "/assets/index-1a2b.js", "/config.json", "/api/v1/rooms", "/outbox"):
        headers = page.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["x-frame-options"] == "DENY"


def test_the_page_learns_where_to_sign_in(page: Browser) -> None:
    assert page.get("/config.json").json() == {
        "stage": "local",
        "region": "us-east-1",
        "userPoolId": "pool",
        "userPoolClientId": "c",
        "cognitoEndpoint": "/cognito",
    }


def test_an_api_that_does_not_answer_is_a_502(page: Browser) -> None:
    assert page.get("/api/v1/rooms").status_code == 502
    assert page.get("/v1/readings", "POST").status_code == 502


def test_an_unbuilt_page_says_how_to_build_it(tmp_path: Path) -> None:
    request = Request({"type": "http", "path": "/", "headers": [], "server": ("h", 1)})
    assert b"make up" in asyncio.run(Site(tmp_path).serve(request)).body
