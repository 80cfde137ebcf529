"""The role graph of a mesh as nodes and edges: who holds which role, which role inherits which, what roles reach."""

from __future__ import annotations

from dataclasses import dataclass

from snowmesh.account.grants import Grant, Membership
from snowmesh.account.objects import ACCOUNT, ObjectRef, ObjectType, role_ref
from snowmesh.account.roles import SYSTEM_ROLES
from snowmesh.bootstrap.declared import Declared

KINDS = ("user", "role", "system role", "database", "schema", "warehouse", "account")

HOLDERS = KINDS[:3]


@dataclass(frozen=True, order=True)
class Node:
    """A user, role or object; `group` is its domain."""

    ref: ObjectRef
    kind: str
    group: str

    @property
    def label(self) -> str:
        """Its name."""
        return self.ref.fqn or "ACCOUNT"


@dataclass(frozen=True, order=True)
class Edge:
    """From who holds to what is held; `label` are privileges, empty for a role."""

    start: ObjectRef
    end: ObjectRef
    label: str = ""


@dataclass(frozen=True)
class RoleGraph:
    """Nodes and edges in the order of the mesh file."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


def build(declared: Declared, *, objects: bool = False) -> RoleGraph:
    """Users and roles; with `objects` also what the roles reach, and by which privileges."""
    edges = [Edge(item.to, role_ref(item.role)) for item in declared.causes if isinstance(item, Membership)]
    if objects:
        edges += _privileges(declared)
    groups = {ref: cause.group for ref, cause in declared.causes.items() if isinstance(ref, ObjectRef)}
    shown = [ref for ref in groups if ref.type in (ObjectType.USER, ObjectType.ROLE, ObjectType.DATABASE_ROLE)]
    refs = dict.fromkeys([*shown, *(end for edge in edges for end in (edge.start, edge.end))])
    return RoleGraph(tuple(Node(ref, _kind(ref), groups.get(ref, "")) for ref in refs), tuple(edges))


def _privileges(declared: Declared) -> list[Edge]:
    """One edge for all privileges of a role on an object."""
    found: dict[tuple[ObjectRef, ObjectRef], list[str]] = {}
    for item in declared.causes:
        if isinstance(item, Grant):
            found.setdefault((role_ref(item.role), item.on), []).append(item.privilege)
    return [Edge(start, end, _said(privileges)) for (start, end), privileges in found.items()]


def _said(privileges: list[str]) -> str:
    text = ", ".join(privileges)
    return text if len(text) <= 40 else f"{privileges[0]} and {len(privileges) - 1} more"


def _kind(ref: ObjectRef) -> str:
    if ref == ACCOUNT:
        return "account"
    if ref.type is ObjectType.ROLE and ref.name[0] in SYSTEM_ROLES:
        return "system role"
    return {"DATABASE ROLE": "role"}.get(ref.type.value, ref.type.value.lower())
