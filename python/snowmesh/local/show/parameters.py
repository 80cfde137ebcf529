"""SHOW PARAMETERS: those that ALTER SESSION accepts, and what decides how data is read."""

from __future__ import annotations

from collections.abc import Mapping

from snowmesh.local.session import ResultSet
from snowmesh.local.show import filters
from snowmesh.local.show.listing import columns, result
from snowmesh.local.show.statements import ShowParameters

COLUMNS = columns("key, value, default, level, description, type")
# key -> (default, type, description)
KNOWN = {
    "ABORT_DETACHED_QUERY": ("false", "BOOLEAN", "Whether a query ends when its client is gone"),
    "AUTOCOMMIT": ("true", "BOOLEAN", "Whether each statement is its own transaction"),
    "LOCK_TIMEOUT": ("43200", "NUMBER", "Seconds to wait for a lock"),
    "QUERY_TAG": ("", "STRING", "A text that marks the statements of the session"),
    "QUOTED_IDENTIFIERS_IGNORE_CASE": ("false", "BOOLEAN", "Whether quoted identifiers are folded to upper case"),
    "STATEMENT_QUEUED_TIMEOUT_IN_SECONDS": ("0", "NUMBER", "Seconds that a statement may wait in a queue"),
    "STATEMENT_TIMEOUT_IN_SECONDS": ("172800", "NUMBER", "Seconds that a statement may run"),
    "TIMESTAMP_TYPE_MAPPING": ("TIMESTAMP_NTZ", "STRING", "What TIMESTAMP means"),
    "TIMEZONE": ("Etc/UTC", "STRING", "Time zone of the session"),
    "USE_CACHED_RESULT": ("true", "BOOLEAN", "Whether a result may be used again"),
}


def execute(statement: ShowParameters, given: Mapping[str, str]) -> ResultSet:
    """The result of a SHOW PARAMETERS; `given` are the parameters set in the session, by upper-case name."""
    in_session = given if statement.scope == "SESSION" else {}
    rows = [
        {
            "key": key,
            "value": _shown(in_session.get(key, default), data_type),
            "default": default,
            "level": "SESSION" if key in in_session else "",
            "description": description,
            "type": data_type,
        }
        for key, (default, data_type, description) in KNOWN.items()
    ]
    return result(COLUMNS, filters.apply(rows, statement.filters, "key"))


def _shown(value: str, data_type: str) -> str:
    return value.lower() if data_type == "BOOLEAN" else value
