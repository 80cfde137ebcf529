"""CREATE TABLE with a column list AS SELECT: the form that carries policies (M20), for any query."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

NOW = "to_timestamp_ntz(convert_timezone('UTC', current_timestamp()))"
QUERIES = {
    "star": "select * from (select 1 as n, 'a' as t)",
    "union": "select 1 as n, 'a' as t union all select 2, 'b' order by 1",
    "with": "with q as (select 1 as n, 'a' as t) select * from q",
    "distinct": "select distinct * from (select 1 as n, 'a' as t)",
    "values": "select column1, column2 from values (1, 'a'), (2, 'b')",
}
LISTS = {"typed": '("select" number(10, 2), "t x" varchar)', "names": '("select", "t x")'}


@pytest.fixture(scope="module")
def cursor(local_snowflake: Any) -> Iterator[Any]:
    connection = local_snowflake.connect("ACCOUNTADMIN")
    cursor = connection.cursor()
    for sql in ("create database listed_test", "create warehouse if not exists listed_wh", "use warehouse listed_wh"):
        cursor.execute(sql)
    yield cursor
    cursor.execute("drop database listed_test")
    connection.close()


@pytest.mark.parametrize("columns", LISTS)
@pytest.mark.parametrize("query", QUERIES)
def test_any_query_under_a_list(cursor: Any, query: str, columns: str) -> None:
    cursor.execute(f"create or replace table listed_test.public.t {LISTS[columns]} as ({QUERIES[query]})")
    assert cursor.execute('select "select", "t x" from listed_test.public.t order by 1').fetchone() == (1, "a")
    types = [row[1] for row in cursor.execute("describe table listed_test.public.t").fetchall()]
    assert types[0] == ("NUMBER(10,2)" if columns == "typed" else types[0])


def test_a_star_beside_other_columns(cursor: Any) -> None:
    """What a first snapshot is."""
    columns = '("N" number(38,0), "AT" timestamp_ntz(9))'
    cursor.execute(
        f"create or replace table listed_test.public.t {columns} as (select *, {NOW} as x from (select 1 as n))"
    )
    assert cursor.execute("select n, at is not null from listed_test.public.t").fetchall() == [(1, True)]
