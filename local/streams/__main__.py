"""Polls every Kinesis mapping of the running cloud until it is told to stop."""

import logging
import signal
import threading

from local import aws
from local.streams import lag
from local.streams.checkpoints import Checkpoints
from local.streams.mapping import StreamMapping
from local.streams.poller import Clients, ShardPoller
from local.streams.signal import WriteSignal
from tools.cloud import State

LONGEST_INVOCATION_SECONDS = 900
ONCE = {"total_max_attempts": 1}  # retries are the mapping's business


def start(state: State) -> list[ShardPoller]:
    """Start the threads for all mappings: none waits for another."""
    url = state.aws_endpoint_url
    clients = Clients(
        kinesis=aws.client("kinesis", url),
        functions=aws.client("lambda", url, read_timeout=LONGEST_INVOCATION_SECONDS, retries=ONCE),
        queues=aws.client("sqs", url),
    )
    checkpoints = Checkpoints(state.checkpoints)
    writes = WriteSignal(url)
    writes.start()
    pollers = []
    for page in clients.functions.get_paginator("list_event_source_mappings").paginate():
        for description in page["EventSourceMappings"]:
            if ":kinesis:" not in description.get("EventSourceArn", ""):
                continue
            mapping = StreamMapping.from_description(description)
            for shard in clients.kinesis.list_shards(StreamARN=mapping.stream_arn)["Shards"]:
                poller = ShardPoller(mapping, shard["ShardId"], clients, checkpoints, writes)
                poller.start()
                pollers.append(poller)
    lag.keep_writing(pollers, state.lag)
    return pollers


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    signal.signal(signal.SIGINT, lambda *_: ended.set())
    logging.getLogger(__name__).info("polling %d shards", len(start(State.from_environment())))
    ended.wait()


if __name__ == "__main__":
    main()
