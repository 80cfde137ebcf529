"""One statement of Snowflake SQL as a syntax tree."""

from __future__ import annotations

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, SqlglotError

from snowmesh.local import copy_clauses, create_clauses
from snowmesh.local.errors import SnowflakeError, syntax_error
from snowmesh.local.refusals import refusal


def parse(sql: str) -> exp.Expr:
    """Parse exactly one statement. Raises SnowflakeError."""
    sql, copied = copy_clauses.split(sql)
    sql, aggregation = create_clauses.split(sql)
    try:
        found = [e for e in sqlglot.parse(sql, read="snowflake") if e is not None and not isinstance(e, exp.Semicolon)]
    except SqlglotError as error:
        raise refusal(sql) or syntax_error(_where(error, sql)) from None
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):  # of a function's arguments
        raise syntax_error("in the arguments of a function: there are too few, or one is of another kind.") from None
    if len(found) != 1:
        raise SnowflakeError(
            8, "0A000", f"Actual statement count {len(found)} did not match the desired statement count 1."
        )
    if copied:
        copy_clauses.mark(found[0], copied)
    if aggregation:
        create_clauses.mark(found[0], aggregation)
    return found[0]


def _where(error: SqlglotError, sql: str) -> str:
    """`line 1 at position 7 unexpected 'x'.`, as Snowflake says it."""
    found = error.errors[0] if isinstance(error, ParseError) and error.errors else {}
    token, line, end = found.get("highlight"), found.get("line"), found.get("col")
    if not token or not line or end is None:
        return str(error).splitlines()[0]
    last = sql.rstrip().rstrip(";").rstrip().endswith(token) and line == sql.rstrip().count("\n") + 1
    missing = last and not str(found.get("description")).startswith("Invalid expression")
    return (
        f"line {line} at position {end if missing else end - len(token)} unexpected '{'<EOF>' if missing else token}'."
    )
