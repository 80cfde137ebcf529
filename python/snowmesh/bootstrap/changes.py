"""A change as data, the step that carries it out, and the plan: an ordered list of steps."""

from __future__ import annotations

from dataclasses import dataclass

from snowmesh.account import objects
from snowmesh.account.objects import ObjectRef, SecurableObject
from snowmesh.bootstrap.expand import Cause


@dataclass(frozen=True)
class CreateObject:
    """Create an object with its declared properties."""

    object: SecurableObject


@dataclass(frozen=True)
class AlterObject:
    """Set properties of an existing object: (property, before, after) in order."""

    ref: ObjectRef
    properties: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class GrantPrivileges:
    """Grant privileges on one object to a role, in one statement."""

    privileges: tuple[str, ...]
    on: ObjectRef
    role: str


@dataclass(frozen=True)
class GrantRoles:
    """Grant roles to one role or user, in one statement (R13)."""

    roles: tuple[str, ...]
    to: ObjectRef


Change = CreateObject | AlterObject | GrantPrivileges | GrantRoles


@dataclass(frozen=True)
class Step:
    """A change, the system role that runs it, why that is more than usual (or empty), and its cause."""

    change: Change
    run_as: str
    why: str
    cause: Cause


@dataclass(frozen=True)
class Plan:
    """What is missing in the account, in the order in which it is applied.

    `warnings` say what differs and is left as it is, or what will make a statement fail.
    """

    steps: tuple[Step, ...] = ()
    warnings: tuple[str, ...] = ()
    file: str = "mesh.yml"


def needs(change: Change) -> frozenset[ObjectRef]:
    """The objects that must exist before the change can work."""
    if isinstance(change, CreateObject):
        return frozenset(change.object.ref.parents)
    if isinstance(change, AlterObject):
        return frozenset({change.ref})
    if isinstance(change, GrantPrivileges):
        return frozenset({change.on, *change.on.parents, objects.role(change.role)})
    return frozenset({change.to, *(objects.role(r) for r in change.roles)})


def without(change: Change, missing: frozenset[ObjectRef]) -> Change | None:
    """What of a change is still possible when these objects could not be created; None: nothing."""
    if not needs(change) & missing:
        return change
    if isinstance(change, GrantRoles) and change.to not in missing:
        roles = tuple(r for r in change.roles if objects.role(r) not in missing)
        return GrantRoles(roles, change.to) if roles else None
    return None


def atoms(change: Change) -> tuple[tuple[str, ...], ...]:
    """The single effects of a change, to compare two plans: what is altered, and each privilege and role by itself."""
    if isinstance(change, GrantPrivileges):
        return tuple(("privilege", p, change.on.type.value, *change.on.name, change.role) for p in change.privileges)
    if isinstance(change, GrantRoles):
        return tuple(("role", r, change.to.type.value, *change.to.name) for r in change.roles)
    ref = change.object.ref if isinstance(change, CreateObject) else change.ref
    return (("object", ref.type.value, *ref.name),)
