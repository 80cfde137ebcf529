"""Snowflake's wire format: rows to JSON bodies that the connector reads.

Written against snowflake-connector-python's reader and fakesnow's server. https://github.com/snowflakedb/snowflake-connector-python
"""

from __future__ import annotations

from base64 import b64encode
from datetime import datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from fakesnow.arrow import to_ipc, to_sf_schema
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
    encoded = b64encode(to_ipc(_arrow(rows))).decode() if rows.table.num_rows else ""
    return {**body, "queryResultFormat": "arrow", "rowsetBase64": encoded}


def _arrow(rows: Rows) -> pa.Table:
    """One record batch in the types that the connector expects."""
    schema = to_sf_schema(rows.table.schema, rows.rowtype)
    columns = [_column(c.combine_chunks()) for c in rows.table.columns]
    arrays = [c.combine_chunks() if isinstance(c, pa.ChunkedArray) else c for c in columns]
    return pa.Table.from_batches([pa.RecordBatch.from_arrays(arrays, schema=schema)])


def _column(values: pa.Array) -> pa.Array:
    if pa.types.is_timestamp(values.type):
        return _timestamps(values)
    if pa.types.is_time(values.type):
        return pc.multiply(values.cast(pa.int64()), 1000)
    return values.cast(pa.int64()) if pa.types.is_uint64(values.type) else values


def _timestamps(values: pa.Array) -> pa.Array:
    """Snowflake's struct of seconds and nanoseconds; a NULL stays one (fakesnow's own encoder makes it 1970)."""
    exact = values.cast(pa.timestamp("us", tz=values.type.tz), safe=False)
    whole = pc.fill_null(pc.floor_temporal(exact, unit="second").cast(pa.int64()), 0)
    micros = pc.subtract(pc.fill_null(exact.cast(pa.int64()), 0), whole)
    seconds, fraction = pc.divide(whole, 1_000_000), pc.multiply(micros, 1000).cast(pa.int32())
    children = {"epoch": seconds, "fraction": fraction}
    if values.type.tz:
        children["timezone"] = pa.array([1440] * len(values), type=pa.int32())
    fields = [pa.field(name, child.type, nullable=False) for name, child in children.items()]
    return pa.StructArray.from_arrays(list(children.values()), fields=fields, mask=values.is_null())


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
