"""Data type names and families (facts M4, M4b, M24)."""

from __future__ import annotations

_SYNONYMS = {
    "VARCHAR": (
        "VARCHAR",
        "STRING",
        "TEXT",
        "CHAR",
        "CHARACTER",
        "NVARCHAR",
        "NCHAR",
        "CHAR VARYING",
        "NVARCHAR2",
    ),
    "NUMBER": (
        "NUMBER",
        "DECIMAL",
        "NUMERIC",
        "DEC",
        "INT",
        "INTEGER",
        "BIGINT",
        "SMALLINT",
        "TINYINT",
        "BYTEINT",
    ),
    "FLOAT": ("FLOAT", "FLOAT4", "FLOAT8", "DOUBLE", "DOUBLE PRECISION", "REAL"),
    "BOOLEAN": ("BOOLEAN", "BOOL"),
    "DATE": ("DATE",),
    "TIME": ("TIME",),
    "TIMESTAMP_NTZ": (
        "TIMESTAMP_NTZ",
        "TIMESTAMPNTZ",
        "DATETIME",
        "TIMESTAMP",
        "TIMESTAMP WITHOUT TIME ZONE",
    ),
    "TIMESTAMP_LTZ": ("TIMESTAMP_LTZ", "TIMESTAMPLTZ", "TIMESTAMP WITH LOCAL TIME ZONE"),
    "TIMESTAMP_TZ": ("TIMESTAMP_TZ", "TIMESTAMPTZ", "TIMESTAMP WITH TIME ZONE"),
    "BINARY": ("BINARY", "VARBINARY"),
    "VARIANT": ("VARIANT",),
    "OBJECT": ("OBJECT",),
    "ARRAY": ("ARRAY",),
    "GEOGRAPHY": ("GEOGRAPHY",),
    "GEOMETRY": ("GEOMETRY",),
}
_FAMILY = {alias: name for name, aliases in _SYNONYMS.items() for alias in aliases}
_DEFAULTS = {"VARCHAR": "VARCHAR(16777216)", "NUMBER": "NUMBER(38,0)", "BINARY": "BINARY(8388608)"}
for _name in ("TIME", "TIMESTAMP_NTZ", "TIMESTAMP_LTZ", "TIMESTAMP_TZ"):
    _DEFAULTS[_name] = f"{_name}(9)"


class UnknownDataType(ValueError):
    """A text that is no Snowflake data type."""


def family(data_type: str) -> str:
    """The family by which policies match columns: `varchar(20)` -> VARCHAR. Raises UnknownDataType."""
    word = " ".join(data_type.split("(", maxsplit=1)[0].upper().split())
    if word not in _FAMILY:
        raise UnknownDataType(f"{data_type!r} is not a data type; allowed: {', '.join(sorted(_SYNONYMS))}")
    return _FAMILY[word]


def described(data_type: str) -> str:
    """The type as DESCRIBE TABLE prints it: `decimal(12, 2)` -> NUMBER(12,2). Raises UnknownDataType."""
    name = family(data_type)
    if "(" not in data_type:
        if data_type.strip().upper() in ("CHAR", "CHARACTER", "NCHAR"):
            return "VARCHAR(1)"
        return _DEFAULTS.get(name, name)
    size = data_type.split("(", 1)[1].rstrip().rstrip(")").replace(" ", "")
    if name == "NUMBER" and "," not in size:
        size += ",0"
    return name if name == "FLOAT" else f"{name}({size})"
