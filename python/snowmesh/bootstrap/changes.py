"""A change as data, the step that carries it out, and the plan: an ordered list of steps."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from snowmesh.account.objects import ObjectRef, ObjectType, RoleName, SecurableObject, role_ref
from snowmesh.bootstrap.declared import Cause


class Scope(str, Enum):
    """What a privilege is granted on: one object, all objects of a type in a container, or those to come."""

    OBJECT = "OBJECT"
    ALL = "ALL"
    FUTURE = "FUTURE"


@dataclass(frozen=True)
class CreateObject:
    """Create an object with its declared properties, and with the marker that `destroy` looks for."""

    object: SecurableObject


@dataclass(frozen=True)
class AlterObject:
    """Set properties of an existing object: (property, before, after) in order.

    `marked`: the comment carries the marker of mesh-bootstrap, and keeps it.
    """

    ref: ObjectRef
    properties: tuple[tuple[str, str, str], ...]
    marked: bool = False


@dataclass(frozen=True)
class SetManagedAccess:
    """Make a schema a managed access schema, or an ordinary one (R50)."""

    ref: ObjectRef
    enabled: bool


@dataclass(frozen=True)
class TransferOwnership:
    """Give an object to its declared owner; the grants on it stay (P36)."""

    ref: ObjectRef
    before: RoleName
    after: RoleName


@dataclass(frozen=True)
class GrantPrivileges:
    """Grant privileges to a role, in one statement. With Scope.OBJECT `on` is the object, else the container."""

    privileges: tuple[str, ...]
    on: ObjectRef
    role: RoleName
    option: bool = False
    scope: Scope = Scope.OBJECT
    objects: ObjectType | None = None


@dataclass(frozen=True)
class RevokePrivileges:
    """Take privileges, or only the option to grant them, from a role or user, in one statement."""

    privileges: tuple[str, ...]
    on: ObjectRef
    role: RoleName
    option: bool = False
    scope: Scope = Scope.OBJECT
    objects: ObjectType | None = None


@dataclass(frozen=True)
class GrantRoles:
    """Grant roles to one role or user, in one statement (R13)."""

    roles: tuple[RoleName, ...]
    to: ObjectRef


@dataclass(frozen=True)
class RevokeRole:
    """Take a role from a role or user."""

    role: RoleName
    to: ObjectRef


@dataclass(frozen=True)
class DropObject:
    """Drop an object; a database with all that is in it."""

    ref: ObjectRef


Change = (
    CreateObject
    | AlterObject
    | SetManagedAccess
    | TransferOwnership
    | GrantPrivileges
    | RevokePrivileges
    | GrantRoles
    | RevokeRole
    | DropObject
)
Atom = object


@dataclass(frozen=True)
class Step:
    """A change, the system role that runs it, why that is more than usual (or empty), and its cause.

    The cause of what is taken away is the declaration that it is not part of.
    """

    change: Change
    run_as: str
    why: str
    cause: Cause

    @property
    def takes_away(self) -> bool:
        """Whether nothing in the mesh file asks for what this step removes."""
        return isinstance(self.change, RevokePrivileges | RevokeRole | DropObject)


@dataclass(frozen=True)
class Plan:
    """What differs between the account and the mesh file, in the order in which it is applied.

    `warnings` say what differs and is left as it is, or what will make a statement fail. `digest` is the mesh's,
    `state` the fingerprint of the part of the account that the plan was made from.
    """

    steps: tuple[Step, ...] = ()
    warnings: tuple[str, ...] = ()
    file: str = "mesh.yml"
    environment: str = ""
    digest: str = ""
    state: str = ""


def needs(change: Change) -> frozenset[ObjectRef]:
    """The objects that must exist before the change can work."""
    if isinstance(change, CreateObject):
        return frozenset(change.object.ref.parents)
    if isinstance(change, GrantPrivileges | RevokePrivileges):
        return frozenset({change.on, *change.on.parents, role_ref(change.role)})
    if isinstance(change, GrantRoles):
        return frozenset({change.to, *(role_ref(r) for r in change.roles)})
    if isinstance(change, RevokeRole):
        return frozenset({change.to, role_ref(change.role)})
    if isinstance(change, TransferOwnership):
        return frozenset({change.ref, role_ref(change.after)})
    return frozenset({change.ref})


def without(change: Change, missing: frozenset[ObjectRef]) -> Change | None:
    """What of a change is still possible when these objects could not be created; None: nothing."""
    if not needs(change) & missing:
        return change
    if isinstance(change, GrantRoles) and change.to not in missing:
        roles = tuple(r for r in change.roles if role_ref(r) not in missing)
        return GrantRoles(roles, change.to) if roles else None
    return None


def singles(change: Change) -> tuple[Change, ...]:
    """The change as changes of one privilege or one role each."""
    if isinstance(change, GrantPrivileges | RevokePrivileges):
        return tuple(replace(change, privileges=(p,)) for p in change.privileges)
    if isinstance(change, GrantRoles):
        return tuple(replace(change, roles=(r,)) for r in change.roles)
    return (change,)


def atoms(change: Change) -> tuple[Atom, ...]:
    """The single effects of a change, to compare two plans: what is altered, and each privilege and role by itself."""
    if isinstance(change, GrantPrivileges | RevokePrivileges | GrantRoles | RevokeRole):
        return singles(change)
    ref = change.object.ref if isinstance(change, CreateObject) else change.ref
    return ((type(change).__name__, ref),)
