"""The account of an oracle's world in the local Snowflake, and the comparison of the two."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, settings

from snowmesh.local.connected import Connected
from snowmesh.local.errors import SnowflakeError
from snowmesh.local.gateway import Gateway
from snowmesh.local.login import LoginRequest
from snowmesh.local.server import open_account
from tests.oracle import Refused, Row, World, statements

VARIABLE = "SNOWMESH_ORACLE_EXAMPLES"
REFUSALS = {2003, 3001, 2037}


def tried(examples: int) -> settings:
    """How many worlds a test makes up: always the same ones, unless SNOWMESH_ORACLE_EXAMPLES says how many."""
    return settings(
        max_examples=int(os.environ.get(VARIABLE, examples)),
        deadline=None,
        derandomize=VARIABLE not in os.environ,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )


class Engine:
    """A world in the local Snowflake, and a session of its user."""

    def __init__(self, world: World) -> None:
        self.gateway: Gateway = open_account(None, 0, lambda text: None)
        admin = self.connect("ADMIN", "ACCOUNTADMIN")
        for sql in statements(world):
            self.gateway.execute(admin, sql)
        self.session = self.connect("TESTER", world.primary)
        listed = ", ".join(sorted(world.secondary_roles)) or "none"
        setting = listed if world.secondary == "LIST" else world.secondary
        self.gateway.execute(self.session, f"use secondary roles {setting}")
        self.session.session = replace(self.session.session, database="D", schema="S", warehouse="COMPUTE_WH")

    def connect(self, user: str, role_name: str) -> Connected:
        return self.gateway.connect(LoginRequest(user=user, role=role_name, warehouse="COMPUTE_WH"), {})

    def rows(self, sql: str) -> list[Row]:
        found = self.gateway.execute(self.session, sql).rows.table
        return list(zip(*(column.to_pylist() for column in found.columns), strict=True))

    def stored(self, name: str, schema: str = "S") -> list[Row]:
        """The rows of a table as they are kept, whoever may see them."""
        found = self.gateway.account.relation(("D", schema, name))
        assert found is not None, name
        place = ".".join(f'"{part}"' for part in found.physical)
        return list(self.gateway._engine.duck.execute(f"select * from {place}").fetchall())


def same(found: list[Row], wanted: list[Row]) -> bool:
    return sorted(map(repr, found)) == sorted(map(repr, [tuple(row) for row in wanted]))


def compare(engine: Engine, sql: str, wanted: Any) -> None:
    """The engine refuses what the oracle refuses, and finds the same rows otherwise."""
    try:
        found = engine.rows(sql)
    except SnowflakeError as error:
        assert isinstance(wanted, Refused), f"{sql}: refused ({error.message}), the oracle says {wanted}"
        assert error.code in REFUSALS, (sql, error.code, error.message)
        return
    assert not isinstance(wanted, Refused), f"{sql}: {found}, the oracle refuses {wanted}"
    assert same(found, wanted), f"{sql}: {found}, the oracle says {wanted}"


def fails_with(fault: str, test: str) -> None:
    """Run a test with a planted fault: it must fail because the oracle says otherwise."""
    root = Path(__file__).resolve().parents[1]
    command = [sys.executable, "-m", "pytest", "-p", "tests.faults", "-x", str(root / test)]
    environment = {**os.environ, "SNOWMESH_FAULT": fault, "PYTHONPATH": str(root)}
    found = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert found.returncode == 1, found.stdout[-2000:] + found.stderr[-2000:]
    assert any(sign in found.stdout for sign in ("the oracle", "AssertionError", "DID NOT RAISE")), found.stdout[-2000:]
