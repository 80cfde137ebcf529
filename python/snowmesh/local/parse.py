"""One statement of Snowflake SQL as a syntax tree."""

from __future__ import annotations

import logging

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from snowmesh.local import copy_clauses
from snowmesh.local.errors import SnowflakeError, syntax_error

# what sqlglot does not parse is refused here, so its warning would say it twice
logging.getLogger("sqlglot").setLevel(logging.ERROR)


def parse(sql: str) -> exp.Expr:
    """Parse exactly one statement. Raises SnowflakeError."""
    sql, copied = copy_clauses.split(sql)
    try:
        found = [e for e in sqlglot.parse(sql, read="snowflake") if e is not None and not isinstance(e, exp.Semicolon)]
    except SqlglotError as error:
        text = str(error).splitlines()[0].replace("\x1b[4m", "").replace("\x1b[0m", "")
        raise syntax_error(text) from None
    if len(found) != 1:
        raise SnowflakeError(
            8, "0A000", f"Actual statement count {len(found)} did not match the desired statement count 1."
        )
    if copied:
        copy_clauses.mark(found[0], copied)
    return found[0]
