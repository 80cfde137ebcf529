"""The suites of enforcement can fail: with each planted fault they do."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults import FAULTS

SUITE = Path(__file__).with_name("test_enforcement.py")
ROWS = Path(__file__).with_name("row_access")
SUITES = {"rows_are_not_filtered": ROWS, "changes_reach_hidden_rows": ROWS}


def run_suite(fault: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-p", "tests.faults", "-x", str(SUITES.get(fault, SUITE))]
    environment = {**os.environ, "SNOWMESH_FAULT": fault, "PYTHONPATH": str(SUITE.parents[2])}
    environment.pop("SNOWMESH_LIVE_CONNECTION", None)  # the fault is planted in the local Snowflake
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)


@pytest.mark.parametrize("fault", FAULTS)
def test_the_suite_sees_the_fault(fault: str) -> None:
    found = run_suite(fault)
    assert found.returncode == 1, found.stdout[-2000:] + found.stderr[-2000:]
    assert "1 failed" in found.stdout
