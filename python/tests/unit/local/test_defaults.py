"""DEFAULT and AUTOINCREMENT give new rows their values, also after a restart."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from snowmesh.local.login import LoginRequest
from snowmesh.local.server import open_account


def run(folder: Path | None, *statements: str) -> list[tuple[Any, ...]]:
    """Run statements on the account of a folder, in a new process's state, and return the rows of the last."""
    gateway = open_account(folder, 0, lambda text: None)
    session = gateway.connect(LoginRequest(user="ADMIN", role="ACCOUNTADMIN", warehouse="COMPUTE_WH"), {})
    answers = [gateway.execute(session, statement) for statement in statements]
    gateway._engine.duck.close()
    table = answers[-1].rows.table
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True))


def test_a_column_that_is_added_has_its_default() -> None:
    found = run(
        None,
        "create database d",
        "create table d.public.t (a number)",
        "insert into d.public.t values (1)",
        "alter table d.public.t add column b number default 5, c varchar default upper('x')",
        "insert into d.public.t (a) values (2)",
        "select a, b, c from d.public.t order by a",
    )
    assert found == [(1, 5, "X"), (2, 5, "X")]


def test_autoincrement_goes_on_after_a_restart(tmp_path: Path) -> None:
    create = "create or replace table d.public.t (id number autoincrement, v varchar)"
    insert = "insert into d.public.t (v) values ('x')"
    run(tmp_path, "create database d", create, create, insert, insert)
    assert run(tmp_path, insert, "select id from d.public.t order by id") == [(1,), (2,), (3,)]
    assert run(tmp_path, "drop table d.public.t", create, insert, "select id from d.public.t") == [(1,)]
