"""A function's environment, typed. Read on first use inside the handler, never at import."""

from functools import cache

from pydantic import ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict


class Env(BaseSettings):
    """Base of each handler's environment class; field names are the variables' names in lower case."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")


@cache
def load[E: Env](kind: type[E]) -> E:
    """The environment as an instance of `kind`, validated once.

    Raises:
        RuntimeError: a variable is missing or malformed; the text names each.
    """
    try:
        return kind()
    except ValidationError as error:
        names = ", ".join(".".join(map(str, problem["loc"])).upper() for problem in error.errors())
        raise RuntimeError(f"environment of this function is incomplete or malformed: {names}") from error


class StreamEnv(Env):
    """Of every function that puts onto the streams."""

    database_secret: str
    telemetry_stream: str
    backfill_stream: str
    readings_kept_months: int | None = None
    """Older readings are refused; None: readings are kept for ever."""


class DoorEnv(StreamEnv):
    """Of the doors for gateways."""

    upload_bucket: str
    """Where the registry's copy lies."""
