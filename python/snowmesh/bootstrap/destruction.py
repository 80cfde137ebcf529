"""What `destroy` drops, and what it leaves and why. Pure; the statements are planned like any other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from snowmesh.account.grants import Grant, Membership
from snowmesh.account.objects import ObjectRef, ObjectType, role_ref, shown_role, user
from snowmesh.account.state import Account
from snowmesh.bootstrap import fingerprint, running_role
from snowmesh.bootstrap.changes import Change, DropObject, Plan, RevokePrivileges, RevokeRole, Step
from snowmesh.bootstrap.declared import Cause, Declared
from snowmesh.bootstrap.differences import is_shared
from snowmesh.bootstrap.markers import MARKED, MARKER
from snowmesh.bootstrap.wording import say, say_owner

# users first, so that nobody works in what goes; roles last, so that nothing is left without its owner
_ORDER = (ObjectType.USER, ObjectType.DATABASE, ObjectType.WAREHOUSE, ObjectType.ROLE)


@dataclass(frozen=True)
class Left:
    """A declared object that stays, and why."""

    ref: ObjectRef
    why: str


@dataclass(frozen=True)
class Destruction:
    """The plan, what is left, and the databases that hold something: (database, what)."""

    plan: Plan
    left: tuple[Left, ...]
    occupied: tuple[tuple[ObjectRef, str], ...]


def destruction(
    declared: Declared,
    current: Account,
    contents: Mapping[ObjectRef, str],
    owned: Mapping[ObjectRef, Iterable[tuple[ObjectRef | None, str]]],
    session_user: str,
) -> Destruction:
    """What goes and what stays.

    `contents`: what the mesh file does not declare in a database; `owned`: what a role owns, as (database, name).
    """
    candidates = [ref for ref in declared.causes if isinstance(ref, ObjectRef) and ref in current.objects]
    kept = {ref: why for ref in candidates if (why := _kept(declared, current, ref))}
    kept.update((ref, "it is the user of this session") for ref in candidates if ref == user(session_user))
    kept.update(_owners_of_what_stays(candidates, kept, owned))
    # a schema goes with its database or not at all: what else is in a database that stays is not ours to judge
    kept.update((ref, "its database stays") for ref in candidates if any(parent in kept for parent in ref.parents))
    dropped = {ref for ref in candidates if ref not in kept}
    drops = [DropObject(ref) for ref in sorted(dropped, key=_place) if not ref.parents]
    changes = [*_revoked(declared, current, dropped), *drops]
    plan = Plan(
        tuple(_step(declared, change) for change in changes),
        (),
        declared.file,
        declared.environment,
        declared.digest,
        fingerprint.of_lines([fingerprint.of_account(declared, current), *(f"{r} {w}" for r, w in contents.items())]),
    )
    occupied = tuple((ref, contents[ref]) for ref in sorted(dropped & contents.keys()))
    return Destruction(plan, tuple(Left(ref, why) for ref, why in kept.items()), occupied)


def _kept(declared: Declared, current: Account, ref: ObjectRef) -> str:
    """Why an object is not ours to drop; empty when it is."""
    found, wanted = current.objects[ref], declared.account.objects[ref]
    if is_shared(found):
        return "it is a shared database"
    if found.owner != wanted.owner:
        return f"it is owned by {say_owner(shown_role(found.owner))}, not by {say_owner(shown_role(wanted.owner))}"
    if found.properties.get(MARKED) != "TRUE":
        return f"mesh-bootstrap did not make it: its comment has no {MARKER}"
    return ""


def _owners_of_what_stays(
    candidates: Iterable[ObjectRef],
    kept: Mapping[ObjectRef, str],
    owned: Mapping[ObjectRef, Iterable[tuple[ObjectRef | None, str]]],
) -> Iterator[tuple[ObjectRef, str]]:
    """Roles that own something that is not dropped: it would go to whoever drops the role."""
    going = {ref for ref in candidates if ref not in kept and ref.type is ObjectType.DATABASE}
    for ref in candidates:
        if ref.type is ObjectType.ROLE and ref not in kept:
            names = sorted(name for database, name in owned.get(ref, ()) if database not in going)
            if names:
                yield ref, f"it owns {names[0]}{f' and {len(names) - 1} more' if len(names) > 1 else ''}, which stays"


def _revoked(declared: Declared, current: Account, dropped: set[ObjectRef]) -> Iterator[Change]:
    """What is declared between things that stay: dropping one of the two would take it along."""
    held = {(g.privilege, g.on, g.role) for g in current.grants}
    members = {(m.role, m.to) for m in current.memberships}
    privileges: dict[tuple[ObjectRef, object], list[Grant]] = {}
    for item in declared.causes:
        if isinstance(item, Membership):
            ends = {role_ref(item.role), item.to}
            if (item.role, item.to) in members and not ends & dropped:
                yield RevokeRole(item.role, item.to)
        elif isinstance(item, Grant):
            stays = not {item.on, *item.on.parents, role_ref(item.role)} & dropped
            if stays and (item.privilege, item.on, item.role) in held:
                privileges.setdefault((item.on, item.role), []).append(item)
    for grants in privileges.values():
        yield RevokePrivileges(tuple(g.privilege for g in grants), grants[0].on, grants[0].role)


def _step(declared: Declared, change: Change) -> Step:
    run_as, why = running_role.of(change, declared.account)
    return Step(change, run_as, why, _cause(declared, change))


def _cause(declared: Declared, change: Change) -> Cause:
    if isinstance(change, DropObject):
        return declared.causes[change.ref]
    if not isinstance(change, RevokeRole | RevokePrivileges):
        raise TypeError(f"{change} destroys nothing")
    ends = [change.to if isinstance(change, RevokeRole) else change.on, role_ref(change.role)]
    return next(declared.causes[ref] for ref in reversed(ends) if ref in declared.causes)


def _place(ref: ObjectRef) -> tuple[int, ObjectRef]:
    return (_ORDER.index(ref.type) if ref.type in _ORDER else 0, ref)


def undo(found: Destruction, current: Account) -> list[str]:
    """How to bring back what a destruction drops: (text lines), for people."""
    lines = []
    for step in found.plan.steps:
        if isinstance(step.change, DropObject) and step.change.ref.type is ObjectType.DATABASE:
            days = current.objects[step.change.ref].properties.get("RETENTION", "")
            if days == "0":
                lines.append(f"-- {say(step.change.ref)} keeps nothing: its retention time is 0 days")
            else:
                within = f"  -- within {days} day{'' if days == '1' else 's'}" if days else ""
                lines.append(f"UNDROP DATABASE {step.change.ref.sql};{within}")
    return lines
