"""Functions as AWS loads them: the folder is the root, the science layer is missing, little is loaded up front."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]

SCRIPT = """
import importlib, sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"numpy", "pyarrow", "openpyxl", "sklearn"}:
            raise ImportError(f"{name} is in no layer of this function")

sys.meta_path.insert(0, Missing())
sys.path[:0] = [FUNCTION, CORE]
handler = importlib.import_module("handler")
assert callable(handler.handler)
early = {"boto3", "sqlalchemy"} & set(sys.modules) if "api" in FUNCTION else set()
assert not early, early
from wattwarden.runtime.wiring import wiring
wiring.prepare(*PARTS)
assert vars(wiring) == {"_given": {}}, "something was made"
"""


def load(function: str) -> None:
    """Import the handler, then what every part that it may ask for is made of."""
    folder = ROOT / "functions" / function
    source = "".join(file.read_text(encoding="utf-8") for file in folder.rglob("*.py"))
    parts = set(re.findall(r"\bwiring\.(?!prepare\b|wiring\b)(\w+)", source))
    values = {"FUNCTION": str(folder), "CORE": str(ROOT / "layers" / "core" / "python"), "PARTS": sorted(parts)}
    script = "".join(f"{name} = {value!r}\n" for name, value in values.items()) + SCRIPT
    done = subprocess.run([sys.executable, "-c", script], cwd="/", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_api_starts_without_the_science_layer_and_loads_no_sdk_before_it_is_needed() -> None:
    load("api")


def test_the_live_function_starts_without_the_science_layer() -> None:
    load("live")
