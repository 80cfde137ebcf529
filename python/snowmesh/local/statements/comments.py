"""COMMENT ON, for the object types of this package; tables, views and columns belong to others."""

from __future__ import annotations

from snowmesh.account.objects import POLICY_TYPES, ObjectType
from snowmesh.local.statements.actions import SetProperties
from snowmesh.local.statements.base import Alter, Statement
from snowmesh.local.statements.properties import COMMENT
from snowmesh.local.tokens import Cursor

_TYPES = (
    ObjectType.DATABASE_ROLE,
    ObjectType.ROLE,
    ObjectType.USER,
    ObjectType.WAREHOUSE,
    ObjectType.SCHEMA,
    ObjectType.TAG,
    *POLICY_TYPES,
    ObjectType.DATABASE,
)


def parse(cursor: Cursor) -> Statement | None:
    """Read what follows COMMENT: `[IF EXISTS] ON <type> <name> IS '…'`."""
    if_exists = cursor.accept("IF EXISTS")
    if not cursor.accept("ON"):
        return None
    object_type = next((t for t in _TYPES if cursor.accept(t.value)), None)
    if object_type is None:
        return None
    parts = cursor.name()
    cursor.expect("IS")
    values = {COMMENT: cursor.string()}
    cursor.expect_end()
    return Alter(object_type, parts, if_exists, SetProperties(values))
