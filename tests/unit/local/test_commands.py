"""What every command of `python -m local` has to wait for."""

import subprocess
import sys

from tools.cloud import REPOSITORY


def test_no_command_waits_for_the_cdk_that_it_does_not_use() -> None:
    code = "import sys, local.__main__; sys.exit('jsii' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, check=False).returncode == 0
