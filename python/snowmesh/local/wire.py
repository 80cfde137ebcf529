"""Snowflake's wire format: rows to JSON bodies that the connector reads.

Written against snowflake-connector-python's reader and fakesnow's server. https://github.com/snowflakedb/snowflake-connector-python
"""

from __future__ import annotations

from base64 import b64encode
from datetime import datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
from fakesnow.arrow import to_ipc, to_sf
from fakesnow.statement_type import DML_TYPE_IDS

from snowmesh.local.engine import Rows
from snowmesh.local.session import ResultSet

_ARROW = {
    "TEXT": pa.string(),
    "FIXED": pa.int64(),
    "BOOLEAN": pa.bool_(),
    "TIMESTAMP_LTZ": pa.timestamp("us", tz="UTC"),
    "DATE": pa.date32(),
}
_EMPTY: dict[str, Any] = {"database": "", "schema": "", "table": "", "byteLength": None, "collation": None}


def rows_of(result: ResultSet) -> Rows:
    """Catalog rows in the engine's form, so that both travel and are scanned alike."""
    rowtype, arrays = [], []
    for index, column in enumerate(result.columns):
        kind = _ARROW[column.type]
        arrays.append(pa.array([_value(row[index], column.type) for row in result.rows], type=kind))
        rowtype.append(_row_type(column.name, column.type))
    names = [str(i) for i in range(len(arrays))]
    table = pa.Table.from_arrays(arrays, names=names).rename_columns([c.name for c in result.columns])
    return Rows(rowtype, table, len(result.rows))


def data(rows: Rows, type_id: int) -> dict[str, Any]:
    """The part of a query response that carries rows."""
    body: dict[str, Any] = {"rowtype": rows.rowtype, "total": rows.table.num_rows, "returned": rows.table.num_rows}
    if type_id in DML_TYPE_IDS or any(c["type"] == "timestamp_ltz" for c in rows.rowtype):
        cells = [[_text(v) for v in column.to_pylist()] for column in rows.table.columns]
        return {**body, "queryResultFormat": "json", "rowset": [list(row) for row in zip(*cells, strict=True)]}
    table = pa.Table.from_batches(rows.table.combine_chunks().to_batches(), rows.table.schema)
    encoded = b64encode(to_ipc(to_sf(_one_batch(table), rows.rowtype))).decode() if table.num_rows else ""
    return {**body, "queryResultFormat": "arrow", "rowsetBase64": encoded}


def _one_batch(table: pa.Table) -> pa.Table:
    return pa.Table.from_batches(
        [pa.RecordBatch.from_arrays([c.combine_chunks() for c in table.columns], schema=table.schema)]
    )


def _value(value: Any, kind: str) -> Any:
    if value is None or kind != "TEXT":
        return value
    return value if isinstance(value, str) else str(value)


def _row_type(name: str, kind: str) -> dict[str, Any]:
    sizes: dict[str, Any] = {"length": None, "precision": None, "scale": None}
    if kind == "TEXT":
        sizes = {"length": 16777216, "precision": None, "scale": None}
    elif kind == "FIXED":
        sizes = {"length": None, "precision": 38, "scale": 0}
    elif kind == "TIMESTAMP_LTZ":
        sizes = {"length": None, "precision": 0, "scale": 9}
    return {**_EMPTY, "name": name, "nullable": True, "type": kind.lower(), **sizes}


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, datetime):
        return f"{Decimal(value.timestamp()):.9f}"
    return str(value)
