"""Declared state x current state -> differences. Pure, and in the order of the mesh file.

`plan` mends differences, `verify` reports them: both look at the same list.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from snowmesh.account import roles
from snowmesh.account.grants import FutureGrant, Grant, Membership
from snowmesh.account.objects import Database, ObjectRef, ObjectType, SecurableObject, role_ref, shown_role
from snowmesh.account.roles import SECURITYADMIN, USERADMIN
from snowmesh.account.state import Account
from snowmesh.bootstrap.declared import Cause, Declared, Item
from snowmesh.bootstrap.scope import Authority

Held = Grant | FutureGrant | Membership
HIDDEN = "(hidden)"


class Drift(str, Enum):
    """The classes of drift."""

    MISSING = "missing"
    EXTRA = "extra"
    OWNER = "wrong owner"
    OPTION = "wrong option"
    PROPERTY = "wrong property"
    SHADOWED = "shadowed future grant"
    STRANGER = "undeclared role"


@dataclass(frozen=True)
class Difference:
    """One difference: its class, what it is about, where the mesh file speaks of it.

    `changed` are (property, before, after); `before` and `after` owners or options; `granted_by` as Snowflake says.
    """

    drift: Drift
    item: Item
    cause: Cause
    before: str = ""
    after: str = ""
    changed: tuple[tuple[str, str, str], ...] = ()
    granted_by: str = ""


def find(declared: Declared, current: Account) -> list[Difference]:
    """Every difference that the mesh file has authority over, in its order; what is extra comes last."""
    return [*_declared(declared, current), *_extra(declared, current)]


# -- what is declared -----------------------------------------------------------------------------------


def _declared(declared: Declared, current: Account) -> Iterator[Difference]:
    held = _options((g.privilege, g.on, g.role, g.grant_option) for g in current.grants)
    future = _options((g.privilege, g.object_type, g.container, g.role, g.grant_option) for g in current.future_grants)
    members = {(m.role, m.to) for m in current.memberships}
    for item, cause in declared.causes.items():
        if isinstance(item, ObjectRef):
            yield from _object(declared.account.objects[item], current.objects.get(item), cause)
        elif isinstance(item, Membership):
            if (item.role, item.to) not in members:
                yield Difference(Drift.MISSING, item, cause)
        elif isinstance(item, Grant):
            yield from _held(item, held.get((item.privilege, item.on, item.role)), cause)
        else:
            yield from _held(item, future.get((item.privilege, item.object_type, item.container, item.role)), cause)


def _options(keys: Iterable[tuple[object, ...]]) -> dict[tuple[object, ...], bool]:
    """Grant -> whether any of its instances has the grant option (P31: one grant, several grantors)."""
    found: dict[tuple[object, ...], bool] = {}
    for *key, option in keys:
        found[tuple(key)] = found.get(tuple(key), False) or bool(option)
    return found


def _held(item: Grant | FutureGrant, option: bool | None, cause: Cause) -> Iterator[Difference]:
    if option is None:
        yield Difference(Drift.MISSING, item, cause)
    elif option != item.grant_option:
        yield Difference(Drift.OPTION, item, cause, _option_word(option), _option_word(item.grant_option))


def _option_word(option: bool) -> str:
    return "with grant option" if option else "without grant option"


def _object(wanted: SecurableObject, found: SecurableObject | None, cause: Cause) -> Iterator[Difference]:
    if found is None:
        yield Difference(Drift.MISSING, wanted.ref, cause)
        return
    if is_shared(found) or not found.owner:
        return
    if found.owner != wanted.owner:
        yield Difference(Drift.OWNER, wanted.ref, cause, shown_role(found.owner), shown_role(wanted.owner))
    # what cannot be seen before the owner changes is set anew
    known = found.properties if shows_properties(found) else dict.fromkeys(wanted.properties, HIDDEN)
    if changed := _changed(wanted.properties, known):
        yield Difference(Drift.PROPERTY, wanted.ref, cause, changed=changed)


def _changed(wanted: Mapping[str, str], found: Mapping[str, str]) -> tuple[tuple[str, str, str], ...]:
    """Only declared properties are compared."""
    pairs = ((key, found.get(key, ""), value) for key, value in wanted.items())
    return tuple((key, before, after) for key, before, after in pairs if before != after)


def shows_properties(found: SecurableObject) -> bool:
    """Whether SHOW tells the properties: those of a user are empty for all but its owner (S20)."""
    return found.ref.type is not ObjectType.USER or found.owner in (USERADMIN, SECURITYADMIN)


def is_shared(found: SecurableObject | None) -> bool:
    """Whether it is a database from a share."""
    return isinstance(found, Database) and found.shared


# -- what is not declared -------------------------------------------------------------------------------


def _extra(declared: Declared, current: Account) -> list[Difference]:
    authority = Authority(declared)
    implied = _implied(current)
    wanted = {_key(item) for item in declared.causes if not isinstance(item, ObjectRef)}
    found: dict[tuple[object, ...], Difference] = {}
    held: tuple[Held, ...] = (*current.grants, *current.future_grants, *current.memberships)
    for item in held:
        key = _key(item)
        if key in wanted or key in implied or (drift := _class(authority, item)) is None:
            continue
        if isinstance(item, Grant) and _inherits(declared.account, item):
            continue
        by = shown_role(item.granted_by) if not isinstance(item, FutureGrant) else ""
        cause = authority.cause(item, "nothing in the mesh file declares it")
        other = found.get(key)
        # of several grantors the first by name; one that is named before SYSTEM, which nobody can revoke (P33)
        if other is None or (not by, by) < (not other.granted_by, other.granted_by):
            found[key] = Difference(drift, item, cause, granted_by=by)
    return [found[key] for key in sorted(found, key=_sortable)]


def _inherits(declared: Account, grant: Grant) -> bool:
    """Whether the mesh gives the role the privilege anyway, by a role below it: holding it twice is no more."""
    if grant.grant_option or not isinstance(grant.role, str):
        return False
    below = roles.closure(declared, [grant.role]) - {roles.PUBLIC}
    return any(g.privilege == grant.privilege and g.role in below for g in declared.grants_on(grant.on))


def _class(authority: Authority, item: Held) -> Drift | None:
    if isinstance(item, Grant):
        mine = authority.over_grant(item)
    else:
        mine = authority.over_future(item) if isinstance(item, FutureGrant) else authority.over_membership(item)
    if mine:
        return Drift.EXTRA
    return Drift.STRANGER if authority.reported(item) is not None else None


def _implied(current: Account) -> set[tuple[object, ...]]:
    """USAGE on its database that a database role is born with, and that who is granted one gets with it (R41)."""
    found: set[tuple[object, ...]] = set()
    for ref in current.objects:
        if ref.type is ObjectType.DATABASE_ROLE:
            found.add(("USAGE", *ref.parents, ref))
    for membership in current.memberships:
        if isinstance(membership.role, ObjectRef) and membership.to.type is ObjectType.ROLE:
            found.add(("USAGE", *membership.role.parents, membership.to.name[0]))
    return found


def _key(item: Held) -> tuple[object, ...]:
    if isinstance(item, Grant):
        return (item.privilege, item.on, item.role)
    if isinstance(item, FutureGrant):
        return (item.privilege, item.object_type, item.container, item.role)
    return (item.role, item.to)


def _sortable(key: tuple[object, ...]) -> tuple[object, ...]:
    return (len(key), *(_text(part) for part in key))


def _text(part: object) -> tuple[str, ...]:
    if isinstance(part, ObjectRef):
        return (part.type.value, *part.name)
    return (part.value if isinstance(part, ObjectType) else str(part),)


# -- future grants that have no effect ------------------------------------------------------------------


def shadowed(declared: Declared, current: Account) -> Iterator[Difference]:
    """Future grants on a database that a schema switches off: it has some of its own for the type (P43)."""
    of_schema: dict[tuple[ObjectType, tuple[str, ...]], set[tuple[ObjectRef, ObjectRef]]] = {}
    for grant in (*declared.account.future_grants, *current.future_grants):
        if grant.container.type is ObjectType.SCHEMA:
            key = (grant.object_type, grant.container.name[:1])
            of_schema.setdefault(key, set()).add((grant.container, role_ref(grant.role)))
    for item, cause in declared.causes.items():
        if isinstance(item, FutureGrant) and item.container.type is ObjectType.DATABASE:
            for schema, by in sorted(of_schema.get((item.object_type, item.container.name), ())):
                before = f"{schema.fqn}, which has future grants on {item.object_type.plural.lower()} of its own"
                yield Difference(Drift.SHADOWED, item, cause, before, granted_by=by.fqn)
