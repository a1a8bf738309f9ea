"""Score the detector on a table, reading by reading in time order, as production does.

`python -m detector.evaluate --model folder --corpus folder --data table --out figures.json`, the last two as often as
there are tables. Labels are compared with the verdicts afterwards; nothing that judges ever sees them.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from detector import scoring
from detector.dataset import UNKNOWN, Observed, UnusableDataError, advanced, observed, part, read, replay
from detector.model import Detector
from detector.table import read_table
from wattwarden.detection import MeterStates, judge

if TYPE_CHECKING:
    from detector.scoreboard.peers import Peer

CHUNK_ROWS = 300_000
"""Readings held with their features at once: about half a gigabyte."""
SETTLED_S = 28 * 86_400.0
"""How long a meter must have been watched to have four of every hour of the week."""

Flags = NDArray[np.bool_]
Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Judged:
    """What was said of each reading of a table, in its order."""

    anomalous: Flags
    score: Values
    confidence: Values
    peers: dict[str, Flags]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="folder of a trained model")
    parser.add_argument("--corpus", type=Path, help="what the model was trained on, for the peers to learn; else none")
    parser.add_argument("--data", type=Path, action="append", required=True, help="CSV or Parquet")
    parser.add_argument("--out", type=Path, action="append", required=True)
    given = parser.parse_args(arguments)
    try:
        tables = [observed(read_table(path)) for path in given.data]
    except UnusableDataError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    detector = Detector.load(given.model)
    peers = _learnt(given.corpus) if given.corpus else {}
    for data, target in zip(tables, given.out, strict=True):
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps(figures(data, judged(detector, data, peers)), indent=1) + "\n")
    return 0


def _learnt(corpus: Path) -> dict[str, "Peer"]:
    from detector.scoreboard.peers import learn  # noqa: PLC0415 - pyod and river: a checkout's, not the container's

    return learn(replay(read(corpus)))


def judged(detector: Detector, data: Observed, peers: Mapping[str, "Peer"]) -> Judged:
    """What the consumer would have said of each reading, from a meter's first day, and what the peers say."""
    parts = [_judge(detector, chunk, peers) for chunk in _chunks(data)]
    return Judged(
        anomalous=np.concatenate([part.anomalous for part in parts]),
        score=np.concatenate([part.score for part in parts]),
        confidence=np.concatenate([part.confidence for part in parts]),
        peers={name: np.concatenate([part.peers[name] for part in parts]) for name in peers},
    )


def figures(data: Observed, said: Judged) -> dict[str, Any]:
    """Figures by event, by reading and by kind, those of the peers beside them; null where labels are needed.

    `settled_event` leaves out each meter's first four weeks; null where there is nothing else.
    """
    known = data.label != UNKNOWN
    if not known.any():  # alerts can be counted all the same
        known = np.ones(len(data), dtype=np.bool_)
    matches = scoring.matched(data, said.anomalous, known)
    settled = known & (data.obs.ts - _first_ts(data) >= SETTLED_S)
    return {
        "readings": len(data),
        "labelled_readings": int(np.count_nonzero(data.label != UNKNOWN)),
        "meters": len(data.rooms.beds),
        "event": scoring.event_figures(data, matches),
        "settled_event": scoring.event_figures(data, scoring.matched(data, said.anomalous, settled))
        if settled.any()
        else None,
        "point": scoring.point_figures(data, said.anomalous, said.score),
        "by_kind": scoring.kind_figures(matches),
        "curve": scoring.precision_recall(data, said.score),
        "calibration": scoring.calibration(data, said.anomalous, said.confidence),
        "peers": {
            name: scoring.event_figures(data, scoring.matched(data, flags, known)) for name, flags in said.peers.items()
        },
    }


def _first_ts(data: Observed) -> Values:
    """Of each reading's meter, the first `ts`."""
    firsts = np.searchsorted(data.obs.meter, np.arange(len(data.rooms.beds)))
    return np.asarray(data.obs.ts[firsts][data.obs.meter])


def _judge(detector: Detector, chunk: Observed, peers: Mapping[str, "Peer"]) -> Judged:
    data = advanced(chunk)
    states, predictions = MeterStates.new(len(data.rooms.beds)), detector.predict(data.features)
    verdicts = judge(states, data.rooms, data.obs, data.features, predictions, explain=False)
    return Judged(
        anomalous=verdicts.anomalous,
        score=verdicts.score,
        confidence=verdicts.confidence,
        peers={name: peer.flags(data) for name, peer in peers.items()},
    )


def _chunks(data: Observed) -> Iterator[Observed]:
    """Whole meters, so many at a time as memory has room for."""
    meters = len(data.rooms.beds)
    chunk = np.cumsum(np.bincount(data.obs.meter, minlength=meters)) // CHUNK_ROWS
    for number in np.unique(chunk):
        yield part(data, chunk == number)


if __name__ == "__main__":
    sys.exit(main())
