"""The gateway's own chain of fakesnow's transforms yields what fakesnow's full chain yields."""

from __future__ import annotations

import pytest
import sqlglot
from fakesnow.cursor import FakeSnowflakeCursor
from fakesnow.instance import FakeSnow
from sqlglot import exp
from sqlglot.errors import SqlglotError

from snowmesh.local.corrections import corrected
from snowmesh.local.translation import translated
from tests.functional.test_analytics_sql import EXPRESSIONS, QUERIES

STATEMENTS = [
    *(f"select {expression}" for expression, _ in EXPRESSIONS),
    *(query for query, _ in QUERIES),
    'select Foo, "Bar" from a.b.c where x::number(38,0) > 1 and y::float < 2',
    "insert into a.b.c (x) select trim(y) from a.b.d",
    "update a.b.c set x = upper(y:z) where regexp_substr(w, 'a') = 'b'",
    "delete from a.b.c where x in (select v[0]::varchar from a.b.d)",
    "select random(), median(x), stddev(y), haversine(1, 2, 3, 4), x'00', sha2(z), to_date(d) from a.b.c sample (5)",
    "select array_agg(x) within group (order by y), object_agg(k, v), array_construct(1, 2) from a.b.c",
    "select x as y from a.b.c join a.b.d on y = d.z",
    "create table a.b.c (x number, y variant, z timestamp_ntz, w float)",
]


@pytest.fixture(scope="module")
def fakesnow() -> FakeSnowflakeCursor:
    return FakeSnow().connect("D", "S").cursor()


@pytest.mark.parametrize("sql", STATEMENTS)
def test_the_chain_is_fakesnows(fakesnow: FakeSnowflakeCursor, sql: str) -> None:
    try:
        tree = corrected(sqlglot.parse_one(sql, read="snowflake"))
    except SqlglotError:
        pytest.skip("not a statement of this parser")
    theirs = fakesnow._transform(tree.copy(), None)
    assert translated(tree).sql("duckdb") == theirs.sql("duckdb")


def test_a_statement_that_needs_no_transform_is_left_as_it_is() -> None:
    tree = sqlglot.parse_one('select "a", count(*) from "t" group by 1', read="snowflake")
    assert isinstance(tree, exp.Select)
    assert translated(tree) is tree
