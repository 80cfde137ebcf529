"""Eight clients at once: no lost update, no deadlock, no moment at which new data is read without its mask."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

DB = "CONCURRENT_DB"
THREADS, ROUNDS = 8, 6


@pytest.fixture(scope="module")
def account(local_snowflake: Any) -> Any:
    admin = {"role": "accountadmin", "warehouse": "compute_wh"}
    statements = [
        f"create database if not exists {DB}",
        f"create masking policy {DB}.public.mask as (v string) returns string -> '****'",
        f"create table {DB}.public.shared (n number)",
        "create role concurrent_reader",
        "grant role concurrent_reader to role accountadmin",
        f"grant usage on database {DB} to role concurrent_reader",
        f"grant usage on schema {DB}.public to role concurrent_reader",
        "grant usage on warehouse compute_wh to role concurrent_reader",
        f"grant select on future tables in schema {DB}.public to role concurrent_reader",
    ]
    local_snowflake.run(*statements, **admin)
    yield local_snowflake
    local_snowflake.run(f"drop database {DB}", "drop role concurrent_reader", **admin)


def test_no_lost_update(account: Any) -> None:
    def work(thread: int) -> None:
        connection = account.connect("accountadmin", warehouse="compute_wh", database=DB, schema="public")
        cursor = connection.cursor()
        for round_ in range(ROUNDS):
            cursor.execute(f"create or replace table own_{thread} as select {round_} as n")
            cursor.execute(f"grant select on table own_{thread} to role concurrent_reader")
            cursor.execute(f"insert into shared select n from own_{thread}")
        connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(work, range(THREADS), timeout=120))
    rows = account.run("select count(*) from shared", role="accountadmin", warehouse="compute_wh", database=DB)
    assert rows == [(THREADS * ROUNDS,)]
    grants = account.run("show future grants in schema concurrent_db.public", role="accountadmin")
    assert len(grants) == 1


def test_a_reader_never_sees_a_replaced_table_without_its_mask(account: Any) -> None:
    """The table is replaced with its mask inline while a role that has a future grant polls it (P47, M19)."""
    done, seen = threading.Event(), set()

    def poll() -> None:
        reader = account.connect("concurrent_reader", warehouse="compute_wh", database=DB, schema="public").cursor()
        while not done.is_set():
            seen.update(row[0] for row in reader.execute("select name from secret").fetchall())

    create = "create or replace table secret (name varchar with masking policy mask) as select 'clear' as name"
    writer = account.connect("accountadmin", warehouse="compute_wh", database=DB, schema="public").cursor()
    writer.execute(create)
    with ThreadPoolExecutor(3) as pool:
        polls = [pool.submit(poll) for _ in range(3)]
        for _ in range(25):
            writer.execute(create)
        done.set()
        for future in polls:
            future.result(timeout=60)
    assert seen == {"****"}
