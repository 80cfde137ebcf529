"""`--data DIR`: the account survives the process, also when it is killed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from snowflake.connector.errors import ProgrammingError

from snowmesh.local import health
from tests.conftest import Snowflake

SETUP = """
create role keeper
grant role keeper to role accountadmin
create database kept
create schema kept.s
grant usage on database kept to role keeper
grant usage on schema kept.s to role keeper
grant usage on warehouse compute_wh to role keeper
create masking policy kept.s.mask as (v string) returns string -> '****'
create tag kept.s.pii allowed_values 'name'
create table kept.s.people (id number, name varchar with masking policy kept.s.mask) as select 1, 'Ann'
alter table kept.s.people set tag kept.s.pii = 'name'
create view kept.s.people_v as select id from kept.s.people
grant select on table kept.s.people to role keeper
"""


@contextmanager
def server(data: Path) -> Iterator[tuple[Snowflake, subprocess.Popen[bytes]]]:
    port = health.free_port()
    command = [sys.executable, "-m", "snowmesh.local.server", "--port", str(port), "--data", str(data), "--scale", "0"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ})
    try:
        for _ in range(400):
            if health.probe(port).is_ours:
                break
            time.sleep(0.05)
        yield Snowflake(health.HOST, port), process
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    with server(tmp_path) as (account, process):
        statements = [line for line in SETUP.strip().splitlines() if line]
        account.run(*statements, role="accountadmin", warehouse="compute_wh")
        process.kill()
    return tmp_path


def test_everything_is_there_after_a_kill(data: Path) -> None:
    with server(data) as (account, _):
        keeper = {"role": "keeper", "warehouse": "compute_wh", "database": "kept", "schema": "s"}
        assert account.run("select id, name from people", **keeper) == [(1, "****")]
        assert account.run(
            "select count(*) from people_v", role="accountadmin", warehouse="compute_wh", database="kept", schema="s"
        ) == [(1,)]
        found = account.run("select system$get_tag('kept.s.pii', 'kept.s.people', 'table')", role="accountadmin")
        assert found == [("name",)]


def test_a_table_whose_change_was_cut_off_is_unreadable_until_replaced(data: Path) -> None:
    """Between the data and the catalog: the table is gone for everyone, and can be created again."""
    (data / "uncertain.json").write_text('[["KEPT", "S", "PEOPLE"]]')
    with server(data) as (account, _):
        admin = {"role": "accountadmin", "warehouse": "compute_wh", "database": "kept", "schema": "s"}
        with pytest.raises(ProgrammingError) as error:
            account.run("select * from people", **admin)
        assert error.value.errno == 2003
        assert account.run("create table people as select 2 as id", "select id from people", **admin) == [(2,)]
