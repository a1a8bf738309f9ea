"""The page in a real browser: sign in, see the rooms, and see an alert arrive without touching anything."""

import shutil
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import ConsoleMessage, Page, expect, sync_playwright

from tests.e2e.journey import Hostel, eventually, found_hostel, hourly, whole_hour
from tools.cloud import Cloud, State

pytestmark = pytest.mark.e2e

DAYS = 16
ARRIVES_WITHIN_MS = 15_000


@pytest.fixture(scope="module")
def hostel(cloud: Cloud, state: State) -> Hostel:
    made = found_hostel(cloud, state, "page", rooms=2)
    until = whole_hour() - timedelta(hours=1)
    for room in made.rooms:
        made.push(*hourly(room, DAYS * 24, until))
    eventually(made.stored, lambda count: count >= 2 * DAYS * 24, 60)
    return made


@pytest.fixture
def page() -> Iterator[Page]:
    """A page in the machine's Chromium; without one, in Playwright's own (`playwright install chromium`)."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("google-chrome"), args=["--no-sandbox"]
        )
        yield browser.new_page()
        browser.close()


def test_an_alert_arrives_on_the_open_page_and_is_acknowledged_there(page: Page, hostel: Hostel) -> None:
    complaints: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            complaints.append(message.text)

    page.on("console", listen)
    page.goto(f"{hostel.cloud.url}/?hostel={hostel.hostel_id}")
    page.get_by_label("Email").fill(hostel.cloud.admin["email"])
    page.get_by_label("Password").fill(hostel.cloud.admin["password"])
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("link", name="R01")).to_be_visible(timeout=ARRIVES_WITHIN_MS)
    expect(page.get_by_role("button", name="Acknowledge")).to_have_count(0)

    hostel.push({"meter": "R01", "timestamp": whole_hour().isoformat(), "kwh": 3.1, "voltage": 229.0})

    acknowledge = page.get_by_role("button", name="Acknowledge")
    expect(acknowledge).to_have_count(1, timeout=ARRIVES_WITHIN_MS)
    expect(page.get_by_text("More electricity than expected").first).to_be_visible()
    acknowledge.click()
    eventually(hostel.alerts, lambda alerts: [a["state"] for a in alerts] == ["acknowledged"])
    assert complaints == []  # the content security policy included
