"""kill -9 at random moments, while statements run: nothing is ever readable without its mask, the server starts again.

Each object is in the state before or after the statement, or unreadable until it is replaced. SNOWMESH_KILLS sets how
often the server is killed.
"""

from __future__ import annotations

import os
import random
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from snowflake.connector.errors import Error

from tests.conftest import Snowflake
from tests.functional.test_data_folder import server

KILLS = int(os.environ.get("SNOWMESH_KILLS", "5"))
ADMIN = {"role": "accountadmin", "warehouse": "compute_wh"}
SETUP = (
    "create role reader",
    "grant role reader to role accountadmin",
    "grant usage on warehouse compute_wh to role reader",
    "create database k",
    "create schema k.s",
    "grant usage on database k to role reader",
    "grant usage on schema k.s to role reader",
    "grant select on future tables in schema k.s to role reader",
    "create database policies",
    "create masking policy policies.public.mask as (v string) returns string -> '****'",
    "create table k.s.ledger (n number)",
    "create table k.s.merged (id number, name varchar with masking policy policies.public.mask)",
    "create row access policy policies.public.nobody as (v string) returns boolean -> v <> 'SECRET'",
    "create table k.s.pair (id number, n number)",
    "insert into k.s.pair values (1, 0), (2, 0)",
)
STATEMENTS = (
    "create or replace table k.s.a (name varchar with masking policy policies.public.mask) as select 'SECRET' as name",
    "create or replace table k.s.a (other varchar, name varchar with masking policy policies.public.mask) "
    "as select 'open' as other, 'SECRET' as name",
    "create or replace table k.s.b clone k.s.a",
    "alter table k.s.a swap with k.s.b",
    "alter table k.s.b rename to k.s.c",
    "drop table if exists k.s.c",
    "merge into k.s.merged m using (select 1 as id, 'SECRET' as name) s on m.id = s.id "
    "when matched then update set name = s.name when not matched then insert (id, name) values (s.id, s.name)",
    "insert into k.s.ledger values (1), (1)",
    "insert overwrite into k.s.ledger select n from k.s.ledger union all select 1 union all select 1",
    "update k.s.pair set n = n + 1",
    "merge into k.s.pair p using (select column1 as id from values (1), (2), (3)) s on p.id = s.id "
    "when matched and p.id = 1 then update set n = p.n + 1 when matched then update set n = p.n + 1 "
    "when not matched and s.id = 0 then insert (id, n) values (s.id, 0)",
    "create or replace table k.s.filtered (name varchar) with row access policy policies.public.nobody on (name) "
    "as select 'SECRET' as name",
    "create or replace dynamic table k.s.dynamic target_lag = '1 day' warehouse = compute_wh as "
    "select name from k.s.merged",
    "alter dynamic table k.s.dynamic refresh",
    "create or replace table k.s.alike like k.s.a",
    "drop table k.s.a",
    "undrop table k.s.a",
    "create or replace schema k.copied clone k.s",
    "alter schema k.copied rename to k.moved",
    "drop schema if exists k.moved",
    "undrop schema k.moved",
    "drop schema if exists k.moved cascade",
    "grant select on table k.s.merged to role reader",
    "create or replace schema k.t",
    "create table k.t.x as select 'GONE' as name",
    "drop schema if exists k.t",
    "create database if not exists passing",
    "create or replace table passing.public.x as select 'GONE' as name",
    "drop database if exists passing",
)


def work(account: Snowflake, done: threading.Event, first: int) -> None:
    """Run the statements over and over, from one on, until the server is gone; a refusal is fine."""
    try:
        cursor = account.connect(login_timeout=5, network_timeout=2, **ADMIN).cursor()
        while not done.is_set():
            for statement in (*STATEMENTS[first:], *STATEMENTS[:first]):
                if done.is_set():
                    return
                try:
                    cursor.execute(statement)
                except Error as error:
                    if error.errno is None or error.errno < 0 or error.errno >= 250_000:
                        return
    except Error:
        return


def check(account: Snowflake) -> None:
    """As the reader: rows of every table it may read, masked."""
    reader = account.connect("reader", warehouse="compute_wh").cursor()
    for name in ("s.a", "s.b", "s.c", "s.merged", "s.filtered", "s.dynamic", "s.alike", "copied.a", "moved.a"):
        rows = attempt(reader, f"select * from k.{name}")
        assert "SECRET" not in str(rows), (name, rows)
    pairs = attempt(account.connect(**ADMIN).cursor(), "select count(*), count(distinct n) from k.s.pair")
    assert pairs == [(2, 1)]  # an UPDATE and a MERGE are whole or not there
    ledger = attempt(account.connect(**ADMIN).cursor(), "select count(*) from k.s.ledger")
    assert ledger and ledger[0][0] % 2 == 0  # an INSERT is whole or not there
    admin = account.connect(**ADMIN).cursor()
    for statement in ("create or replace schema k.t", "create database if not exists passing"):
        admin.execute(statement)
    for table in ("k.t.x", "passing.public.x"):
        rows = attempt(admin, f"select * from {table}")
        assert "GONE" not in str(rows) or table == "passing.public.x", rows
    admin.execute("drop database passing")
    admin.execute("create database passing")
    assert attempt(admin, "select * from passing.public.x") is None  # nothing rises under a new object of the name
    admin.execute("create or replace table k.s.a (name varchar with masking policy policies.public.mask) as select 'x'")
    assert attempt(reader, "select * from k.s.a") == [("****",)]


def attempt(cursor: Any, sql: str) -> list[tuple[Any, ...]] | None:
    """The rows, or None when the statement is refused."""
    try:
        return list(cursor.execute(sql).fetchall())
    except Error:
        return None


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")  # the connector's own threads
def test_a_kill_at_any_moment_leaves_nothing_readable_without_its_mask(tmp_path: Path) -> None:
    chance = random.Random(20)
    with server(tmp_path) as (account, _):
        account.run(*SETUP, **ADMIN)
    for _ in range(KILLS):
        with server(tmp_path) as (account, process):
            check(account)
            done = threading.Event()
            worker = threading.Thread(target=work, args=(account, done, chance.randrange(len(STATEMENTS))), daemon=True)
            worker.start()
            time.sleep(0.4 + chance.random() * 1.2)
            process.kill()
            done.set()
            worker.join(timeout=20)
    with server(tmp_path) as (account, _):
        check(account)
