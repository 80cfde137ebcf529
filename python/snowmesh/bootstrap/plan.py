"""Declared state x current state -> plan. Pure: the same two accounts give the same plan, to the byte.

The plan only adds: nothing is dropped or revoked, and what the mesh file does not name is not looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from snowmesh.account.grants import Grant, Membership
from snowmesh.account.objects import Database, ObjectRef, ObjectType, SecurableObject, shown_role
from snowmesh.account.roles import ACCOUNTADMIN, SECURITYADMIN, SYSADMIN, SYSTEM_ROLES, USERADMIN
from snowmesh.account.state import Account
from snowmesh.bootstrap.changes import AlterObject, Change, CreateObject, GrantPrivileges, GrantRoles, Plan, Step
from snowmesh.bootstrap.expand import Declared

IMPORTED = "IMPORTED PRIVILEGES"
_ROLE_ORDER = (USERADMIN, SYSADMIN, SECURITYADMIN, ACCOUNTADMIN)
_PRINCIPALS = (ObjectType.ROLE, ObjectType.USER)


def make_plan(declared: Declared, current: Account) -> Plan:
    """The steps from the current account to the declared one, and warnings."""
    steps = sorted(_merged([*_object_steps(declared, current), *_grant_steps(declared, current)]), key=_order)
    warnings = (*_owner_warnings(declared, current), *_import_warnings(declared, current))
    return Plan(tuple(steps), warnings, declared.file)


# -- objects -------------------------------------------------------------------------------------------


def _object_steps(declared: Declared, current: Account) -> Iterator[Step]:
    for item, cause in declared.causes.items():
        if not isinstance(item, ObjectRef):
            continue
        wanted, found = declared.account.objects[item], current.objects.get(item)
        if found is None:
            run_as, why = _creator(wanted, current)
            yield Step(CreateObject(wanted), run_as, why, cause)
        elif (properties := _differences(wanted, found)) and _is_visible(found):
            run_as, why = _as_owner(found, shown_role(wanted.owner))
            yield Step(AlterObject(item, properties), run_as, why, cause)


def _differences(wanted: SecurableObject, found: SecurableObject) -> tuple[tuple[str, str, str], ...]:
    """Only declared properties are compared."""
    pairs = ((key, found.properties.get(key, ""), value) for key, value in wanted.properties.items())
    return tuple((key, before, after) for key, before, after in pairs if before != after)


def _is_visible(found: SecurableObject) -> bool:
    """Whether SHOW tells the properties: those of a user are empty for all but its owner (S20)."""
    return found.ref.type is not ObjectType.USER or found.owner in (USERADMIN, SECURITYADMIN)


def _creator(wanted: SecurableObject, current: Account) -> tuple[str, str]:
    """The future owner creates; a schema in a database of another system role is created by that role."""
    parent = current.objects.get(wanted.ref.parents[0]) if wanted.ref.type is ObjectType.SCHEMA else None
    owner = shown_role(wanted.owner)
    return _as_owner(parent, owner) if parent else (owner, "")


def _as_owner(found: SecurableObject, usual: str) -> tuple[str, str]:
    """The role that may change an object: the usual one, unless another system role owns it."""
    if found.owner in SYSTEM_ROLES and found.owner != usual:
        return shown_role(found.owner), f"{_say(found.ref)} is owned by {found.owner}"
    return usual, ""


# -- grants --------------------------------------------------------------------------------------------


def _grant_steps(declared: Declared, current: Account) -> Iterator[Step]:
    # who granted it and with which option does not matter here: the privilege is held
    held = {(g.privilege, g.on, g.role) for g in current.grants}
    members = {(m.role, m.to) for m in current.memberships}
    for item, cause in declared.causes.items():
        if isinstance(item, Membership) and (item.role, item.to) not in members:
            yield Step(GrantRoles((shown_role(item.role),), item.to), SECURITYADMIN, "", cause)
        elif isinstance(item, Grant) and (item.privilege, item.on, item.role) not in held:
            run_as, why = _grantor(item)
            yield Step(GrantPrivileges((item.privilege,), item.on, shown_role(item.role)), run_as, why, cause)


def _grantor(grant: Grant) -> tuple[str, str]:
    """SECURITYADMIN grants by MANAGE GRANTS (R6); a shared database is handed on with IMPORT SHARE (L1, L7)."""
    if grant.privilege == IMPORTED:
        return ACCOUNTADMIN, f"{IMPORTED} on a shared database is granted with IMPORT SHARE, which ACCOUNTADMIN holds"
    return SECURITYADMIN, ""


# -- merging and order -----------------------------------------------------------------------------------


def _merged(steps: list[Step]) -> list[Step]:
    """Steps that one statement can do become one, at the place of the first."""
    found: dict[object, Step] = {}
    for number, step in enumerate(steps):
        key = _merge_key(step) or number
        found[key] = replace(step, change=_joined(found[key].change, step.change)) if key in found else step
    return list(found.values())


def _merge_key(step: Step) -> object:
    change = step.change
    if isinstance(change, GrantPrivileges):
        return (step.cause.group, step.run_as, change.on, change.role)
    if isinstance(change, GrantRoles):
        return (step.cause.group, step.run_as, change.to)
    return None


def _joined(first: Change, second: Change) -> Change:
    if isinstance(first, GrantPrivileges) and isinstance(second, GrantPrivileges):
        return replace(first, privileges=first.privileges + second.privileges)
    if isinstance(first, GrantRoles) and isinstance(second, GrantRoles):
        return replace(first, roles=first.roles + second.roles)
    raise TypeError(f"{first} and {second} cannot be merged")


def _order(step: Step) -> tuple[int, int, int]:
    """Roles and users, then containers from the outside in, then grants; few changes of role."""
    change = step.change
    if isinstance(change, CreateObject | AlterObject):
        ref = change.object.ref if isinstance(change, CreateObject) else change.ref
        return (0 if ref.type in _PRINCIPALS else 1, ref.type.depth, _role_order(step))
    return (2, 0 if isinstance(change, GrantRoles) else 1, _role_order(step))


def _role_order(step: Step) -> int:
    return _ROLE_ORDER.index(step.run_as) if step.run_as in _ROLE_ORDER else len(_ROLE_ORDER)


# -- warnings --------------------------------------------------------------------------------------------


def _owner_warnings(declared: Declared, current: Account) -> Iterator[str]:
    for item, cause in declared.causes.items():
        if not isinstance(item, ObjectRef) or item not in current.objects:
            continue
        owner, wanted = current.objects[item].owner, declared.account.objects[item].owner
        if owner != wanted:
            left = "the owner is" if _is_visible(current.objects[item]) else "its owner and its properties are"
            by = owner or "no role that can be seen"
            yield f"{_say(item)} is owned by {by}, not by {wanted}; {left} left as before ({cause.place})"


def _import_warnings(declared: Declared, current: Account) -> Iterator[str]:
    for item, cause in declared.causes.items():
        if not isinstance(item, Grant) or item.privilege != IMPORTED:
            continue
        found = current.objects.get(item.on)
        if found is None:
            yield (
                f"{_say(item.on)} is not in the account, so {IMPORTED} cannot be granted; ACCOUNTADMIN makes it with "
                f"CREATE DATABASE ... FROM SHARE ... ({cause.place})"
            )
        elif not (isinstance(found, Database) and found.shared):
            yield f"{_say(item.on)} is not a shared database, so {IMPORTED} on it will be refused ({cause.place})"


def _say(ref: ObjectRef) -> str:
    return f"{ref.type.value.lower()} {ref.fqn}"
