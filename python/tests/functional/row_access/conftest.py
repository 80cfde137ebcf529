"""One account for all tests of row access policies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.functional.row_access.ground import DB, SETUP, run


@pytest.fixture(scope="package")
def account(local_snowflake: Any) -> Iterator[Any]:
    connection = local_snowflake.connect("ACCOUNTADMIN")
    for statement in SETUP.strip().splitlines():
        if statement:
            connection.cursor().execute(statement)
    yield local_snowflake
    local_snowflake.run(f"drop database {DB}", "drop warehouse rows_wh", role="SYSADMIN")


@pytest.fixture
def fresh(account: Any) -> Iterator[str]:
    """A table of the owner's that a test may change, under by_role."""
    run(account, "rows_owner", "create or replace table fresh clone sales")
    for role in ("rows_eu", "rows_us"):
        run(account, "rows_owner", f"grant select, insert, update, delete on table fresh to role {role}")
    yield "fresh"
    run(account, "rows_owner", "drop table fresh")


@pytest.fixture
def plain(account: Any) -> Iterator[str]:
    """A table without a policy, with a masked column."""
    columns = "id number(38,0), s varchar, f float, masked varchar with masking policy mask"
    run(account, "rows_owner", f"create or replace table plain ({columns})")
    yield "plain"
    run(account, "rows_owner", "drop table plain")
