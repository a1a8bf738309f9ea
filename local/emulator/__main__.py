import os
import signal
import threading
from pathlib import Path

from ministack import app
from ministack.core import persistence

from local.emulator import (
    api_keys,
    iam,
    kinesis_expiry,
    lambda_workers,
    outages,
    require,
    route_responses,
    sagemaker_routes,
    sns_publish,
    stream_signal,
)
from local.sagemaker.service import SageMaker


def save_state() -> None:
    """Write all state to disk now; MiniStack itself does so only when it stops in good order."""
    persistence.save_all(app._build_persistence_save_dict())  # noqa: SLF001 - see the package


def main() -> None:
    require(app, "_build_persistence_save_dict")
    url = f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}"
    sagemaker = SageMaker(Path(os.environ["LOCAL_SAGEMAKER_DIR"]), url)
    api_keys.install()
    iam.install()
    kinesis_expiry.install()
    lambda_workers.install(Path(os.environ["LOCAL_LAYERS_DIR"]))
    route_responses.install()
    switch = outages.install()
    sagemaker_routes.install(sagemaker, switch)
    sns_publish.install(switch)
    stream_signal.install()
    signal.signal(signal.SIGUSR1, lambda *_: threading.Thread(target=save_state).start())
    threading.Thread(target=sagemaker.restore, daemon=True).start()
    try:
        app.main()
    finally:
        sagemaker.close()


if __name__ == "__main__":
    main()
