"""DESCRIBE RESULT: the columns of a result that this session still has.

https://docs.snowflake.com/en/sql-reference/sql/desc-result
"""

from __future__ import annotations

from snowmesh.local.connected import Connected
from snowmesh.local.engine import data_type
from snowmesh.local.errors import SnowflakeError
from snowmesh.local.session import ResultSet, texts
from snowmesh.local.tokens import Cursor

COLUMNS = texts(
    "name, type, kind, null?, default, primary key, unique key, check, expression, comment, policy name, privacy domain"
)


def execute(sql: str, connected: Connected) -> ResultSet | None:
    """The result of the statement; None when it is another one. Raises SnowflakeError."""
    cursor = Cursor(sql)
    if not (cursor.accept_one("DESCRIBE", "DESC") and cursor.accept("RESULT")):
        return None
    query_id = _query_id(cursor, connected)
    cursor.expect_end()
    found = connected.results.get(query_id)
    if found is None:
        raise SnowflakeError(709, "02000", f"Statement {query_id} not found")
    rows = [_row(column["name"], data_type(dict(column)), column.get("nullable")) for column in found.rowtype]
    return ResultSet(COLUMNS, tuple(rows))


def _query_id(cursor: Cursor, connected: Connected) -> str:
    if not cursor.accept("LAST_QUERY_ID ( )"):
        return cursor.string()
    return connected.history.query_id(-1) or "of LAST_QUERY_ID()"


def _row(name: str, kind: str, nullable: object) -> tuple[str | None, ...]:
    return name, kind, "COLUMN", "N" if nullable is False else "Y", None, "N", "N", None, None, None, None, None
