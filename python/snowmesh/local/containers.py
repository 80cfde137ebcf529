"""Keep the engine's databases and schemas in step with the catalog's."""

from __future__ import annotations

from snowmesh.account.objects import ObjectRef, ObjectType
from snowmesh.account.state import Account
from snowmesh.local.engine import Engine


def move(engine: Engine, before: Account, after: Account) -> None:
    """Create and drop databases and schemas in the engine as the catalog now has them."""
    gone, new = _gone(before, after), sorted(_gone(after, before))
    for ref in gone:
        if ref.type is ObjectType.DATABASE:
            engine.drop_database(ref.name[0])
        elif ref.parents[0] not in gone:
            engine.drop_schema(*ref.name)
    for ref in new:
        if ref.type is ObjectType.DATABASE:
            engine.create_database(ref.name[0], fresh=True)
    for ref in new:
        if ref.type is ObjectType.SCHEMA:
            engine.create_schema(*ref.name)


def _gone(before: Account, after: Account) -> list[ObjectRef]:
    """Databases and schemas of `before` that `after` has not, or has as a new object."""
    return [
        ref
        for ref, item in before.objects.items()
        if ref.type in (ObjectType.DATABASE, ObjectType.SCHEMA)
        and (ref not in after.objects or after.objects[ref].created_on != item.created_on)
    ]
