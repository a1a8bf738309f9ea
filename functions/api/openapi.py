"""Writes frontend/openapi.json from the routes: python -m functions.api.openapi [--check]."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from aws_lambda_powertools.event_handler.openapi.models import HTTPBearer

from functions.api.routes import app

TARGET = Path(__file__).parents[2] / "frontend" / "openapi.json"
COMMAND = "python -m functions.api.openapi"
PREFIX = "#/components/schemas/"


def document() -> dict[str, Any]:
    """The OpenAPI document; schemas that no operation refers to are left out."""
    schema = app.get_openapi_schema(
        title="WattWarden",
        version="1",
        description="What the web app asks. Times are UTC, energies kWh, powers kW; refusals are problem+json.",
        security_schemes={"cognito": HTTPBearer(description="The Cognito ID token, as it is", bearerFormat="JWT")},
        security=[{"cognito": []}],
    )
    openapi: dict[str, Any] = json.loads(schema.model_dump_json(by_alias=True, exclude_none=True))
    for path in openapi["paths"].values():
        for operation in path.values():
            # Powertools' own format for an answer that breaks its contract, which is never sent.
            del operation["responses"]["500"]
            operation["responses"] = dict(sorted(operation["responses"].items()))
    schemas = openapi["components"]["schemas"]
    needed = _reachable(openapi["paths"], schemas)
    openapi["components"]["schemas"] = {name: schemas[name] for name in sorted(needed)}
    openapi["paths"] = dict(sorted(openapi["paths"].items()))
    return openapi


def _reachable(node: object, schemas: dict[str, Any]) -> set[str]:
    found: set[str] = set()
    waiting = [node]
    while waiting:
        at = waiting.pop()
        if isinstance(at, list):
            waiting += at
        elif isinstance(at, dict):
            waiting += at.values()
            name = str(at.get("$ref", "")).removeprefix(PREFIX)
            if name in schemas and name not in found:
                found.add(name)
                waiting.append(schemas[name])
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail when the committed document differs")
    text = json.dumps(document(), indent=2, ensure_ascii=False) + "\n"
    if not parser.parse_args().check:
        TARGET.write_text(text, encoding="utf-8")
        return 0
    if TARGET.exists() and TARGET.read_text(encoding="utf-8") == text:
        return 0
    sys.stderr.write(f"{TARGET.name} does not match the routes: run `{COMMAND}` and commit.\n")
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
