"""What creating, dropping and handing over an object does to grants, tags and policies (P34-P47, table 3.6)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from snowmesh.account import dropping
from snowmesh.account.grants import FutureGrant, Grant
from snowmesh.account.objects import (
    EPOCH,
    Column,
    Database,
    ObjectRef,
    ObjectType,
    Relation,
    RoleName,
    Schema,
    SecurableObject,
    role_name,
    schema,
)
from snowmesh.account.privileges import OWNERSHIP, is_grantable
from snowmesh.account.state import Account, TagTarget, frozen


class DependentGrants(ValueError):
    """Ownership cannot move while others hold grants on the object and nothing says what becomes of them (P36)."""

    def __init__(self, grant: Grant) -> None:
        super().__init__(f"{grant.privilege} on {grant.on.fqn} is granted to {grant.role}")
        self.grant = grant


def create(account: Account, item: SecurableObject, copy_grants_from: ObjectRef | None = None) -> Account:
    """Add an object; what stood at its name goes first, with all that hung on it (T19, T45, M53).

    Future grants apply, unless grants are copied from an object (P47). A database comes with a schema PUBLIC,
    a database role with USAGE on its database, which nobody can revoke (R41).
    """
    copied = _copied(account, item, copy_grants_from) if copy_grants_from else None
    account = _without_predecessor(account, item)
    if copied is not None:
        account = account.with_object(item).with_grants(copied)
    else:
        account = _with_future_grants(account, item)
    if isinstance(item, Database) and not item.shared:
        public = Schema(ref=schema(item.ref.name[0], "PUBLIC"), owner=item.owner, created_on=item.created_on)
        account = create(account, public)
    if item.ref.type is ObjectType.DATABASE_ROLE:
        account = account.with_grants([Grant("USAGE", item.ref.parents[0], item.ref)])
    return account


def drop(account: Account, ref: ObjectRef, heir: RoleName = "") -> Account:
    """Remove an object and all that hung on it. What a dropped role owned goes to the role that drops it, the heir.

    What the dropped role had granted through a grant option ends with it.
    """
    if ref.type not in (ObjectType.ROLE, ObjectType.DATABASE_ROLE):
        return dropping.drop(account, ref)
    name = role_name(ref)
    for item in [o for o in account.objects.values() if o.owner == name]:
        account = _handed_over(account, item, heir)
    account = replace(
        account,
        memberships=frozenset(replace(m, granted_by=heir) if m.granted_by == name else m for m in account.memberships),
        dropped=dropping.inherited(account.dropped, name, heir),
    )
    return account.without_object(ref).without_grants(g for g in account.grants if g.granted_by == name)


def transfer_ownership(account: Account, ref: ObjectRef, to: RoleName, current_grants: str = "") -> Account:
    """Make a role the owner (P34-P38). `current_grants`: COPY, REVOKE, or '' = raise DependentGrants if there are any.

    A role moves whoever it is granted to: memberships are no grants on it (R16).
    """
    item = account.objects[ref]
    if item.owner == to:
        return account
    present = sorted(g for g in account.grants_on(ref) if not is_intrinsic(g))
    if current_grants == "REVOKE":
        account = account.without_grants(present)
    elif present and current_grants != "COPY":
        raise DependentGrants(present[0])
    return _handed_over(account, account.objects[ref], to)


def copy_tags(
    account: Account,
    item: Relation,
    replaced: Relation,
    tag_values: Mapping[TagTarget, Mapping[ObjectRef, str]],
    same_type: Callable[[Column, Column], bool],
) -> Account:
    """Give a relation the tags of the one it replaced; a column must have kept its name and data type (T46)."""
    for target, values in tag_values.items():
        if target.object != replaced.ref:
            continue
        old, new = replaced.column(target.column), item.column(target.column)
        if target.column and not (old and new and same_type(old, new)):
            continue
        for tag, value in values.items():
            account = account.with_tag_value(TagTarget(item.ref, target.column), tag, value)
    return account


def is_intrinsic(grant: Grant) -> bool:
    """Whether a grant is the USAGE on its own database with which a database role is born (R41)."""
    return not grant.granted_by and isinstance(grant.role, ObjectRef)


def stamped(before: Account, after: Account, now: datetime) -> Account:
    """The account after a change, with the time on everything that is new in it or dropped; what is too old goes."""
    after = dropping.purged(dropping.stamped(after, now), now)
    fresh = {
        ref: replace(item, created_on=now)
        for ref, item in after.objects.items()
        if item.created_on == EPOCH and (ref not in before.objects or before.objects[ref].created_on != EPOCH)
    }
    return replace(after, objects=frozen({**after.objects, **fresh})) if fresh else after


def future_grants_for(account: Account, ref: ObjectRef) -> list[FutureGrant]:
    """The future grants that a new object gets: those of its schema silence those of the database (P43, P45, P49)."""
    for container in reversed(ref.parents):
        found = [g for g in account.future_grants if g.container == container and g.object_type is ref.type]
        if container.type is ObjectType.DATABASE and _in_managed_schema(account, ref):
            found = [g for g in found if g.privilege != OWNERSHIP]
        if found:
            return sorted(found)
    return []


def _without_predecessor(account: Account, item: SecurableObject) -> Account:
    if isinstance(item, Relation):  # tables and views share a namespace (I16)
        old = account.relation(item.ref.name)
        return dropping.drop(account, old.ref, replaced=True) if old else account
    return dropping.drop(account, item.ref, replaced=True) if item.ref in account.objects else account


def _with_future_grants(account: Account, item: SecurableObject) -> Account:
    future = [] if _temporary(item) else future_grants_for(account, item.ref)
    owner = next((g.role for g in future if g.privilege == OWNERSHIP), item.owner)
    granted = [
        Grant(g.privilege, item.ref, g.role, g.grant_option, granted_by=owner)
        for g in future
        if g.privilege != OWNERSHIP
    ]
    return account.with_object(replace(item, owner=owner)).with_grants(granted)


def _copied(account: Account, item: SecurableObject, source: ObjectRef) -> list[Grant]:
    """COPY GRANTS: everything but ownership, granted by the role that replaces the object (table 3.6)."""
    options: dict[tuple[str, RoleName], bool] = {}
    for grant in account.grants_on(source):
        key = (grant.privilege, grant.role)
        options[key] = options.get(key, False) or grant.grant_option
    return [
        Grant(privilege, item.ref, role, option, granted_by=item.owner)
        for (privilege, role), option in options.items()
        if is_grantable(item.ref.type, privilege)
    ]


def _handed_over(account: Account, item: SecurableObject, to: RoleName) -> Account:
    """Change the owner; the grants that stay are from now on the new owner's (P36)."""
    grants = account.grants_on(item.ref)
    rewritten = merged(replace(g, granted_by=to) if g.granted_by else g for g in grants)
    if item.ref.type in (ObjectType.ROLE, ObjectType.DATABASE_ROLE):
        name = role_name(item.ref)
        members = {m for m in account.memberships if m.role == name and m.granted_by == item.owner}
        account = account.without_memberships(members).with_memberships(replace(m, granted_by=to) for m in members)
    return account.without_grants(grants).with_grants(rewritten).with_object(replace(item, owner=to))


def merged(grants: Iterable[Grant]) -> list[Grant]:
    """Grants that differ only in the grant option become one, with the option."""
    found: dict[Grant, Grant] = {}
    for grant in grants:
        key = replace(grant, grant_option=False)
        found[key] = replace(grant, grant_option=grant.grant_option or found.get(key, key).grant_option)
    return list(found.values())


def _temporary(item: SecurableObject) -> bool:
    return isinstance(item, Relation) and item.kind == "TEMPORARY"


def _in_managed_schema(account: Account, ref: ObjectRef) -> bool:
    found = account.objects.get(ref.parents[-1])
    return isinstance(found, Schema) and found.managed_access
