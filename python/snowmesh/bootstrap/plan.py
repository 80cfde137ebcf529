"""Differences -> plan: which statement mends each, under which role, in which order. Pure.

The same two accounts give the same plan, to the byte.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from snowmesh.account.grants import FutureGrant, Grant, Membership
from snowmesh.account.objects import ObjectRef, ObjectType, SecurableObject
from snowmesh.account.state import Account
from snowmesh.bootstrap import differences, fingerprint, running_role
from snowmesh.bootstrap.changes import (
    AlterObject,
    Change,
    CreateObject,
    GrantPrivileges,
    GrantRoles,
    Plan,
    RevokePrivileges,
    RevokeRole,
    Scope,
    SetManagedAccess,
    Step,
    TransferOwnership,
)
from snowmesh.bootstrap.declared import Declared
from snowmesh.bootstrap.differences import Difference, Drift
from snowmesh.bootstrap.markers import MARKED
from snowmesh.bootstrap.plan_warnings import warnings
from snowmesh.bootstrap.statements import MANAGED_ACCESS

_PRINCIPALS = (ObjectType.ROLE, ObjectType.USER)


def make_plan(declared: Declared, current: Account) -> Plan:
    """The steps from the current account to the declared one, and warnings."""
    found = differences.find(declared, current)
    steps = _merged([step for difference in found for step in steps_of(declared, current, difference)])
    return Plan(
        tuple(sorted(steps, key=_order)),
        tuple(warnings(declared, current, found)),
        declared.file,
        declared.environment,
        declared.digest,
        fingerprint.of_account(declared, current),
    )


# -- differences to steps ----------------------------------------------------------------------------------


def steps_of(declared: Declared, current: Account, difference: Difference) -> Iterator[Step]:
    for change in _changes(declared, current, difference):
        run_as, why = running_role.of(change, declared.account)
        yield Step(change, run_as, why, difference.cause)


def _changes(declared: Declared, current: Account, difference: Difference) -> Iterator[Change]:
    item, drift = difference.item, difference.drift
    if isinstance(item, ObjectRef):
        yield from _object_changes(declared.account.objects[item], current.objects.get(item), difference)
    elif drift is Drift.EXTRA:
        yield from _taken_away(item, difference.granted_by)
    elif isinstance(item, Membership) and drift is Drift.MISSING:
        yield GrantRoles((item.role,), item.to)
    elif isinstance(item, Grant | FutureGrant) and drift is Drift.MISSING:
        yield from _granted(item)
    elif isinstance(item, Grant | FutureGrant) and drift is Drift.OPTION:
        yield from _granted(item) if item.grant_option else [_privilege(RevokePrivileges, item, _scope(item), True)]


def _object_changes(wanted: SecurableObject, found: SecurableObject | None, difference: Difference) -> Iterator[Change]:
    if found is None:
        yield CreateObject(wanted)
    elif difference.drift is Drift.OWNER:
        yield TransferOwnership(wanted.ref, found.owner, wanted.owner)
    else:
        for key, _, after in difference.changed:
            if key == MANAGED_ACCESS:
                yield SetManagedAccess(wanted.ref, after == "TRUE")
        if rest := tuple(change for change in difference.changed if change[0] != MANAGED_ACCESS):
            yield AlterObject(wanted.ref, rest, found.properties.get(MARKED) == "TRUE")


def _granted(item: Grant | FutureGrant) -> Iterator[Change]:
    if isinstance(item, FutureGrant):  # ALL first: who is stopped in between does both again
        yield _privilege(GrantPrivileges, item, Scope.ALL, item.grant_option)
    yield _privilege(GrantPrivileges, item, _scope(item), item.grant_option)


def _taken_away(item: Grant | FutureGrant | Membership, granted_by: str) -> Iterator[Change]:
    """What SYSTEM granted nobody can revoke (P33); SHOW FUTURE GRANTS names no grantor (S7)."""
    if isinstance(item, FutureGrant) or granted_by:
        if isinstance(item, Membership):
            yield RevokeRole(item.role, item.to)
        else:
            yield _privilege(RevokePrivileges, item, _scope(item), False)


def _scope(item: Grant | FutureGrant) -> Scope:
    return Scope.FUTURE if isinstance(item, FutureGrant) else Scope.OBJECT


def _privilege(
    kind: type[GrantPrivileges] | type[RevokePrivileges], item: Grant | FutureGrant, scope: Scope, option: bool
) -> Change:
    if isinstance(item, FutureGrant):
        return kind((item.privilege,), item.container, item.role, option, scope, item.object_type)
    return kind((item.privilege,), item.on, item.role, option, scope)


# -- merging and order -----------------------------------------------------------------------------------


def _merged(steps: list[Step]) -> list[Step]:
    """Steps that one statement can do become one, at the place of the first."""
    found: dict[object, list[Step]] = {}
    for number, step in enumerate(steps):
        found.setdefault(_merge_key(step) or number, []).append(step)
    return [replace(same[0], change=_joined([step.change for step in same])) for same in found.values()]


def _merge_key(step: Step) -> object:
    """Equal for what one statement can do; None for what stands alone."""
    change = step.change
    if isinstance(change, GrantPrivileges | RevokePrivileges):
        return (step.cause.group, step.run_as, replace(change, privileges=()))
    if isinstance(change, GrantRoles) and isinstance(change.roles[0], str):
        return (step.cause.group, step.run_as, change.to)
    return None


def _joined(changes: list[Change]) -> Change:
    first = changes[0]
    if isinstance(first, GrantPrivileges | RevokePrivileges):
        same = [c for c in changes if isinstance(c, GrantPrivileges | RevokePrivileges)]
        return replace(first, privileges=tuple(dict.fromkeys(p for c in same for p in c.privileges)))
    if isinstance(first, GrantRoles):
        roles = dict.fromkeys(r for c in changes if isinstance(c, GrantRoles) for r in c.roles)
        return replace(first, roles=tuple(roles))
    return first


def _order(step: Step) -> tuple[int, int, int]:
    """By phase, containers from the outside in, few changes of role."""
    ref = _subject(step.change)
    return (_phase(step.change), ref.type.depth if ref else 0, running_role.order(step.run_as))


def _phase(change: Change) -> int:
    """What takes away comes first; then roles and users, owners, containers, role grants, privileges."""
    if isinstance(change, RevokePrivileges | RevokeRole):
        return 0
    if isinstance(change, CreateObject | AlterObject):
        ref = change.object.ref if isinstance(change, CreateObject) else change.ref
        if ref.type in _PRINCIPALS:
            return 1 if isinstance(change, CreateObject) else 3
        return 4
    if isinstance(change, GrantPrivileges):
        return {Scope.OBJECT: 7, Scope.ALL: 8, Scope.FUTURE: 9}[change.scope]
    return {TransferOwnership: 2, SetManagedAccess: 5, GrantRoles: 6}[type(change)]


def _subject(change: Change) -> ObjectRef | None:
    if isinstance(change, CreateObject):
        return change.object.ref
    return change.ref if isinstance(change, AlterObject | TransferOwnership | SetManagedAccess) else None
