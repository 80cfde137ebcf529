"""What fakesnow and DuckDB raise, in Snowflake's words: an unknown function is named, the inner SQL is not shown."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb
import sqlglot
from snowflake.connector.errors import Error as ConnectorError
from sqlglot import exp
from sqlglot.errors import SqlglotError

from snowmesh.local.errors import SnowflakeError, not_implemented
from snowmesh.local.quotients import DIVISION_BY_ZERO

_UNKNOWN_COLUMN = 'Binder Error: Referenced column "'
# the engine's own words for a column that is not there name the table by its place: before and after the name
_NO_COLUMN = (
    ('does not have a column with name "', '"'),
    ("Referenced update column ", " not found in table"),
)
_TOO_FEW = " columns but "
_UNKNOWN_FUNCTION = "Function with name "
_ARGUMENTS = ("No function matches the given name and argument types '", 'candidate function for the function call "')
# what the translation stumbles over: an argument that it does not expect
_UNTRANSLATABLE = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    NotImplementedError,
    TypeError,
    ValueError,
)
_COLUMN_TYPE = "for column type "  # of fakesnow
_AT_START = "error line 1 at position 0"


class _Translation(threading.local):
    """Whether this thread is translating a statement for the engine."""

    running = False


_translation = _Translation()


class _Untranslatable(logging.Handler):
    """sqlglot only warns when it leaves something out; a statement that means something else must not run."""

    def emit(self, record: logging.LogRecord) -> None:
        if _translation.running and record.levelno >= logging.WARNING:
            raise not_implemented(record.getMessage().rstrip("."))


_logger = logging.getLogger("sqlglot")
_logger.setLevel(logging.WARNING)
_logger.propagate = False
_logger.addHandler(_Untranslatable())


@contextmanager
def snowflake_errors(sql: str) -> Iterator[None]:
    """Turn what running `sql` raises into Snowflake's errors."""
    _translation.running = True
    try:
        yield
    except ConnectorError as error:
        raise _translated(_first_line(error.raw_msg or error.msg or error), error.errno, error.sqlstate, sql) from error
    except duckdb.Error as error:
        raise _translated(f"SQL execution error: {_first_line(error)}", 100000, "22000", sql) from error
    except NotImplementedError as error:
        raise not_implemented(_first_line(error).replace(_COLUMN_TYPE, "a result of type ")) from error
    except _UNTRANSLATABLE as error:
        raise not_implemented(f"this SQL ({_first_line(error)})") from error
    finally:
        _translation.running = False


def _translated(text: str, code: int | None, sqlstate: str | None, sql: str) -> SnowflakeError:
    """One line only, the rest quotes the rewritten statement (M58)."""
    if text.endswith(f"Invalid Input Error: {DIVISION_BY_ZERO}"):
        return SnowflakeError(100051, "22012", DIVISION_BY_ZERO)
    if text.startswith(_UNKNOWN_COLUMN):
        return _compilation(904, "42000", f"{_AT_START}\ninvalid identifier '{text.split(chr(34))[1]}'")
    if "NOT NULL constraint failed" in text:
        return SnowflakeError(100072, "22000", "NULL result in a non-nullable column")
    for before, after in _NO_COLUMN:
        if before in text and after in text:
            name = text.split(before, 1)[1].split(after, 1)[0]
            return _compilation(904, "42000", f"{_AT_START}\ninvalid identifier '{name}'")
    if _TOO_FEW in text:
        expected, given = text.split(" has ", 1)[1].split(_TOO_FEW, 1)
        numbers = f"expecting {expected} but got {given.split(' ', 1)[0]}"
        return _compilation(2020, "42601", f"Insert value list does not match column list {numbers}")
    if _UNKNOWN_FUNCTION in text:
        name = text.split(_UNKNOWN_FUNCTION, 1)[1].split(maxsplit=1)[0].strip('"')
        return _compilation(2140, "42601", f"Unknown function {_as_written(name, sql)}")
    for start in _ARGUMENTS:
        if start in text:
            name, _, types = text.split(start, 1)[1].partition("(")
            types = types.split(")", 1)[0].replace("_LITERAL", "")
            function = _as_written(name, sql)
            return _compilation(
                1044, "42P13", f"{_AT_START}\nInvalid argument types for function '{function}': ({types})"
            )
    if " not implemented" in text:  # fakesnow's own words
        return not_implemented(text.split(" not implemented", 1)[0])
    return SnowflakeError(code if code and code > 0 else 100000, sqlstate or "42000", text)


def _compilation(code: int, sqlstate: str, text: str) -> SnowflakeError:
    return SnowflakeError(code, sqlstate, f"SQL compilation error:\n{text}")


def _as_written(name: str, sql: str) -> str:
    """The name of the function in the statement that the engine knows, or rather does not know, as `name`."""
    if f"{name}(".upper() in sql.upper():
        return name.upper()
    try:
        tree = sqlglot.parse_one(sql, read="snowflake")
    except SqlglotError:
        return name.upper()
    written = [f for f in tree.find_all(exp.Func) if f"{name}(".lower() in f.sql("duckdb").lower()]
    return str(written[-1].sql("snowflake").split("(")[0]) if written else name.upper()


def _first_line(error: object) -> str:
    """The first line that says something."""
    lines = [line for line in str(error).splitlines() if line.strip() and line.strip() != "SQL compilation error:"]
    return lines[0] if lines else type(error).__name__
