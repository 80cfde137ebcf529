"""Where rows are is nobody's business: names that differ in case only, errors, changes of several columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from snowflake.connector.errors import DatabaseError

Run = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def run(local_snowflake: Any) -> Iterator[Run]:
    """Run statements in schema PLACES.S."""
    admin = {"role": "ACCOUNTADMIN", "warehouse": "compute_wh"}
    local_snowflake.run("create or replace database places", "create schema places.s", **admin)

    def execute(*sql: str, at: str = "schema places.s") -> list[tuple[Any, ...]]:
        return local_snowflake.run(*([f"use {at}"] if at else []), *sql, **admin)

    yield execute
    local_snowflake.run('drop database if exists "places"', "drop database if exists places", **admin)


def test_names_that_differ_in_case_are_different_objects(run: Run) -> None:
    """I2; the engine ignores case: rows of such tables must not meet."""
    names = ("places.s.t", 'places.s."t"', 'places."s".t', '"places"."s"."t"')
    run('create schema places."s"', 'create database "places"', 'create schema "places"."s"')
    for name in names:
        run(f"create table {name} (v varchar not null default '{name}')", f"insert into {name} values ('{name}')")
    assert [run(f"select v from {name}") for name in names] == [[(name,)] for name in names]
    run('drop table "t"', "create or replace table t as select 'new' as v", 'undrop table "t"')
    assert run('select a.v, b.v from t a, "t" b') == [("new", 'places.s."t"')]
    run('drop schema places."s"', "drop database places")
    assert run('select v from "places"."s"."t"', at="") == [('"places"."s"."t"',)]
    run("undrop database places", 'undrop schema places."s"', at="")
    assert run('select v from places."s".t') == [('places."s".t',)]


@pytest.mark.parametrize(
    ("sql", "match"),
    [
        ("insert into t (nope) values (1)", "000904 .*\\n?.*\\n?.*invalid identifier 'NOPE'"),
        ("update t set nope = 1", "invalid identifier 'NOPE'"),
        ("insert into t values (1)", "Insert value list does not match column list expecting 2 but got 1"),
        ("insert into t (b) values ('x')", "100072 .*NULL result in a non-nullable column"),
        ("update t set a = null", "NULL result in a non-nullable column"),
    ],
)
def test_no_error_tells_where_the_rows_are(run: Run, sql: str, match: str) -> None:
    """A replaced table stands under another name in the engine."""
    make = "create or replace table t (a int not null, b varchar)"
    with pytest.raises(DatabaseError, match=match) as caught:
        run(make, make, "insert into t values (1, 'x')", sql)
    assert "$" not in str(caught.value)


def test_several_columns_are_changed_all_or_none(run: Run) -> None:
    run("create table t (a int, b varchar) as select 1, 'x'")
    with pytest.raises(DatabaseError, match="one column remaining"):
        run("alter table t drop column a, b")
    assert run("select a, b from t") == [(1, "x")]
    run("alter table t add column c int, d varchar(20)", "alter table t drop column a, b")
    assert run("select * from t") == [(None, None)]


def test_a_view_reads_its_own_schema_and_never_public_instead(run: Run) -> None:
    """I13: neither the current schema nor the search path mean anything inside a view."""
    run("create table places.public.only_public as select 'p' as v", "create table t as select 's' as v")
    run("create schema places.other", "create table places.other.t as select 'o' as v")
    assert run("create view places.other.v as select v from t", "select v from places.other.v") == [("o",)]
    assert run("select v from only_public") == [("p",)]
    with pytest.raises(DatabaseError, match="does not exist or not authorized"):
        run("create view w as select v from only_public")
    run("create view w as select v from public.only_public")
    assert run("select v from places.s.w", at="schema places.other") == [("p",)]
