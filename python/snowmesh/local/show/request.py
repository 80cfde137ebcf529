"""What a listing looks at: the account as one session may see it, and where SHOW looks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from snowmesh.account.authorization import Authority
from snowmesh.account.objects import POLICY_TYPES, ObjectRef, ObjectType, SecurableObject, database, role_ref, schema
from snowmesh.account.state import Account, Dropped
from snowmesh.local import denials
from snowmesh.local.errors import not_implemented, syntax_error
from snowmesh.local.session import Session
from snowmesh.local.show.statements import Scope

Item = TypeVar("Item", bound=SecurableObject)
INFORMATION_SCHEMA = "INFORMATION_SCHEMA"


@dataclass(frozen=True)
class Request:
    """An account, a session and its authority; every SHOW and DESCRIBE is a question to this."""

    account: Account
    session: Session

    @cached_property
    def authority(self) -> Authority:
        """All active roles together: SHOW counts them all (R22, S17b)."""
        return self.session.authority(self.account)

    @cached_property
    def sees_all(self) -> bool:
        """MANAGE GRANTS and RESOLVE ALL show every object (R48, P5)."""
        return any(self.authority.holds_on_account(p) for p in ("MANAGE GRANTS", "RESOLVE ALL"))

    @cached_property
    def applies_tags(self) -> bool:
        """Whether a role holds APPLY TAG on the account."""
        return self.authority.holds_on_account("APPLY TAG")

    def applies(self, kind: ObjectType) -> bool:
        """Whether a role holds the APPLY privilege on the account for policies of a kind."""
        return self.authority.holds_on_account(f"APPLY {kind.value}")

    def sees(self, ref: ObjectRef) -> bool:
        """Whether SHOW lists the object (P25, R48, T27)."""
        if ref not in self.account.objects:
            return False
        if self.sees_all or ref.type is ObjectType.ROLE or self.authority.sees(ref):
            return True
        if ref.type is ObjectType.TAG:
            return self.applies_tags or self.authority.reaches(ref)
        if ref.type in POLICY_TYPES:
            return self.applies(ref.type)
        return ref.type is ObjectType.WAREHOUSE and self.authority.holds_on_account("MANAGE WAREHOUSES")

    def visible(self, kind: type[Item], prefix: tuple[str, ...] = (), *types: ObjectType) -> Iterator[Item]:
        """The visible objects of a class below a name prefix, by name; `types` narrows the class."""
        depth = len(prefix)
        found = [
            item
            for ref, item in self.account.objects.items()
            if ref.name[:depth] == prefix and isinstance(item, kind) and (not types or ref.type in types)
        ]
        found.sort(key=lambda item: item.ref.name)
        return (item for item in found if self.sees(item.ref))

    def dropped(self, types: tuple[ObjectType, ...], prefix: tuple[str, ...] = ()) -> Iterator[Dropped]:
        """What can be restored below a name prefix, to who held a privilege on it (SHOW ... HISTORY)."""
        for record in self.account.dropped:
            if record.ref.type in types and record.ref.name[: len(prefix)] == prefix and self._knew(record):
                yield record

    def _knew(self, record: Dropped) -> bool:
        if self.sees_all or record.piece.objects[record.ref].owner in self.authority.roles:
            return True
        return any(g.role in self.authority.roles for g in record.piece.grants_on(record.ref))

    def prefix(self, scope: Scope) -> tuple[str, ...]:
        """The name prefix in which a scope looks: (), (database,) or (database, schema)."""
        if scope.kind == "ACCOUNT":
            return ()
        if scope.kind == "SCHEMA" and not scope.name:
            return (*self._current, self.session.schema) if self.session.schema else self._current
        if not scope.name:
            return self._current
        if scope.kind == "DATABASE":
            return self._existing(_exactly(1, scope.name))
        if scope.kind == "NAME":
            return self._by_name(scope.name)
        return self._schema(scope.name)

    def _by_name(self, name: tuple[str, ...]) -> tuple[str, ...]:
        """`IN x`: a schema of the current database, else a database of that name."""
        if len(name) > 1 or (self._current and self.sees(schema(*self._current, *name))):
            return self._schema(name)
        return self._existing(name)

    def _schema(self, name: tuple[str, ...]) -> tuple[str, ...]:
        if len(name) == 1 and not self._current:
            raise denials.no_such_object()  # 002043: dbt takes it for "no such schema yet"
        return self._existing(_exactly(2, (*self._current, *name) if len(name) == 1 else name))

    def _existing(self, name: tuple[str, ...]) -> tuple[str, ...]:
        ref = database(*name) if len(name) == 1 else schema(*name)
        if len(name) == 2 and name[1] == INFORMATION_SCHEMA and self.sees(database(name[0])):
            raise not_implemented("SHOW ... IN SCHEMA INFORMATION_SCHEMA", "select from INFORMATION_SCHEMA views")
        if not self.sees(ref):
            raise denials.no_such_object()
        return name

    @property
    def _current(self) -> tuple[str, ...]:
        return (self.session.database,) if self.session.database else ()


def yes_no(flag: bool) -> str:
    """A flag as most SHOW columns print it."""
    return "Y" if flag else "N"


def true_false(flag: bool) -> str:
    """A flag as the other SHOW columns print it."""
    return "true" if flag else "false"


def owner_role_type(item: SecurableObject) -> str:
    """ROLE or DATABASE_ROLE, or empty for what Snowflake itself owns (S12)."""
    return role_ref(item.owner).type.shown if item.owner else ""


def _exactly(count: int, name: tuple[str, ...]) -> tuple[str, ...]:
    if len(name) != count:
        raise syntax_error(f"in the name {'.'.join(name)!r}: {count} parts are expected, {len(name)} found.")
    return name
