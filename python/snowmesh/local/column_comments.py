"""`ALTER {TABLE | VIEW} t ALTER a COMMENT '…', b COMMENT '…'`: the form dbt's persist_docs sends."""

from __future__ import annotations

from dataclasses import dataclass

from snowmesh.local.tokens import Cursor


@dataclass(frozen=True)
class ColumnComments:
    """Comments by stored column name, for the relation of a name as written."""

    kind: str
    name: tuple[str, ...]
    if_exists: bool
    comments: tuple[tuple[str, str], ...]


def parse(sql: str) -> ColumnComments | None:
    """Read the statement; None when it is another one. Raises SnowflakeError for one that is half of it."""
    cursor = Cursor(sql)
    if not cursor.accept("ALTER"):
        return None
    cursor.accept_one("TRANSIENT")
    kind = cursor.accept_one("TABLE", "VIEW")
    if not kind:
        return None
    if_exists = cursor.accept("IF EXISTS")
    name = cursor.name()
    if not cursor.accept_one("ALTER", "MODIFY"):
        return None
    found: list[tuple[str, str]] = []
    while True:
        cursor.accept("COLUMN")
        column = cursor.identifier()
        if not cursor.accept("COMMENT"):
            if found:
                raise cursor.unexpected("COMMENT")
            return None
        found.append((column, cursor.string()))
        if not cursor.accept(","):
            cursor.expect_end()
            return ColumnComments(kind, name, if_exists, tuple(found))
