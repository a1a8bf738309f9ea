import marshal
from pathlib import Path

from cdk.config import ROOT
from cdk.constructs.layers import OwnCode

UNCHECKED = 1  # PEP 552: taken as it is, whatever the source's time or contents
HEADER = 16


def test_a_layer_carries_the_bytecode_that_lambda_could_not_keep(tmp_path: Path) -> None:
    OwnCode(ROOT / "layers/core").try_bundle(str(tmp_path))
    sources = list((tmp_path / "python").rglob("*.py"))
    assert sources
    for source in sources:
        compiled = (source.parent / "__pycache__" / f"{source.stem}.cpython-313.pyc").read_bytes()
        assert compiled[4] == UNCHECKED
        assert marshal.loads(compiled[HEADER:]).co_filename == f"/opt/{source.relative_to(tmp_path)}"
