"""A listing: its columns, and the rows that a request gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from snowmesh.local.session import ResultColumn, ResultSet
from snowmesh.local.show import filters
from snowmesh.local.show.request import Request
from snowmesh.local.show.statements import ShowObjects

Row = Mapping[str, Any]
Rows = Callable[[Request, ShowObjects], Sequence[Row]]


def columns(text: str) -> tuple[ResultColumn, ...]:
    """Columns from `name` (TEXT) and `name:TYPE`, comma-separated."""
    pairs = [part.strip().partition(":") for part in text.split(",")]
    return tuple(ResultColumn(name, kind or "TEXT") for name, _, kind in pairs)


TERSE = columns("created_on:TIMESTAMP_LTZ, name, kind, database_name, schema_name")
DROPPED_ON = ResultColumn("dropped_on", "TIMESTAMP_LTZ")


@dataclass(frozen=True)
class Listing:
    """One kind of SHOW. A row may hold more than the columns: TERSE picks others of it."""

    columns: tuple[ResultColumn, ...]
    rows: Rows
    terse: tuple[ResultColumn, ...] = TERSE
    key: str = "name"

    def answer(self, request: Request, statement: ShowObjects) -> ResultSet:
        """The result of the statement."""
        shown = self.terse if statement.terse else self.columns
        rows = filters.apply(self.rows(request, statement), statement.filters, self.key)
        if statement.history and not statement.terse:
            at = [c.name for c in shown].index("retention_time") + 1
            shown = (*shown[:at], DROPPED_ON, *shown[at:])
            rows = [{"dropped_on": None, **row} for row in rows]
        return result(shown, rows)


def result(shown: tuple[ResultColumn, ...], rows: Sequence[Row]) -> ResultSet:
    """Rows in the order of the columns; every row must have each of them."""
    return ResultSet(shown, tuple(tuple(row[c.name] for c in shown) for row in rows))
