"""ALTER SESSION: the parameters that are accepted, because they change nothing that is decided here."""

from __future__ import annotations

from snowmesh.local.errors import not_implemented
from snowmesh.local.tokens import Cursor

# parameter -> the only values accepted; None: any value, it has no effect on results or rights
ACCEPTED: dict[str, tuple[str, ...] | None] = {
    "QUERY_TAG": None,
    "STATEMENT_TIMEOUT_IN_SECONDS": None,
    "STATEMENT_QUEUED_TIMEOUT_IN_SECONDS": None,
    "LOCK_TIMEOUT": None,
    "ABORT_DETACHED_QUERY": None,
    "USE_CACHED_RESULT": None,
    "AUTOCOMMIT": ("TRUE",),
    "TIMEZONE": ("UTC", "ETC/UTC"),
    "QUOTED_IDENTIFIERS_IGNORE_CASE": ("FALSE",),
}


def alter(sql: str, current: dict[str, str]) -> dict[str, str]:
    """The session parameters after ALTER SESSION SET / UNSET. Raises SnowflakeError."""
    cursor, changed = Cursor(sql), dict(current)
    cursor.expect("ALTER SESSION")
    setting = cursor.expect("SET", "UNSET") == "SET"
    while True:
        name = cursor.identifier()
        if name not in ACCEPTED:
            raise not_implemented(f"session parameter {name}", f"accepted are {', '.join(sorted(ACCEPTED))}")
        if setting:
            cursor.expect("=")
            changed[name] = _value(name, cursor.value())
        else:
            changed.pop(name, None)
        cursor.accept(",")
        if cursor.done:
            return changed


def _value(name: str, value: str) -> str:
    allowed = ACCEPTED[name]
    if allowed is not None and value.upper() not in allowed:
        raise not_implemented(f"session parameter {name} = {value}", f"accepted are {', '.join(allowed)}")
    return value
