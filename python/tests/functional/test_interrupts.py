"""Statements that do not end by themselves: cancelled, timed out, or left alone by their client. Nothing half-done stays."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from snowflake.connector.errors import DatabaseError, ProgrammingError

from tests.conftest import Snowflake, started
from tests.functional.test_robustness import ENDLESS, QUERY, token

ENDLESS_ROWS = "with recursive r as (select 1 as n union all select n + 1 from r) select n from r"
STATEMENTS = {
    "query": ENDLESS,
    "create table as": f"create table d.s.made as {ENDLESS_ROWS}",
    "create or replace table as": f"create or replace table d.s.kept as {ENDLESS_ROWS}",
    "create temporary table as": f"create temporary table d.s.scratch as {ENDLESS_ROWS}",
    "insert": f"insert into d.s.kept {ENDLESS_ROWS}",
    "insert overwrite": f"insert overwrite into d.s.kept {ENDLESS_ROWS}",
    "update": f"update d.s.kept set n = (select count(*) from ({ENDLESS_ROWS}))",
    "delete": f"delete from d.s.kept where n in ({ENDLESS_ROWS})",
    "merge": f"merge into d.s.kept k using ({ENDLESS_ROWS}) s on k.n = s.n when matched then update set n = 0 "
    "when not matched then insert (n) values (s.n)",
    "dynamic table": f"create dynamic table d.s.made target_lag = '1 day' warehouse = compute_wh as {ENDLESS_ROWS}",
}
SESSION = {"role": "accountadmin", "warehouse": "compute_wh"}


@pytest.fixture(scope="module")
def account() -> Iterator[Snowflake]:
    with started(scale=0) as found:
        found.run("create database d", "create schema d.s", "create table d.s.kept (n number)", **SESSION)
        found.run("insert into d.s.kept values (1), (2)", **SESSION)
        yield found


@pytest.fixture(autouse=True)
def nothing_half_done_stays(account: Snowflake) -> Iterator[None]:
    yield
    began = time.monotonic()
    assert account.run("select n from d.s.kept order by n", **SESSION) == [(1,), (2,)]
    assert account.run("show tables like 'made' in schema d.s", **SESSION) == []
    assert time.monotonic() - began < 5  # no lock is held


@pytest.mark.parametrize("kind", STATEMENTS)
def test_the_statement_timeout_ends_it(account: Snowflake, kind: str) -> None:
    """STATEMENT_TIMEOUT_IN_SECONDS of the session; error 000630."""
    with account.connect(**SESSION) as connection:
        cursor = connection.cursor()
        cursor.execute("alter session set statement_timeout_in_seconds = 1")
        with pytest.raises(ProgrammingError, match=r"statement or warehouse timeout of 1 second\(s\) and was canceled"):
            cursor.execute(STATEMENTS[kind])
        assert cursor.execute("select 1").fetchall() == [(1,)]  # the session goes on


def test_the_timeout_may_come_with_the_login_or_from_the_warehouse(account: Snowflake) -> None:
    parameters = {"STATEMENT_TIMEOUT_IN_SECONDS": 1}
    with (
        account.connect(session_parameters=parameters, **SESSION) as connection,
        pytest.raises(ProgrammingError, match="000630"),
    ):
        connection.cursor().execute(ENDLESS)
    account.run("create warehouse hasty statement_timeout_in_seconds = 1", **SESSION)
    with account.connect(role="accountadmin", warehouse="hasty") as connection:
        cursor = connection.cursor()
        cursor.execute("alter session set statement_timeout_in_seconds = 600")  # the lower one counts
        with pytest.raises(ProgrammingError, match="000630"):
            cursor.execute(ENDLESS)


@pytest.mark.parametrize("value", ["-1", "'soon'", "604801", "1.5"])
def test_a_timeout_that_is_none_is_refused(account: Snowflake, value: str) -> None:
    with pytest.raises(ProgrammingError, match=r"STATEMENT_TIMEOUT_IN_SECONDS|unexpected"):
        account.run(f"alter session set statement_timeout_in_seconds = {value}", **SESSION)


@pytest.mark.parametrize("kind", ["query", "insert", "merge"])
def test_the_connectors_own_timeout_cancels_on_the_server(account: Snowflake, kind: str) -> None:
    """cursor.execute(timeout=...) sends an abort request; error 000604."""
    with account.connect(**SESSION) as connection, pytest.raises(DatabaseError, match="SQL execution canceled"):
        connection.cursor().execute(STATEMENTS[kind], timeout=1)


@pytest.mark.parametrize("kind", ["query", "create or replace table as", "update"])
def test_another_session_of_the_user_cancels(account: Snowflake, kind: str) -> None:
    """What dbt sends on Ctrl+C."""
    with account.connect(**SESSION) as running, account.connect(**SESSION) as other:
        errors: list[str] = []
        worker = threading.Thread(target=attempt, args=(running, STATEMENTS[kind], errors))
        worker.start()
        time.sleep(0.5)
        found = other.cursor().execute(f"select system$cancel_all_queries({running.session_id}) /* dbt */").fetchall()
        worker.join(timeout=10)
        assert found == [("1 cancelled.",)]
        assert errors and "000604" in errors[0]
        idle = other.cursor().execute(f"select system$cancel_all_queries({running.session_id})").fetchall()
        assert idle == [("0 cancelled.",)]


def test_a_stranger_does_not_cancel(account: Snowflake) -> None:
    account.run("create user meddler", "create role meddler", "grant role meddler to user meddler", **SESSION)
    with account.connect(**SESSION) as mine, account.connect(role="meddler", user="meddler") as other:
        for session_id in (mine.session_id, 12345):
            with pytest.raises(ProgrammingError, match="does not exist or not authorized"):
                other.cursor().execute(f"select system$cancel_all_queries({session_id})")


def attempt(connection: Any, sql: str, errors: list[str]) -> None:
    try:
        connection.cursor().execute(sql)
    except DatabaseError as error:
        errors.append(str(error))


@pytest.mark.parametrize("kind", ["create table as", "insert", "merge"])
def test_a_change_ends_when_its_client_goes_away(account: Snowflake, kind: str) -> None:
    body = json.dumps({"sqlText": STATEMENTS[kind]}).encode()
    head = f"POST {QUERY} HTTP/1.1\r\nHost: 127.0.0.1:{account.port}\r\nAuthorization: {token(account)}\r\n"
    with socket.create_connection((account.host, account.port), timeout=10) as raw:
        raw.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        time.sleep(0.7)
    began = time.monotonic()
    account.run("insert into d.s.kept values (3)", "delete from d.s.kept where n = 3", **SESSION)
    assert time.monotonic() - began < 5


def test_a_statement_that_waits_for_its_turn_is_ended_too(account: Snowflake) -> None:
    """The first holds the lock of all changes; the second has not begun when its time is up."""
    with account.connect(**SESSION) as first, account.connect(**SESSION) as second:
        errors: list[str] = []
        worker = threading.Thread(target=attempt, args=(first, STATEMENTS["insert"], errors))
        worker.start()
        time.sleep(0.3)
        second.cursor().execute("alter session set statement_timeout_in_seconds = 1")
        waiting = threading.Thread(target=attempt, args=(second, "insert into d.s.kept values (9)", errors))
        waiting.start()
        time.sleep(1.5)
        with account.connect(**SESSION) as other:
            other.cursor().execute(f"select system$cancel_all_queries({first.session_id})")
        worker.join(timeout=10)
        waiting.join(timeout=10)
        assert sorted(error[:6] for error in errors) == ["000604", "000630"]


def test_a_cancelled_change_leaves_the_rest_of_its_transaction(account: Snowflake) -> None:
    with account.connect(**SESSION) as connection:
        cursor = connection.cursor()
        cursor.execute("begin")
        cursor.execute("insert into d.s.kept values (7)")
        with pytest.raises(DatabaseError):
            cursor.execute(STATEMENTS["merge"], timeout=1)
        cursor.execute("rollback")
