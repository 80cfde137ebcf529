"""Sums of numbers are exact in Snowflake; an engine that adds doubles loses the last decimals of an amount."""

from decimal import Decimal
from typing import Any

import pytest

from snowmesh.local.engine import Engine, EngineSession
from snowmesh.local.errors import SnowflakeError

BIG = Decimal("100000000000.000001")


@pytest.fixture(scope="module")
def session() -> EngineSession:
    engine = Engine()
    engine.create_database("D")
    engine.create_schema("D", "S")
    session = engine.session()
    session.execute("create table D.S.T (a number(38,6), b number(38,0), v varchar)")
    session.execute(f"insert into D.S.T values ({BIG}, 1, '3'), ({BIG}, 1, '4')")
    return session


def rows(session: EngineSession, sql: str) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in session.execute(sql).table.to_pylist()]


@pytest.mark.parametrize(
    "expression",
    [
        "sum(a)",
        "sum(a) as x",
        "sum(a) over ()",
        "(select sum(a) from D.S.T)",
        "coalesce(sum(a), 0)",
        "sum(sum(a)) over ()",
    ],
)
def test_a_sum_of_numbers_is_exact(session: EngineSession, expression: str) -> None:
    assert rows(session, f"select {expression} from D.S.T")[0] == (2 * BIG,)


def test_other_arguments(session: EngineSession) -> None:
    expressions = "sum(b), sum(distinct b), sum(case when b > 5 then 1 end), sum(v::number)"
    assert rows(session, f"select {expressions} from D.S.T") == [(2, 1, None, 7)]


def test_a_text_is_refused(session: EngineSession) -> None:
    with pytest.raises(SnowflakeError, match=r"'SUM': \(VARCHAR\)"):
        session.execute("select sum(v) from D.S.T")


def test_the_type_of_a_table_made_of_sums(session: EngineSession) -> None:
    columns = session.columns("select sum(a) as a, sum(b) as b from D.S.T")
    assert [column.data_type for column in columns] == ["NUMBER(38,6)", "NUMBER(38,0)"]
