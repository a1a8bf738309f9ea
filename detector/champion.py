"""The model in production, as a training job finds it: an archive or what was in it, or nothing."""

import json
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path

from detector.model import Detector
from wattwarden.detection import FEATURES

ARCHIVE, CARD = "model.tar.gz", "model.json"


def load_champion(folder: Path | None, say: Callable[[str], None]) -> Detector | None:
    """The champion; None when there is none, or when this code neither reads its card nor computes its features.

    Raises:
        TamperedModelError: the artefact's SHA-256 is not its card's.
    """
    if folder is None or not folder.is_dir():
        return None
    archives, cards = sorted(folder.rglob(ARCHIVE)), sorted(folder.rglob(CARD))
    if cards:
        return _comparable(cards[0].parent, say)
    if archives:
        with tempfile.TemporaryDirectory() as unpacked:
            with tarfile.open(archives[0]) as archive:
                archive.extractall(unpacked, filter="data")
            return _comparable(next(iter(sorted(Path(unpacked).rglob(CARD)))).parent, say)
    return None


def _comparable(folder: Path, say: Callable[[str], None]) -> Detector | None:
    card = json.loads((folder / CARD).read_text())
    if "heads" not in card:
        say("the champion's card is of an older kind: it is not compared")
        return None
    if not set(card["features"]) <= set(FEATURES):
        say("the champion needs features that are no longer computed: it is not compared")
        return None
    return Detector.load(folder)
