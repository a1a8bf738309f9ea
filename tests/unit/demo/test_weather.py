"""The weather service answers as Open-Meteo does, with what the demo hostel's rooms felt."""

import json
import threading
from datetime import UTC, date, datetime, timedelta
from http import HTTPStatus
from urllib.request import urlopen

import numpy as np

from local.demo.scenario import LATITUDE, LONGITUDE, demo_hostel
from local.demo.weather import answer, server
from simulator.generator import generate

TODAY = date(2026, 11, 20)
HERE = f"latitude={LATITUDE}&longitude={LONGITUDE}"


def test_the_forecast_has_one_row_an_hour_for_past_and_coming_days() -> None:
    status, body = answer(f"/v1/forecast?{HERE}&past_days=7&forecast_days=1", TODAY)
    hourly = body["hourly"]
    assert status == HTTPStatus.OK
    assert set(hourly) == {"time", "temperature_2m", "relative_humidity_2m"}
    assert {len(column) for column in hourly.values()} == {8 * 24}
    assert (hourly["time"][0], hourly["time"][-1]) == ("2026-11-13T00:00", "2026-11-20T23:00")


def test_the_archive_tells_what_the_rooms_felt() -> None:
    _, body = answer(f"/v1/archive?{HERE}&start_date=2026-11-10&end_date=2026-11-11", TODAY)
    start = datetime(2026, 11, 10, tzinfo=UTC)
    felt = generate(demo_hostel(), start.timestamp(), (start + timedelta(days=2)).timestamp())
    np.testing.assert_allclose(body["hourly"]["temperature_2m"], felt.temperature_c, atol=0.05)


def test_a_malformed_question_is_refused_with_a_reason() -> None:
    for target in ("/v1/forecast?latitude=1", f"/v1/archive?{HERE}", "/v1/forecast?latitude=95&longitude=0"):
        status, body = answer(target, TODAY)
        assert status == HTTPStatus.BAD_REQUEST
        assert body["error"]


def test_it_serves_over_http() -> None:
    weather = server(0)
    thread = threading.Thread(target=weather.serve_forever, daemon=True)
    thread.start()
    try:
        with urlopen(f"http://127.0.0.1:{weather.server_address[1]}/v1/forecast?{HERE}&forecast_days=1") as response:
            assert len(json.load(response)["hourly"]["time"]) == 24
    finally:
        weather.shutdown()
        weather.server_close()
        thread.join()
