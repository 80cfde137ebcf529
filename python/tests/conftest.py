"""Fixtures shared by all tests: the account that functional tests talk to.

By default that is one local Snowflake for the whole session. With SNOWMESH_LIVE_CONNECTION the same tests use the
connection of that name from connections.toml.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

LIVE = "SNOWMESH_LIVE_CONNECTION"
SCALE = 0.001


def pytest_report_header() -> str:
    name = os.environ.get(LIVE)
    return f"account: {name} (live)" if name else f"account: local Snowflake ({LIVE} is not set: nothing runs live)"


@dataclass(frozen=True)
class Snowflake:
    """The account under test. `connect` gives a real snowflake-connector-python connection."""

    host: str
    port: int
    live: str = ""

    def connect(self, role: str = "", user: str = "ADMIN", secondary: str = "NONE", **options: Any) -> Any:
        """Connect as a role; secondary roles are off unless asked for, as access tests need it (R31)."""
        import snowflake.connector

        # do not ask cloud metadata servers at every login: where their names do not resolve it takes seconds
        options.setdefault("platform_detection_timeout_seconds", 0)
        if self.live:
            connection = snowflake.connector.connect(connection_name=self.live, role=role or None, **options)
        else:
            local = {"account": "local", "host": self.host, "port": self.port, "protocol": "http"}
            secret = {"user": user, "password": "any"}
            connection = snowflake.connector.connect(role=role or None, **local, **secret, **options)
        connection.cursor().execute(f"use secondary roles {secondary}")
        return connection

    def run(self, *statements: str, role: str = "", **options: Any) -> list[tuple[Any, ...]]:
        """Run statements in one session and return the rows of the last."""
        connection = self.connect(role, **options)
        try:
            cursor = connection.cursor()
            for statement in statements:
                cursor.execute(statement)
            return list(cursor.fetchall())
        finally:
            connection.close()


@pytest.fixture(scope="session")
def local_snowflake() -> Iterator[Snowflake]:
    """One account for the whole session. Tests use names of their own and leave no global state behind."""
    if live := os.environ.get(LIVE):
        yield Snowflake("", 0, live)
        return
    with started() as account:
        os.environ["SNOWMESH_LOCAL_PORT"] = str(account.port)
        yield account


@contextmanager
def started(scale: float = SCALE, data: Any = None) -> Iterator[Snowflake]:
    """A local Snowflake in a thread of this process, on a free port, with a small sample."""
    from snowmesh.local import health, in_thread

    with in_thread.started(scale, data) as port:
        try:
            yield Snowflake(health.HOST, port)
        finally:
            if factory := sys.modules.get("dbt.adapters.factory"):
                factory.cleanup_connections()  # dbt would do it at exit, and log that nobody answers
