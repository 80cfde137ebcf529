"""Statements that need what the local Snowflake has not at all, refused by what they need."""

from __future__ import annotations

from snowmesh.local.errors import SnowflakeError, not_implemented
from snowmesh.local.tokens import Cursor

PYTHON = "Python models and stored procedures (Snowpark)"
STAGES = "stages and files"
_INSTEAD = {
    PYTHON: "write it in SQL; see docs/local-snowflake.md",
    STAGES: "load rows with INSERT or dbt seed; see docs/local-snowflake.md",
}
_ANONYMOUS = "WITH ... AS PROCEDURE"
_VERBS = {"CALL": PYTHON, **dict.fromkeys(("PUT", "GET", "LIST", "LS", "REMOVE", "RM", "COPY INTO"), STAGES)}
_CREATED = {"PROCEDURE": PYTHON, **dict.fromkeys(("STAGE", "FILE FORMAT", "PIPE", "EXTERNAL TABLE"), STAGES)}


def phrases() -> list[str]:
    """The first words of every statement that is refused here."""
    return [*_VERBS, *(f"CREATE {what}" for what in _CREATED), _ANONYMOUS]


def refusal(sql: str) -> SnowflakeError | None:
    """The error for a statement that needs one of these, or None."""
    what, need = _needs(Cursor(sql))
    return not_implemented(f"{what}, which needs {need}", _INSTEAD[need]) if need else None


def _needs(cursor: Cursor) -> tuple[str, str]:
    if cursor.peek() == "WITH" and cursor.peek(2) == "AS" and cursor.peek(3) == "PROCEDURE":
        return _ANONYMOUS, PYTHON  # dbt runs a Python model as an anonymous procedure
    if cursor.accept("CREATE"):
        cursor.accept("OR REPLACE")
        cursor.accept_one("TEMPORARY", "TEMP")
        what = cursor.accept_one(*_CREATED)
        return f"CREATE {what}", _CREATED.get(what, "")
    verb = cursor.accept_one(*_VERBS)
    return verb, _VERBS.get(verb, "")
