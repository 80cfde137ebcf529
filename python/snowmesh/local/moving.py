"""What a new name in another schema or database takes, and what it costs (R39, R50, table 3.6)."""

from __future__ import annotations

from snowmesh.account.grants import FutureGrant, Grant
from snowmesh.account.objects import ObjectRef, ObjectType, RoleName, Schema
from snowmesh.account.state import Account
from snowmesh.local.errors import SnowflakeError


def check(account: Account, old: ObjectRef, new: ObjectRef, owner: RoleName) -> None:
    """Raise where an object must not move to its new name's container."""
    if old.name[:1] != new.name[:1] and isinstance(owner, ObjectRef) and old.type.depth > 1:
        raise _refused(old, f"the database role {owner.fqn} owns it, and owns nothing in another database")
    schema = account.objects.get(new.parents[-1]) if new.type.depth == 3 else None
    into_managed = isinstance(schema, Schema) and schema.managed_access and new.parents != old.parents
    if schema is not None and into_managed and schema.owner != owner:
        raise _refused(old, f"{schema.ref.fqn} is a managed access schema, which the owner of {old.fqn} must own too")


def settled(account: Account) -> Account:
    """The account after a move, without what no database role can hold: privileges in another database (R39)."""
    foreign = [g for g in account.grants if _is_foreign(g.role, g.on)]
    future = [g for g in account.future_grants if _is_foreign(g.role, g.container)]
    return _without(account, foreign, future) if foreign or future else account


def _without(account: Account, grants: list[Grant], future: list[FutureGrant]) -> Account:
    return account.without_grants(grants).without_future_grants(future)


def _is_foreign(role: RoleName, on: ObjectRef) -> bool:
    database_role = isinstance(role, ObjectRef) and role.type is ObjectType.DATABASE_ROLE
    return isinstance(role, ObjectRef) and database_role and bool(on.name) and role.name[0] != on.name[0]


def _refused(ref: ObjectRef, why: str) -> SnowflakeError:
    kind = ref.type.value.lower()
    return SnowflakeError(
        3001,
        "42501",
        f"SQL access control error:\nInsufficient privileges to operate on {kind} '{ref.name[-1]}': {why}.",
    )
