"""Weather comes ahead of its hour."""

from datetime import UTC, datetime, timedelta

from tests.fakes.asset_registry import FakeAssetRegistry
from tests.fakes.telemetry import FakeStream
from wattwarden.contracts.telemetry import WeatherBatch
from wattwarden.domain.errors import UnavailableError
from wattwarden.ports.stream import Lane
from wattwarden.ports.weather import WeatherSource
from wattwarden.usecases.telemetry.collect_weather import collect_weather

NOW = datetime(2026, 1, 31, 9, 20, tzinfo=UTC)


class FakeWeather(WeatherSource):
    """Answers with a week and two days; not for hostels south of the equator."""

    def hourly(self, latitude: float, longitude: float) -> list[tuple[float, float | None, float | None]]:
        if latitude < 0:
            raise UnavailableError("no answer")
        start = datetime(2026, 1, 24, tzinfo=UTC)
        return [((start + timedelta(hours=hour)).timestamp(), 20.0, longitude) for hour in range(9 * 24)]


def test_the_past_and_the_coming_six_hours_are_put_and_no_more() -> None:
    stream = FakeStream()
    assert collect_weather(FakeAssetRegistry(locations=[(1, 18.5, 73.9)]), FakeWeather(), stream, NOW) == []
    [(key, batch)] = stream.batches
    assert isinstance(batch, WeatherBatch)
    assert (key, stream.lanes) == ("1:weather", [Lane.LIVE])
    assert batch.ts[0] == datetime(2026, 1, 24, tzinfo=UTC).timestamp()
    assert batch.ts[-1] == datetime(2026, 1, 31, 15, tzinfo=UTC).timestamp()
    assert len(batch.temperature_c) == len(batch.humidity) == len(batch.ts)


def test_a_hostel_whose_weather_fails_does_not_hold_up_the_others() -> None:
    stream = FakeStream()
    registry = FakeAssetRegistry(locations=[(1, -33.9, 18.4), (2, 18.5, 73.9)])
    assert collect_weather(registry, FakeWeather(), stream, NOW) == [1]
    assert [batch.hostel_id for _, batch in stream.batches] == [2]
