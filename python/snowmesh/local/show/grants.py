"""SHOW GRANTS: privileges, ownership and memberships as rows (S3-S6, R14, P41)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from snowmesh.account import identifiers
from snowmesh.account.grants import Grant
from snowmesh.account.objects import (
    ACCOUNT,
    EPOCH,
    ObjectRef,
    ObjectType,
    RoleName,
    Schema,
    SecurableObject,
    role,
    role_name,
    role_ref,
    shown_role,
    user,
)
from snowmesh.account.privileges import OWNERSHIP
from snowmesh.account.roles import PUBLIC, SYSTEM_EDGES, closure
from snowmesh.account.state import Account
from snowmesh.local.errors import not_found
from snowmesh.local.session import ResultSet
from snowmesh.local.show.listing import Row, columns, result
from snowmesh.local.show.principals import sees_properties
from snowmesh.local.show.request import Request, true_false
from snowmesh.local.show.statements import ShowGrants

_COLUMNS = "created_on:TIMESTAMP_LTZ, privilege, granted_on, name, granted_to, grantee_name, grant_option, granted_by"
TO_ROLE = columns(_COLUMNS)
ON_OBJECT = columns(f"{_COLUMNS}, granted_by_role_type")
TO_USER = columns(_COLUMNS.replace("name, granted_to", "name, role, granted_to", 1))
OF_ROLE = columns("created_on:TIMESTAMP_LTZ, role, granted_to, grantee_name, granted_by")


@dataclass(frozen=True)
class Held:
    """One privilege held by a role or user, as SHOW GRANTS tells it. OWNERSHIP and membership are among them."""

    created_on: datetime
    privilege: str
    on: ObjectRef
    grantee: ObjectRef
    grant_option: bool
    granted_by: RoleName

    @property
    def order(self) -> tuple[str, ...]:
        """By grantee, then privilege (S4)."""
        return (*self.grantee.name, self.privilege, self.on.type.value, *self.on.name)


def all_held(account: Account) -> Iterator[Held]:
    """Everything that is granted in the account, ownership and memberships included."""
    yield from (_granted(account, grant) for grant in account.grants)
    yield from (_owned(item) for item in account.objects.values() if item.owner)
    yield from memberships(account)


def held_on(account: Account, ref: ObjectRef) -> Iterator[Held]:
    """Everything that is granted on one object."""
    yield from (_granted(account, grant) for grant in account.grants_on(ref))
    item = account.objects.get(ref)
    if item is not None and item.owner:
        yield _owned(item)
    if ref.type in (ObjectType.ROLE, ObjectType.DATABASE_ROLE):
        yield from (h for h in memberships(account) if h.on == ref)
    if isinstance(item, Schema) and item.managed_access and item.owner:
        # the owner of a managed access schema grants on everything in it (R46)
        yield Held(item.created_on, "MANAGE GRANTS", ref, role_ref(item.owner), True, item.owner)


def _granted(account: Account, grant: Grant) -> Held:
    # IMPORTED PRIVILEGES is listed as USAGE on the shared database
    privilege = "USAGE" if grant.privilege == "IMPORTED PRIVILEGES" else grant.privilege
    return Held(
        _created(account, grant.on), privilege, grant.on, role_ref(grant.role), grant.grant_option, grant.granted_by
    )


def _owned(item: SecurableObject) -> Held:
    """The single OWNERSHIP row, granted by the owner itself (P41)."""
    return Held(item.created_on, OWNERSHIP, item.ref, role_ref(item.owner), True, item.owner)


def memberships(account: Account) -> Iterator[Held]:
    """Role memberships, shown as USAGE on ROLE or DATABASE_ROLE (R14, S10); those of system roles by SYSTEM (R3)."""
    given = {(m.role, m.to) for m in account.memberships}
    for m in account.memberships:
        ref = role_ref(m.role)
        yield Held(_created(account, ref), "USAGE", ref, m.to, m.grant_option, m.granted_by)
    for child, parent in SYSTEM_EDGES:
        known = account.role_exists(child) and account.role_exists(parent)
        if known and (child, role(parent)) not in given:
            yield Held(_created(account, role(child)), "USAGE", role(child), role(parent), False, "")


def execute(request: Request, statement: ShowGrants) -> ResultSet:
    """The result of a SHOW GRANTS."""
    if statement.direction == "ON":
        found = _on(request, statement)
    elif statement.direction == "OF":
        found = _of_role(request, statement)
    elif statement.type is ObjectType.USER:
        found = _to_user(request, statement)
    else:
        found = _to_role(request, statement)
    return ResultSet(found.columns, found.rows[: statement.limit])


def _on(request: Request, statement: ShowGrants) -> ResultSet:
    ref = _object(request, statement)
    held = sorted(held_on(request.account, ref), key=lambda h: h.order)
    schema = request.account.objects.get(ref.parents[1]) if ref.type.depth == 3 else None
    managed = isinstance(schema, Schema) and schema.managed_access
    return result(ON_OBJECT, [{**_row(request, h, managed), "granted_by_role_type": _by_type(h)} for h in held])


def _object(request: Request, statement: ShowGrants) -> ObjectRef:
    """The object of SHOW GRANTS ON; it must be visible (P26). A view asked for as TABLE is a VIEW (S4)."""
    if statement.type is ObjectType.ACCOUNT:
        return ACCOUNT
    wanted = request.session.resolve(statement.type or ObjectType.TABLE, statement.name, "SHOW GRANTS")
    found: ObjectRef | None = wanted
    if statement.type in (None, ObjectType.TABLE, ObjectType.VIEW, ObjectType.DYNAMIC_TABLE):
        relation = request.account.relation(wanted.name)
        found = relation.ref if relation else None
    if found is None or not request.sees(found):
        raise not_found(wanted)
    return found


def _to_role(request: Request, statement: ShowGrants) -> ResultSet:
    name = role_name(existing_role(request, statement.name, statement.type))
    roles = closure(request.account, [name]) if statement.hierarchy else frozenset({name})
    return result(TO_ROLE, [_row(request, h) for h in _held_by(request, roles)])


def _to_user(request: Request, statement: ShowGrants) -> ResultSet:
    ref = request.session.resolve(ObjectType.USER, statement.name or (request.session.user,))
    item = request.account.objects.get(ref)
    if item is None or not (ref == user(request.session.user) or sees_properties(request, item)):
        raise not_found(ref)
    # PUBLIC is everybody's and never listed (R9)
    held = [h for h in all_held(request.account) if h.grantee == ref and h.on != role(PUBLIC)]
    if statement.hierarchy:
        below = closure(request.account, [ref]) - {ref}
        held.extend(_held_by(request, below))
    rows = [_row(request, h) for h in sorted(held, key=lambda h: h.order)]
    return result(TO_USER, [{**row, "role": row["name"] if _is_membership(row) else None} for row in rows])


def _is_membership(row: Row) -> bool:
    return row["privilege"] == "USAGE" and row["granted_on"] in ("ROLE", "DATABASE_ROLE")


def _of_role(request: Request, statement: ShowGrants) -> ResultSet:
    ref = existing_role(request, statement.name, statement.type)
    held = sorted((h for h in memberships(request.account) if h.on == ref), key=lambda h: h.order)
    return result(OF_ROLE, [{**_row(request, h), "role": identifiers.display(ref.name[-1])} for h in held])


def existing_role(request: Request, name: tuple[str, ...], kind: ObjectType | None) -> ObjectRef:
    """A role that exists; all may name all roles (S1), and a database's where they reach it. Raises SnowflakeError."""
    ref = request.session.resolve(kind or ObjectType.ROLE, name)
    if ref not in request.account.objects or not request.sees(ref):
        raise not_found(ref)
    return ref


def _held_by(request: Request, roles: Iterable[RoleName]) -> list[Held]:
    """What the roles hold, on the objects that the session may know of: its own grants and visible objects."""
    wanted = {role_ref(name) for name in roles}
    own = {role_ref(name) for name in request.authority.roles}
    held = [
        h
        for h in all_held(request.account)
        if h.grantee in wanted and (h.grantee in own or h.on == ACCOUNT or request.sees(h.on))
    ]
    return sorted(held, key=lambda h: h.order)


def _row(request: Request, held: Held, managed: bool = False) -> dict[str, Any]:
    return {
        "created_on": held.created_on,
        "privilege": held.privilege,
        "granted_on": held.on.type.shown,
        "name": held.on.fqn or identifiers.display(request.account.name),
        "granted_to": held.grantee.type.shown,
        "grantee_name": held.grantee.name[-1],
        "grant_option": true_false(held.grant_option and not managed),
        "granted_by": shown_role(held.granted_by),
    }


def _by_type(held: Held) -> str:
    return role_ref(held.granted_by).type.shown if held.granted_by else ""


def _created(account: Account, ref: ObjectRef) -> datetime:
    """Grants keep no time of their own: that of the object stands for it."""
    item = account.objects.get(ref)
    return item.created_on if item else EPOCH
