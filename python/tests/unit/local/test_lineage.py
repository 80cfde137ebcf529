"""Lineage, pure: an answer may hold too much, never too little (A26)."""

from __future__ import annotations

import pytest
import sqlglot
from sqlglot import exp

from snowmesh.local.closure import closed
from snowmesh.local.lineage import Lineage, mark, name_columns

COLUMNS = {"T": ("A", "B"), "U": ("A", "C")}


def tree(sql: str) -> exp.Expr:
    """A query in which column A of T is marked, and the columns of T and U are known."""
    parsed = sqlglot.parse_one(sql, read="snowflake")
    for table in list(parsed.find_all(exp.Table)):
        names = COLUMNS.get(table.name.upper())
        if names is None:
            continue
        items = [exp.alias_(exp.column(name), name) for name in names]
        if table.name.upper() == "T":
            mark(items[0], "SECRET")
        alias = table.args.get("alias") or exp.TableAlias(this=exp.to_identifier(table.name))
        inner = exp.select(*items).from_(name_columns(exp.to_table(f"d.s.{table.name}"), names))
        table.replace(exp.Subquery(this=inner, alias=alias))
    return parsed


def marked(sql: str) -> list[str] | None:
    """The names of the marked columns of the result; None when not even the columns are known."""
    query = tree(sql)
    shape = Lineage(query).shape(query)
    return None if shape.columns is None else [c.name for c in shape.columns if c.marks]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select a, b from t", ["A"]),
        ("select b from t where a = 1 order by a", []),
        ("select count(a), count(distinct a), hll(a) from t", []),
        ("select count(a) over () as n, sum(a) as s from t", ["N", "S"]),
        ("select u.a from t join u on t.a = u.a", []),
        ("select a from t, (select c from u) x", ["A"]),
        ("select (select max(a) from u) as x from t", []),  # the inner A
        ("select (select max(b) from u) as x, (select max(t.a) from u) as y from t", ["Y"]),
        ("select b as a from t", []),
        ("select a as b, b as c, c as d from t", ["B", "C", "D"]),  # B may be the column or the alias before it
        ("select * from t join u using (a)", ["A"]),
        ("select u.* from t join u using (a)", []),
        ("select * exclude (a) from t", []),
        ("select * replace (1 as a) from t", []),
        ("select * rename (a as z) from t", ["Z"]),
        ("select x from (select a, b from t) q(x, y)", ["X"]),
        ("select y from (select a, b from t) q(x, y)", []),
        ("with c as (select a as k, b from t) select b from c where k = 1", []),
        ("with recursive r as (select b, a from t union all select b, a from r) select b from r", ["B"]),
        ("select b from t union all select a from t", ["B"]),
        ("select c from u union all select b from t", []),
        ("select exists (select a from t) as e", []),
        ("select b in (select a from t) as e from t", ["E"]),
        ("select t from t", ["T"]),
        ("select f.value from u, lateral flatten(input => u.a) f", []),
        ("select f.value from t, lateral flatten(input => t.a) f", ["VALUE"]),
    ],
)
def test_marks(sql: str, expected: list[str]) -> None:
    assert marked(sql) == expected


@pytest.mark.parametrize(
    "sql",
    [
        "select * from t pivot (max(a) for b in (1, 2))",
        "select * ilike 'x%' from t",
        "select * from (t join u on t.a = u.a) as x",
        "select a from t union all by name select a from u",
    ],
)
def test_what_is_not_known_is_marked(sql: str) -> None:
    query = tree(sql)
    shape = Lineage(query).shape(query)
    assert shape.all == {"SECRET"} or marked(sql)


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select b from t where a = 1", True),
        ("select t.b from t join u on t.a = u.a group by t.b having count(*) > 1 order by 1", True),
        ("select b from t where a = outer_a", False),
        ("select b from t where t.a = o.a", False),
        ("select b from t order by o.x", False),
        ("select count(o.x) from t", False),
        ("select exists (select 1 from u where u.a = o.x) from t", False),
        ("select exists (select 1 from u where u.a = t.a) from t", True),
        ("select b as k from t group by k", True),
        ("with c as (select a from t where b = o.b) select a from c", False),
        ("select a from t union select a from u where c = o.c", False),
    ],
)
def test_whether_a_query_refers_to_what_is_around_it(sql: str, expected: bool) -> None:
    assert closed(tree(sql), {}) is expected
