"""Writes the JSON schema of every published contract: `python -m wattwarden.contracts.schemas events [--check]`."""

import json
import sys
from pathlib import Path

from pydantic import BaseModel

from wattwarden.contracts.events import IncidentsOpened, RaisedAlerts, RetrainRequest
from wattwarden.contracts.readings import OccupancyIn, ReadingIn
from wattwarden.contracts.telemetry import OccupancyBatch, ReadingsBatch, RefusedBatch, WeatherBatch

PUBLISHED: dict[str, type[BaseModel]] = {
    "incidents_opened": IncidentsOpened,
    "raised_alerts": RaisedAlerts,
    "retrain_request": RetrainRequest,
    "reading": ReadingIn,
    "occupancy": OccupancyIn,
    "telemetry_readings": ReadingsBatch,
    "telemetry_occupancy": OccupancyBatch,
    "telemetry_weather": WeatherBatch,
    "telemetry_refused": RefusedBatch,
}


def rendered() -> dict[str, str]:
    """Path under events/ → text."""
    return {
        f"{name}/v1.schema.json": json.dumps(model.model_json_schema(), indent=2, sort_keys=True) + "\n"
        for name, model in PUBLISHED.items()
    }


def stale(folder: Path) -> list[str]:
    """Schemas under the folder that differ from the contracts."""
    return [
        path
        for path, text in rendered().items()
        if not (folder / path).is_file() or (folder / path).read_text(encoding="utf-8") != text
    ]


def main(arguments: list[str]) -> int:
    folder = Path(arguments[0])
    if "--check" in arguments:
        late = stale(folder)
        if late:
            sys.stderr.write(f"out of date: {', '.join(late)}; run `make generate`\n")
        return 1 if late else 0
    for path, text in rendered().items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
