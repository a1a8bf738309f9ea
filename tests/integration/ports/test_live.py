"""`ports.alerts.LivePush`: a message to one browser."""

import pytest
from botocore.stub import Stubber

from tests.fakes.alerts import FakeLive
from wattwarden.adapters.live import ApiGatewayLive
from wattwarden.ports.alerts import LivePush

VERIFIES = [FakeLive]


@pytest.fixture
def live(kind: str, request: pytest.FixtureRequest) -> LivePush:
    """To which one browser is connected, as c1; another was."""
    if kind == "fake":
        return FakeLive(open={"c1": []})
    request.getfixturevalue("aws")
    live = ApiGatewayLive("https://live.test/live")
    stub = Stubber(live._client)
    stub.add_response("post_to_connection", {}, {"ConnectionId": "c1", "Data": b"hello"})
    stub.add_client_error("post_to_connection", "GoneException", http_status_code=410)
    stub.activate()
    return live


def test_a_message_reaches_an_open_browser_and_one_that_left_is_told(live: LivePush) -> None:
    assert live.send("c1", "hello")
    assert not live.send("c2", "hello")
