"""ALTER SESSION: the parameters that are accepted, because they change nothing that is decided here."""

from __future__ import annotations

from collections.abc import Mapping

from snowmesh.local.errors import invalid, not_implemented
from snowmesh.local.tokens import Cursor

# parameter -> the only values accepted; None: any value, it has no effect on results or rights
ACCEPTED: dict[str, tuple[str, ...] | None] = {
    "QUERY_TAG": None,
    "STATEMENT_QUEUED_TIMEOUT_IN_SECONDS": None,
    "LOCK_TIMEOUT": None,
    "ABORT_DETACHED_QUERY": None,
    "USE_CACHED_RESULT": None,
    "AUTOCOMMIT": ("TRUE",),
    "TIMEZONE": ("UTC", "ETC/UTC"),
    "QUOTED_IDENTIFIERS_IGNORE_CASE": ("FALSE",),
}
TIMEOUT = "STATEMENT_TIMEOUT_IN_SECONDS"
MOST_SECONDS = 604_800


def timeout(session: Mapping[str, str], warehouse: Mapping[str, str]) -> int:
    """The lowest limit above 0 that a session and its warehouse set; 0 when neither does."""
    found = (int(values.get(TIMEOUT) or 0) for values in (session, warehouse))
    return min((seconds for seconds in found if seconds > 0), default=0)


def at_login(given: Mapping[str, object]) -> dict[str, str]:
    """The parameters that a client brings along. Raises SnowflakeError for a limit that is none."""
    found = {name.upper(): str(value) for name, value in given.items()}
    if TIMEOUT in found:
        found[TIMEOUT] = _seconds(found[TIMEOUT])
    return found


def alter(sql: str, current: dict[str, str]) -> dict[str, str]:
    """The session parameters after ALTER SESSION SET / UNSET. Raises SnowflakeError."""
    cursor, changed = Cursor(sql), dict(current)
    cursor.expect("ALTER SESSION")
    setting = cursor.expect("SET", "UNSET") == "SET"
    while True:
        name = cursor.identifier()
        if name not in ACCEPTED and name != TIMEOUT:
            raise not_implemented(
                f"session parameter {name}", f"accepted are {', '.join(sorted((*ACCEPTED, TIMEOUT)))}"
            )
        if setting:
            cursor.expect("=")
            changed[name] = _value(name, cursor.value())
        else:
            changed.pop(name, None)
        cursor.accept(",")
        if cursor.done:
            return changed


def _value(name: str, value: str) -> str:
    if name == TIMEOUT:
        return _seconds(value)
    allowed = ACCEPTED[name]
    if allowed is not None and value.upper() not in allowed:
        raise not_implemented(f"session parameter {name} = {value}", f"accepted are {', '.join(allowed)}")
    return value


def _seconds(value: str) -> str:
    if not value.isdigit() or int(value) > MOST_SECONDS:
        raise invalid(f"invalid value [{value}] for parameter '{TIMEOUT}': it is a number from 0 to {MOST_SECONDS}.")
    return value
