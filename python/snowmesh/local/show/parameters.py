"""SHOW PARAMETERS: only what the local Snowflake really has, so that a value shown is the value in force."""

from __future__ import annotations

from collections.abc import Mapping

from snowmesh.local.session import ResultSet
from snowmesh.local.show import filters
from snowmesh.local.show.listing import columns, result
from snowmesh.local.show.statements import ShowParameters

COLUMNS = columns("key, value, default, level, description, type")
# key -> (default, type, description)
KNOWN = {
    "AUTOCOMMIT": ("true", "BOOLEAN", "Whether each statement is its own transaction"),
    "QUERY_TAG": ("", "STRING", "A text that marks the statements of the session"),
    "QUOTED_IDENTIFIERS_IGNORE_CASE": ("false", "BOOLEAN", "Whether quoted identifiers are folded to upper case"),
    "TIMESTAMP_TYPE_MAPPING": ("TIMESTAMP_NTZ", "STRING", "What TIMESTAMP means"),
    "TIMEZONE": ("Etc/UTC", "STRING", "Time zone of the session"),
}


def execute(statement: ShowParameters, given: Mapping[str, str]) -> ResultSet:
    """The result of a SHOW PARAMETERS; `given` are the parameters set in the session, by upper-case name."""
    in_session = given if statement.scope == "SESSION" else {}
    rows = [
        {
            "key": key,
            "value": in_session.get(key, default),
            "default": default,
            "level": "SESSION" if key in in_session else "",
            "description": description,
            "type": data_type,
        }
        for key, (default, data_type, description) in KNOWN.items()
    ]
    return result(COLUMNS, filters.apply(rows, statement.filters, "key"))
