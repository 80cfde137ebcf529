"""An account asked for by role: what each holds itself, what it inherits, and which objects a mesh file can declare."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from snowmesh.account import objects
from snowmesh.account.grants import FutureGrant, Grant
from snowmesh.account.objects import Database, ObjectRef, ObjectType, SecurableObject
from snowmesh.account.roles import SYSADMIN, USERADMIN
from snowmesh.account.state import Account
from snowmesh.bootstrap.blocks import MAX_AUTO_SUSPEND
from snowmesh.bootstrap.checks import RESERVED_DATABASES, RESERVED_ROLES, RESERVED_SCHEMAS
from snowmesh.bootstrap.declarations import WAREHOUSE_SIZES, UserType

_OWNERS = {ObjectType.ROLE: USERADMIN, ObjectType.USER: USERADMIN}
_KINDS = (ObjectType.ROLE, ObjectType.USER, ObjectType.WAREHOUSE, ObjectType.DATABASE, ObjectType.SCHEMA)
_TYPES = tuple(t.value for t in UserType)


class Held:
    """An account, by role. `refused`: objects that are not to be declared."""

    def __init__(self, account: Account, refused: frozenset[ObjectRef] = frozenset()) -> None:
        self.account = account
        self.refused = refused

    @cached_property
    def declarable(self) -> frozenset[ObjectRef]:
        """The objects that a mesh file can declare: their owner is the one it gives them."""
        return frozenset(item.ref for item in self._candidates() if self.obstacle(item) == "")

    def obstacles(self) -> Iterator[tuple[ObjectRef, str]]:
        """What cannot be declared, and why."""
        for item in self._candidates():
            if (why := self.obstacle(item)) != "":
                yield item.ref, why

    def _candidates(self) -> Iterator[SecurableObject]:
        for item in self.account.of_type(*_KINDS):
            ref = item.ref
            reserved = {
                ObjectType.ROLE: RESERVED_ROLES,
                ObjectType.DATABASE: RESERVED_DATABASES,
                ObjectType.SCHEMA: RESERVED_SCHEMAS,
            }.get(ref.type, frozenset())
            shared = isinstance(item, Database) and item.shared
            inside = self.account.objects.get(ref.parents[0]) if ref.type is ObjectType.SCHEMA else None
            foreign = isinstance(inside, Database) and inside.shared
            own = ref.type is ObjectType.SCHEMA and ref.name[0] in RESERVED_DATABASES
            if ref.name[-1] not in reserved and not (shared or foreign or own):
                yield item

    def obstacle(self, item: SecurableObject) -> str:
        """Why an object cannot be declared; empty when it can."""
        owner = _OWNERS.get(item.ref.type, SYSADMIN)
        if not all(part.isprintable() for part in item.ref.name):
            return "its name has characters that cannot be printed"
        if item.owner != owner:
            return f"it is owned by {item.owner or 'a role that cannot be seen'}, not by {owner}"
        if item.ref in self.refused:
            return "no words of a mesh file come to exactly what it holds"
        if item.ref.type is ObjectType.WAREHOUSE and not _is_plain_warehouse(item):
            return "its size or its AUTO_SUSPEND has no word in a mesh file"
        if item.ref.type is ObjectType.USER and item.properties.get("TYPE") not in _TYPES:
            return f"it is of type {item.properties.get('TYPE', '')}"
        if item.ref.type is ObjectType.USER and any(g.role == item.ref for g in self.account.grants):
            return "privileges are granted to it directly, which a mesh file does not do"
        return ""

    @cached_property
    def schemas(self) -> dict[ObjectRef, list[ObjectRef]]:
        """Database -> its declarable schemas, by name."""
        found: dict[ObjectRef, list[ObjectRef]] = {}
        for ref in sorted(r for r in self.declarable if r.type is ObjectType.SCHEMA):
            found.setdefault(ref.parents[0], []).append(ref)
        return found

    # -- roles ---------------------------------------------------------------------------------------

    @cached_property
    def roles(self) -> list[str]:
        """The roles that can be declared, by name."""
        return sorted(ref.name[0] for ref in self.declarable if ref.type is ObjectType.ROLE)

    @cached_property
    def holds(self) -> dict[str, list[str]]:
        """Role -> the declarable roles that are granted to it."""
        found: dict[str, list[str]] = {}
        for member in self.account.memberships:
            name = member.role
            if member.to.type is ObjectType.ROLE and isinstance(name, str) and objects.role(name) in self.declarable:
                found.setdefault(member.to.name[0], []).append(name)
        return {to: sorted(set(names)) for to, names in found.items()}

    @cached_property
    def parents(self) -> dict[str, list[str]]:
        """Role -> the roles that hold it, declarable or not."""
        found: dict[str, list[str]] = {}
        for member in self.account.memberships:
            if member.to.type is ObjectType.ROLE and isinstance(member.role, str):
                found.setdefault(member.role, []).append(member.to.name[0])
        return found

    def below(self, role: str) -> list[str]:
        """The role and every declarable role that it inherits."""
        found: dict[str, None] = {}
        waiting = [role]
        while waiting:
            name = waiting.pop()
            if name not in found:
                found[name] = None
                waiting += self.holds.get(name, ())
        return list(found)

    # -- privileges ----------------------------------------------------------------------------------

    @cached_property
    def _direct(self) -> dict[str, dict[ObjectRef, set[str]]]:
        found: dict[str, dict[ObjectRef, set[str]]] = {}
        for grant in self.account.grants:
            if isinstance(grant.role, str):
                found.setdefault(grant.role, {}).setdefault(grant.on, set()).add(grant.privilege)
        return found

    @cached_property
    def _future(self) -> dict[str, dict[ObjectRef, set[tuple[str, ObjectType]]]]:
        found: dict[str, dict[ObjectRef, set[tuple[str, ObjectType]]]] = {}
        for grant in self.account.future_grants:
            if isinstance(grant.role, str):
                kinds = found.setdefault(grant.role, {}).setdefault(grant.container, set())
                kinds.add((grant.privilege, grant.object_type))
        return found

    def direct(self, role: str, on: ObjectRef) -> set[str]:
        """The privileges on an object that are granted to the role itself."""
        return self._direct.get(role, {}).get(on, set())

    def granted_on(self, role: str) -> dict[ObjectRef, set[str]]:
        """Everything that is granted to the role itself."""
        return self._direct.get(role, {})

    def future(self, role: str) -> dict[ObjectRef, set[tuple[str, ObjectType]]]:
        """The future grants of a role, by container."""
        return self._future.get(role, {})

    def may(self, role: str, privilege: str, on: ObjectRef) -> bool:
        """Whether the role has the privilege, itself or by a declarable role."""
        return any(privilege in self.direct(name, on) for name in self.below(role))

    def plain(self) -> Iterator[Grant | FutureGrant]:
        """Every grant, each once whoever granted it; with the option to pass it on when one of them has it."""
        found: dict[object, Grant | FutureGrant] = {}
        for grant in self.account.grants:
            item = Grant(grant.privilege, grant.on, grant.role, grant.grant_option)
            key: object = (grant.privilege, grant.on, grant.role)
            if grant.grant_option or key not in found:
                found[key] = item
        for future in self.account.future_grants:
            key = (future.privilege, future.object_type, future.container, future.role)
            if future.grant_option or key not in found:
                found[key] = future
        yield from found.values()


def _is_plain_warehouse(item: SecurableObject) -> bool:
    size, seconds = item.properties.get("WAREHOUSE_SIZE"), item.properties.get("AUTO_SUSPEND", "")
    return size in WAREHOUSE_SIZES.values() and seconds.isdigit() and int(seconds) <= MAX_AUTO_SUSPEND
