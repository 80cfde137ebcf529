"""The catalog as INFORMATION_SCHEMA sees it for a session."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from snowmesh.account.objects import ObjectRef, ObjectType
from snowmesh.local.session import ResultColumn, ResultSet
from snowmesh.local.show.request import Request

Row = Mapping[str, Any]


class Catalog(Request):
    """Unlike SHOW, INFORMATION_SCHEMA does not honor MANAGE GRANTS: only what a role holds a privilege on (V1)."""

    def sees(self, ref: ObjectRef) -> bool:
        """Whether a view has a row for the object."""
        if ref not in self.account.objects:
            return False
        return ref.type is ObjectType.ROLE or (self.authority.reaches(ref) and self.authority.has_any(ref))


def rows(columns: tuple[ResultColumn, ...], found: Iterable[Row]) -> ResultSet:
    """Rows in the order of the columns; a column that a row does not have is NULL."""
    return ResultSet(columns, tuple(tuple(row.get(c.name) for c in columns) for row in found))


def yes_no(flag: bool) -> str:
    """A flag as INFORMATION_SCHEMA prints it."""
    return "YES" if flag else "NO"
