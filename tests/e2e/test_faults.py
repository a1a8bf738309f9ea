"""Rows of the trust suite that need processes to kill and a door to knock at, in their shortest form.

Before test_model: one alert for each faulty room is what rules give; a model may find more in the quiet weeks before.
"""

import pytest
from rich.console import Console

from tools.cloud import Cloud, State
from verify.trust.__main__ import ROWS
from verify.trust.report import Findings, Form
from verify.trust.system import System

pytestmark = pytest.mark.e2e

SHORT_ENOUGH = (8, 12)


@pytest.mark.parametrize("number", SHORT_ENOUGH)
def test_what_the_row_claims_holds(cloud: Cloud, state: State, number: int) -> None:
    [row] = [row for row in ROWS if row.number == number]
    findings = Findings()
    row.run(System(state, cloud, Console(quiet=True)), Form.SHORT, findings)
    assert {claim: holds for claim, holds in findings.claims.items() if not holds} == {}
    assert findings.passed
