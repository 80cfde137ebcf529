"""Temporary tables take tags and policies like others, and a clone of one carries them (I19, M52, T49, P51)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from snowflake.connector.errors import ProgrammingError

SETUP = """
create or replace database temporary_clone;
create schema temporary_clone.s;
create masking policy temporary_clone.s.hide as (v varchar) returns varchar -> '***';
create masking policy temporary_clone.s.hide_more as (v varchar) returns varchar -> '******';
create tag temporary_clone.s.pii;
alter tag temporary_clone.s.pii set masking policy temporary_clone.s.hide_more;
create transient table temporary_clone.s.source (id number, name varchar);
insert into temporary_clone.s.source values (1, 'Ada');
alter table temporary_clone.s.source modify column name set masking policy temporary_clone.s.hide
"""


@pytest.fixture(scope="module")
def cursor(local_snowflake: Any) -> Iterator[Any]:
    connection = local_snowflake.connect("ACCOUNTADMIN")
    found = connection.cursor()
    for statement in SETUP.strip().split(";"):
        found.execute(statement)
    found.execute("use schema temporary_clone.s")
    yield found
    found.execute("drop database temporary_clone")
    connection.close()


def names(cursor: Any, table: str) -> list[Any]:
    return [row[0] for row in cursor.execute(f"select name from {table}").fetchall()]


def test_a_temporary_clone_is_masked_as_its_source(cursor: Any, local_snowflake: Any) -> None:
    cursor.execute("create or replace temporary table private clone source")
    assert names(cursor, "private") == ["***"]
    with pytest.raises(Exception, match="does not exist"):
        local_snowflake.run("select * from temporary_clone.s.private", role="ACCOUNTADMIN")


def test_what_is_set_on_it_goes_into_its_clone_and_nowhere_else(cursor: Any) -> None:
    cursor.execute("create or replace temporary table private clone source")
    cursor.execute("alter table private modify column name unset masking policy")
    assert names(cursor, "private") == ["Ada"]
    assert names(cursor, "source") == ["***"]
    cursor.execute("alter table private modify column name set tag pii = 'x'")
    assert names(cursor, "private") == ["******"]
    cursor.execute("create or replace transient table public_clone clone private")
    assert names(cursor, "public_clone") == ["******"]
    assert names(cursor, "source") == ["***"]


def test_it_shadows_a_permanent_table_of_its_name(cursor: Any) -> None:
    cursor.execute("create or replace temporary table source clone source")
    cursor.execute("alter table source modify column name unset masking policy")
    assert names(cursor, "source") == ["Ada"]
    cursor.execute("drop table source")
    assert names(cursor, "source") == ["***"]


def test_a_permanent_clone_is_refused(cursor: Any) -> None:
    """https://zenn.dev/kyami/articles/5e64a221966d23 shows the error of a live account."""
    cursor.execute("create or replace temporary table private clone source")
    with pytest.raises(ProgrammingError, match="Temp table can not be cloned to a permanent table"):
        cursor.execute("create table permanent clone private")
