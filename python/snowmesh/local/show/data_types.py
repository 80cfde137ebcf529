"""Column data types as SHOW COLUMNS and INFORMATION_SCHEMA.COLUMNS print them."""

from __future__ import annotations

import json
from dataclasses import dataclass

from snowmesh.account.data_types import UnknownDataType, described, family

MAX_BYTES = 16_777_216
_TIMES = ("TIME", "TIMESTAMP_NTZ", "TIMESTAMP_LTZ", "TIMESTAMP_TZ")
_SHOWN = {"VARCHAR": "TEXT", "NUMBER": "FIXED", "FLOAT": "REAL"}


@dataclass(frozen=True)
class TypeParts:
    """A data type taken apart: its family and the numbers in parentheses."""

    family: str
    sizes: tuple[int, ...] = ()

    @property
    def length(self) -> int | None:
        """The characters of a text, the bytes of a binary."""
        return self.sizes[0] if self.family in ("VARCHAR", "BINARY") else None

    @property
    def octets(self) -> int | None:
        """The bytes that a text or binary may take."""
        if self.length is None or self.family == "BINARY":
            return self.length
        return max(self.length, min(4 * self.length, MAX_BYTES))

    @property
    def precision(self) -> int | None:
        """The digits of a number."""
        return self.sizes[0] if self.family == "NUMBER" else None

    @property
    def scale(self) -> int | None:
        """The digits after the point of a number."""
        return self.sizes[1] if self.family == "NUMBER" else None

    @property
    def fraction(self) -> int | None:
        """The digits of the seconds of a time."""
        return self.sizes[0] if self.family in _TIMES else None


def parts(data_type: str) -> TypeParts:
    """Take a data type apart: `NUMBER(12,2)` -> NUMBER, (12, 2). A type we do not know keeps its name."""
    try:
        text = described(data_type)
        name = family(text)
    except UnknownDataType:
        return TypeParts(data_type.partition("(")[0].strip().upper())
    inside = text.partition("(")[2].rstrip(")").split(",")
    return TypeParts(name, tuple(int(n) for n in inside) if all(n.isdigit() for n in inside) else ())


def show_columns_json(data_type: str, nullable: bool) -> str:
    """The `data_type` value of SHOW COLUMNS."""
    found = parts(data_type)
    value: dict[str, object] = {"type": _SHOWN.get(found.family, found.family)}
    if found.length is not None:
        value |= {"length": found.length, "byteLength": found.octets, "nullable": nullable}
        value["fixed"] = found.family == "BINARY"
    elif found.precision is not None:
        value |= {"precision": found.precision, "scale": found.scale, "nullable": nullable}
    elif found.fraction is not None:
        value |= {"precision": 0, "scale": found.fraction, "nullable": nullable}
    else:
        value["nullable"] = nullable
    return json.dumps(value, separators=(",", ":"))
