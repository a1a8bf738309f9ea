"""A function has only its layers in AWS; on a laptop everything is there. So: what does each really import?"""

import subprocess
import sys
from pathlib import Path

import pytest

SCIENCE = ("numpy", "pyarrow", "openpyxl")
WITH_SCIENCE = {"score_readings", "import_file", "export_training_data"}
FUNCTIONS = sorted(path.parent.name for path in Path("functions").glob("*/handler.py"))


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if name not in WITH_SCIENCE])
def test_a_function_without_the_science_layer_imports_nothing_of_it(name: str) -> None:
    code = f"import sys, handler; print([m for m in {SCIENCE} if m in sys.modules])"
    found = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path("functions") / name,
        env={"PYTHONPATH": str(Path("layers/core/python").absolute()), "POWERTOOLS_METRICS_NAMESPACE": "WattWarden"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.stdout.strip() == "[]", found.stdout + found.stderr
