"""What its environment tells a function, typed. Nothing is read before an event first needs it."""

from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import Field, Json, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class Absent:
    """Stands for a variable that this function does not have."""


ABSENT: Any = Absent


class Settings(BaseSettings):
    """Names are the variables' in lower case; docs/architecture.md says which function has which.

    Raises:
        RuntimeError: when a variable is asked for that this function does not have.
    """

    model_config = SettingsConfigDict(frozen=True, extra="ignore", validate_default=False)

    admin_email: str = ABSENT
    alert_topic_arn: str = ABSENT
    backfill_stream: str = ABSENT
    challenger_share: float = ABSENT
    database_secret: str = ABSENT
    drift_limits: str = ABSENT
    endpoint_name: str = ABSENT
    event_bus: str = ABSENT
    ingest_usage_plan_id: str = ABSENT
    kept_days: Annotated[Json[dict[str, Annotated[int, Field(ge=1)]]], NoDecode] = Field(default_factory=dict)
    """Days that rows other than readings are kept for, by their kind; those not named are kept for ever."""
    lake_bucket: str = ABSENT
    live_endpoint: str = ABSENT
    model_bucket: str = ABSENT
    powertools_service_name: str = "wattwarden"
    readings_kept_months: Annotated[int, Field(ge=1)] | None = None
    """Older readings are refused; None: readings are kept for ever."""
    retrain_arn: str = ABSENT
    search_seconds: float = ABSENT
    serving_source: str = ABSENT
    telemetry_stream: str = ABSENT
    tracking_server: str | None = None
    """ARN of a SageMaker tracking server; without one MLflow's tables are in our own database."""
    training_source: str = ABSENT
    trial_seconds: int = ABSENT
    upload_bucket: str = ABSENT
    user_pool_id: str = ABSENT
    weather_url: str = ABSENT

    @classmethod
    def read(cls) -> Self:
        """The environment of this process.

        Raises:
            RuntimeError: variables are malformed; the text names each.
        """
        try:
            return cls()
        except ValidationError as error:
            names = ", ".join(sorted({str(problem["loc"][0]).upper() for problem in error.errors()}))
            # Not pydantic's own error, which the doors for gateways answer with the sender's mistake.
            raise RuntimeError(f"malformed in the environment of this function: {names}") from error

    if not TYPE_CHECKING:  # a type checker would let any name pass

        def __getattribute__(self, name: str) -> object:
            value = super().__getattribute__(name)
            if value is ABSENT:
                raise RuntimeError(f"missing in the environment of this function: {name.upper()}")
            return value
