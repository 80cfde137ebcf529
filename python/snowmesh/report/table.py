"""Rows as an aligned text table, CSV or JSON."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

NULL = "NULL"


@dataclass(frozen=True)
class Table:
    """Column names, and rows of Python values; None is NULL."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


def as_text(table: Table) -> str:
    """Aligned columns, numbers to the right, and the number of rows."""
    count = len(table.rows)
    return f"{aligned(table)}\n({count:,} {'row' if count == 1 else 'rows'})"


def aligned(table: Table) -> str:
    """Aligned columns, numbers to the right."""
    cells = [[_cell(value) for value in row] for row in table.rows]
    header = [_printable(name) for name in table.columns]
    widths = [max(_width(row[i]) for row in [header, *cells]) for i in range(len(header))]
    right = [_is_numeric(table, i) for i in range(len(header))]
    lines = [_line(header, widths, right), "  ".join("-" * width for width in widths)]
    lines += [_line(row, widths, right) for row in cells]
    return "\n".join(lines)


def as_csv(table: Table) -> str:
    """RFC 4180 with a header; NULL is an empty field."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(table.columns)
    writer.writerows(["" if value is None else _plain(value) for value in row] for row in table.rows)
    return stream.getvalue().rstrip("\n")


def as_json(tables: Sequence[Table]) -> str:
    """One document: the rows of one table as objects; of several tables, a list of such lists."""
    documents = [_objects(table) for table in tables]
    return json.dumps(documents[0] if len(documents) == 1 else documents, indent=1, ensure_ascii=False)


def _objects(table: Table) -> list[dict[str, Any]]:
    names = _unique(table.columns)
    return [dict(zip(names, (_json(value) for value in row), strict=True)) for row in table.rows]


def _unique(names: tuple[str, ...]) -> list[str]:
    """Column names may repeat in a result; keys of an object may not: A, A_2, A_3."""
    found: list[str] = []
    for name in names:
        number, candidate = 1, name
        while candidate in found:
            number += 1
            candidate = f"{name}_{number}"
        found.append(candidate)
    return found


def _json(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | float | str) else _plain(value)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date | datetime | time):
        return value.isoformat(" ") if isinstance(value, datetime) else value.isoformat()
    if isinstance(value, bytes | bytearray):
        return value.hex().upper()
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _cell(value: Any) -> str:
    return NULL if value is None else _printable(_plain(value))


def _printable(text: str) -> str:
    """Text of the server for a terminal: control characters are shown, not obeyed."""
    return "".join(c if unicodedata.category(c)[0] != "C" else c.encode("unicode_escape").decode() for c in text)


def _is_numeric(table: Table, index: int) -> bool:
    values = [row[index] for row in table.rows if row[index] is not None]
    return bool(values) and all(isinstance(v, int | float | Decimal) and not isinstance(v, bool) for v in values)


def _width(text: str) -> int:
    """How many columns of a terminal a text takes."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    padded = (
        " " * (width - _width(cell)) + cell if to_right else cell + " " * (width - _width(cell))
        for cell, width, to_right in zip(cells, widths, right, strict=True)
    )
    return "  ".join(padded).rstrip()
