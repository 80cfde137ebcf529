"""Collect what a mesh declares, item by item with its cause; then say what follows for all items together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from snowmesh.account import objects
from snowmesh.account.grants import FutureGrant, Grant, Membership
from snowmesh.account.objects import ObjectRef, ObjectType, SecurableObject
from snowmesh.account.roles import SYSADMIN, USERADMIN
from snowmesh.account.state import Account, frozen
from snowmesh.bootstrap.declarations import Mesh, Name, Target
from snowmesh.bootstrap.declared import Cause, Declared, Item

SHARED = "mesh"  # the group of what belongs to no single domain


class Collected:
    """Items in file order; one that is declared twice keeps its first cause."""

    def __init__(self) -> None:
        self.objects: dict[ObjectRef, SecurableObject] = {}
        self.causes: dict[Item, Cause] = {}
        self.asked: set[Item] = set()  # grants that were written out one by one; they stay as they are
        self.held: dict[str, list[str]] = {}  # role -> roles that are granted to it
        self.parents: set[str] = set()  # roles that are granted to a role, or that stand alone

    def add(self, item: SecurableObject, group: str, name: Name, reason: str) -> None:
        """Declare an object."""
        self.objects[item.ref] = item
        self.causes[item.ref] = Cause(group, name.place, reason)

    def role(self, group: str, name: Name, reason: str, comment: str | None = None) -> None:
        """Declare a role."""
        role = SecurableObject(ref=objects.role(name.stored), owner=USERADMIN, properties=present(COMMENT=comment))
        self.add(role, group, name, reason)

    def member(self, cause: Cause, role: str, to: ObjectRef) -> None:
        """Declare a role grant."""
        self.causes.setdefault(Membership(role, to), cause)
        if to.type is ObjectType.ROLE:
            self.held.setdefault(to.name[0], []).append(role)
            self.parents.add(role)

    def grant(self, cause: Cause, privileges: tuple[str, ...], on: ObjectRef, role: str) -> None:
        """Declare privileges on an object."""
        for privilege in privileges:
            self.causes.setdefault(Grant(privilege, on, role), cause)

    def each(
        self, cause: Cause, privileges: tuple[str, ...], kind: ObjectType, container: ObjectRef, role: str
    ) -> None:
        """Declare privileges on every object of a type in a container, also on those to come."""
        for privilege in privileges:
            self.causes.setdefault(FutureGrant(privilege, kind, container, role), cause)

    def ask(self, cause: Cause, privilege: str, on: Target, role: str, option: bool) -> None:
        """Declare one grant that is written out; with the option to pass it on it stands for the one without."""
        item = _grant(privilege, on, role, option)
        other = _grant(privilege, on, role, not option)
        if option:
            self.causes.pop(other, None)
        elif other in self.causes:
            return
        self.causes.setdefault(item, cause)
        self.asked.add(item)

    def declared(self, mesh: Mesh) -> Declared:
        """The whole. Raises nothing: the mesh was checked."""
        self._roll_up()
        causes = self._without_inherited()
        account = Account(
            objects=frozen(self.objects),
            grants=frozenset(c for c in causes if isinstance(c, Grant)),
            future_grants=frozenset(c for c in causes if isinstance(c, FutureGrant)),
            memberships=frozenset(c for c in causes if isinstance(c, Membership)),
        )
        return Declared(account, MappingProxyType(causes), mesh.file, mesh.environment, mesh.sources)

    def _roll_up(self) -> None:
        """A role that no role holds goes to SYSADMIN: else the administrators could not reach what it makes (R4)."""
        for ref, cause in list(self.causes.items()):
            if isinstance(ref, ObjectRef) and ref.type is ObjectType.ROLE and ref.name[0] not in self.parents:
                self.member(
                    replace(cause, reason="every role rolls up to SYSADMIN"), ref.name[0], objects.role(SYSADMIN)
                )

    def _without_inherited(self) -> dict[Item, Cause]:
        """Without the grants that a role inherits anyway: taking one away would change nothing."""
        inherited = {role: self._inherited(role) for role in self.held}
        causes = self.causes

        def is_inherited(item: Item) -> bool:
            if not isinstance(item, Grant | FutureGrant) or item in self.asked or isinstance(item.role, ObjectRef):
                return False
            return any(replace(item, role=role) in causes for role in inherited.get(item.role, ()))

        return {item: cause for item, cause in causes.items() if not is_inherited(item)}

    def _inherited(self, role: str) -> tuple[str, ...]:
        found: dict[str, None] = {}
        waiting = list(self.held[role])
        while waiting:
            name = waiting.pop()
            if name not in found:
                found[name] = None
                waiting += self.held.get(name, ())
        found.pop(role, None)
        return tuple(found)


def _grant(privilege: str, on: Target, role: str, option: bool) -> Grant | FutureGrant:
    if on.each is None:
        return Grant(privilege, on.ref, role, option)
    return FutureGrant(privilege, on.each, on.ref, role, option)


def present(**properties: str | None) -> Mapping[str, str]:
    """The properties that are declared; None is not managed."""
    return frozen({key: value for key, value in properties.items() if value is not None})
