"""Statements that need what the local Snowflake has not at all, refused by what they need."""

from __future__ import annotations

from snowmesh.local.errors import SnowflakeError, not_implemented
from snowmesh.local.tokens import Cursor

_PYTHON = "Python models and stored procedures (Snowpark)"
_STAGES = "stages and files"
_INSTEAD = {
    _PYTHON: "write it in SQL; see docs/local-snowflake.md",
    _STAGES: "load rows with INSERT or dbt seed; see docs/local-snowflake.md",
}
_VERBS = {"CALL": _PYTHON, **dict.fromkeys(("PUT", "GET", "LIST", "LS", "REMOVE", "RM", "COPY INTO"), _STAGES)}
_CREATED = {"PROCEDURE": _PYTHON, **dict.fromkeys(("STAGE", "FILE FORMAT", "PIPE", "EXTERNAL TABLE"), _STAGES)}


def refusal(sql: str) -> SnowflakeError | None:
    """The error for a statement that needs one of these, or None."""
    what, need = _needs(Cursor(sql))
    return not_implemented(f"{what}, which needs {need}", _INSTEAD[need]) if need else None


def _needs(cursor: Cursor) -> tuple[str, str]:
    if cursor.peek() == "WITH" and cursor.peek(2) == "AS" and cursor.peek(3) == "PROCEDURE":
        return "WITH ... AS PROCEDURE", _PYTHON  # dbt runs a Python model as an anonymous procedure
    if cursor.accept("CREATE"):
        cursor.accept("OR REPLACE")
        cursor.accept_one("TEMPORARY", "TEMP")
        what = cursor.accept_one(*_CREATED)
        return f"CREATE {what}", _CREATED.get(what, "")
    verb = cursor.accept_one(*_VERBS)
    return verb, _VERBS.get(verb, "")
