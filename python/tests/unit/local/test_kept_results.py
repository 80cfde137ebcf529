"""A session keeps its last results for RESULT_SCAN, within bounds of number and size."""

from __future__ import annotations

import pytest

from snowmesh.local import connected
from snowmesh.local.login import LoginRequest
from snowmesh.local.server import open_account


def test_large_results_push_out_older_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connected, "KEPT_BYTES", 3 * 80_000)
    gateway = open_account(None, 0, lambda text: None)
    session = gateway.connect(LoginRequest(user="ADMIN", role="ACCOUNTADMIN", warehouse="COMPUTE_WH"), {})
    numbers = "select seq8()::number(18, 0) from table(generator(rowcount => 10000))"
    last = [gateway.execute(session, numbers).query_id for _ in range(6)][-1]
    assert 1 <= len(session.results) <= 3
    assert last in session.results
    gateway.execute(session, numbers.replace("10000", "100000"))  # larger than all that is kept: it alone
    assert len(session.results) == 1
