"""DESCRIBE RESULT: data types as CREATE TABLE takes them, also for a query that yields no row."""

from __future__ import annotations

from typing import Any

import pytest
from snowflake.connector.errors import ProgrammingError

QUERY = """select 1::number(10, 2) as n, 'a' as "t x", current_date() as d, true as b, 1::float as f limit 0"""


def test_the_columns_of_a_result(local_snowflake: Any) -> None:
    connection = local_snowflake.connect("ACCOUNTADMIN")
    cursor = connection.cursor()
    query_id = cursor.execute(QUERY).sfqid
    by_position = cursor.execute("describe result last_query_id()").fetchall()
    by_id = cursor.execute(f"desc result '{query_id}'").fetchall()
    connection.close()
    expected = [("N", "NUMBER(10,2)"), ("t x", "VARCHAR"), ("D", "DATE"), ("B", "BOOLEAN"), ("F", "FLOAT")]
    for rows in (by_position, by_id):
        assert [(row[0], row[1].partition("(")[0] if row[0] == "t x" else row[1]) for row in rows] == expected


@pytest.mark.parametrize("which", ["'01b'", "last_query_id(", "last_query_id(-2)", "x"])
def test_what_is_no_result_of_the_session(local_snowflake: Any, which: str) -> None:
    with pytest.raises(ProgrammingError):
        local_snowflake.run(f"describe result {which}")
