"""SNS's outages, as `outages` says: publishing then answers 503, whichever way it is asked."""

from typing import TYPE_CHECKING, Any

from ministack.services import sns

from local.emulator import require
from local.emulator.outages import Switch
from local.emulator.stream_signal import Answer

if TYPE_CHECKING:
    from collections.abc import Callable


def install(switch: Switch) -> None:
    require(sns, "_publish", "_error")
    publish: Callable[[dict[str, Any]], Answer] = sns._publish  # noqa: SLF001 - see the package

    def unless_away(parameters: dict[str, Any]) -> Answer:
        if switch.now.sns:
            away: Answer = sns._error("ServiceUnavailable", "The request has failed.", 503)  # noqa: SLF001
            return away
        return publish(parameters)

    sns._publish = unless_away  # noqa: SLF001
