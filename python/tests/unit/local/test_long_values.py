"""Long lists of literal rows take no syntax tree, and mean what they meant; everything else is left alone."""

from __future__ import annotations

import time
from typing import Any

import pytest

from snowmesh.local.gateway import Gateway
from snowmesh.local.login import LoginRequest
from snowmesh.local.long_values import MIN_ROWS, set_aside
from snowmesh.local.server import open_account

ROWS = ", ".join(f"({n}, 'row {n}', null, -1.5)" for n in range(1000))
ODD = ["it''s", "back\\\\slash", "a\\nb", "a\nb", "(1), (2)", "-- no comment", "$$", "ü", "\\'", "'') x"]


class Run:
    """A private account."""

    def __init__(self) -> None:
        self.gateway: Gateway = open_account(None, 0, lambda text: None)
        self.session = self.gateway.connect(LoginRequest(user="ADMIN", role="ACCOUNTADMIN", warehouse="COMPUTE_WH"), {})
        self("create database d")
        self("create table d.public.t (a number, b varchar, c date, d number(5, 1))")

    def __call__(self, sql: str) -> list[tuple[Any, ...]]:
        table = self.gateway.execute(self.session, sql).rows.table
        return list(zip(*(column.to_pylist() for column in table.columns), strict=True))


@pytest.fixture(scope="module")
def run() -> Run:
    return Run()


def test_rows_are_stored_as_written(run: Run) -> None:
    run(f"insert into d.public.t values {ROWS}")
    found = run("select count(*), count(distinct b), sum(a), count(c), min(d) from d.public.t")
    assert [tuple(map(float, row)) for row in found] == [(1000, 1000, 499500, 0, -1.5)]


def test_texts_keep_their_characters(run: Run) -> None:
    short = ", ".join(f"('{text}')" for text in ODD)
    long = ", ".join([short] * 300)
    wanted = [text for (text,) in run(f"select * from (values {short}) v(x)")]
    found = [text for (text,) in run(f"select * from (values {long}) v(x)")]
    assert set_aside(f"select * from (values {long}) v(x)")[1]
    assert sorted(found) == sorted(wanted * 300)


@pytest.mark.parametrize(
    "query",
    [
        "select count(*), max(column2) from values {rows}",
        "select count(*), max(y) from (values {rows}) v (x, y, z, w)",
        "with v (x, y, z, w) as (select * from (values {rows})) select count(*), max(y) from v",
        "select * from (select count(*), max(y) from (values {rows}) v (x, y, z, w)) where 1 = 1",
    ],
)
def test_queries_over_rows(run: Run, query: str) -> None:
    assert run(query.format(rows=ROWS)) == [(1000, "row 999")]


def test_two_lists_in_one_statement(run: Run) -> None:
    found = run(f"select (select count(*) from (values {ROWS}) a), (select sum(x) from (values {ROWS}) b(x, y, z, w))")
    assert found == [(1000, 499500)]


@pytest.mark.parametrize(
    "rows",
    [
        ROWS.replace("-1.5", "1 + 1"),
        ROWS.replace("-1.5", "current_role()"),
        ROWS.replace("-1.5", "(select 1)"),
        ROWS.replace("-1.5", "$$raw$$"),
        ROWS.replace("-1.5", "some_column"),
    ],
    ids=["sum", "function", "query", "raw text", "column"],
)
def test_what_is_no_literal_is_parsed(rows: str) -> None:
    assert set_aside(f"insert into t values {rows}") == (f"insert into t values {rows}", {})


def test_rows_up_to_one_that_is_no_literal_are_set_aside(run: Run) -> None:
    sql = f"select sum(x) from (values {ROWS}, (500 + 500, 'x', null, 0)) v(x, y, z, w)"
    assert set_aside(sql)[1]
    assert run(sql) == [(500500,)]


@pytest.mark.parametrize("sql", [f"create view v as select * from (values {ROWS})", "select 1"])
def test_other_statements_are_left_alone(sql: str) -> None:
    assert set_aside(sql) == (sql, {})


def test_short_lists_are_left_alone() -> None:
    sql = f"select '{'x' * 20_000}' from values " + ", ".join(["(1)"] * (MIN_ROWS - 1))
    assert set_aside(sql) == (sql, {})


def test_ten_thousand_rows_take_about_a_second_of_work(run: Run) -> None:
    rows = ", ".join(f"({n}, 'row {n}', '2024-01-01', {n % 7})" for n in range(10_000))
    began = time.process_time()
    run(f"insert into d.public.t values {rows}")
    assert time.process_time() - began < 3  # 0.5 s; 8 s as a syntax tree
