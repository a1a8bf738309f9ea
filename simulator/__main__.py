"""python -m simulator FOLDER: the training corpus that ships, in a folder of its own below FOLDER; prints which."""

import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from simulator.corpus import CorpusPlan, write


def ready(root: Path, plan: CorpusPlan) -> Path:
    """The folder that holds the plan's corpus and nothing else; made unless it is there, whole or not at all."""
    folder = root / plan.fingerprint()[:16]
    if not folder.exists():
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=root) as unfinished:
            written, _ = write(plan, Path(unfinished) / "whole")
            with suppress(OSError):  # another was quicker, and made the same
                written.parent.rename(folder)
    return folder


if __name__ == "__main__":
    print(ready(Path(sys.argv[1]), CorpusPlan()))  # noqa: T201 - it is the answer
