"""SQL run through the connector, its rows printed."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from typing import Any

from snowmesh.errors import UserError
from snowmesh.local import connect, process
from snowmesh.report.table import Table, as_csv, as_json, as_text


def run(text: str, login: connect.Login, output: str, write: Callable[[str], None]) -> str:
    """Run the statements of a text one after the other, and write their results.

    Returns the error of the statement that failed, after which none is run; empty when all went well.
    Raises UserError when there is no server or no session.
    """
    if not text.strip():
        raise UserError("There is no SQL to run.", "give a statement, or - and statements on standard input.")
    process.find(login.port)
    tables: list[Table] = []
    failure = ""
    with connect.connect(login) as connection:
        for result in _results(connection, text):
            if isinstance(result, str):
                failure = result
            elif output == "json":
                tables.append(result)
            else:
                write((as_csv if output == "csv" else as_text)(result))
    if output == "json" and (tables or not failure):
        write(as_json(tables))
    return failure


def _results(connection: Any, text: str) -> Any:
    from snowflake.connector.errors import Error

    try:
        for cursor in connection.execute_stream(StringIO(text)):  # one after the other, unlike execute_string
            yield Table(tuple(column.name for column in cursor.description or ()), tuple(cursor.fetchall()))
    except Error as error:
        yield str(error.msg)
