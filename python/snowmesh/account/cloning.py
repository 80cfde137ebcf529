"""CREATE DATABASE … CLONE and CREATE SCHEMA … CLONE: what the new container gets (P48, T49, M52).

What lies in the container is cloned with its owners, grants, tags and policies; references to tags and policies of the
container mean the clone's own from then on. The grants on the container itself are not copied.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from snowmesh.account.grants import FutureGrant, Grant
from snowmesh.account.mapping import ATTACHMENTS, NewNames
from snowmesh.account.objects import EPOCH, ObjectRef, ObjectType, Relation, RoleName, SecurableObject, schema
from snowmesh.account.state import Account, TagTarget, frozen

Place = tuple[str, ...]


@dataclass(frozen=True)
class Filled:
    """The account with the clone filled; `rows`: where the rows of each table are, and where they are to be copied."""

    account: Account
    rows: tuple[tuple[Place, Place], ...]


@dataclass(frozen=True)
class Choice:
    """What the role that clones may clone, and where the rows of a new table go."""

    includes: Callable[[SecurableObject], bool]
    place: Callable[[Account, ObjectRef], Place]


def filled(account: Account, before: Account, source: ObjectRef, target: ObjectRef, choice: Choice) -> Filled:
    """Fill the new container `target` with clones of what `source` holds in `before`."""
    children = [o for o in before.children(source) if choice.includes(o)]
    inside = NewNames({source: target})
    names = NewNames({ref: inside.ref(ref) for ref in (source, *(o.ref for o in children))}, exact=True)
    filling = _Filling(before, source, target, frozenset(o.ref for o in children), names)
    account = filling.without_public(account)
    rows: list[tuple[Place, Place]] = []
    for item in children:
        new = filling.clone(item, account.objects[target].owner)
        if isinstance(item, Relation) and isinstance(new, Relation) and not new.is_view:
            new = replace(new, storage=choice.place(account, new.ref))
            rows.append((item.physical, new.physical))
        account = account.with_object(new)
    return Filled(filling.attached(filling.granted(account)), tuple(rows))


@dataclass(frozen=True)
class _Filling:
    before: Account
    source: ObjectRef
    target: ObjectRef
    kept: frozenset[ObjectRef]
    names: NewNames

    def without_public(self, account: Account) -> Account:
        """A database is born with a schema PUBLIC; the clone has one if its source has."""
        has = schema(self.source.name[0], "PUBLIC") in self.before.objects
        born = self.target.type is ObjectType.DATABASE
        return account.without_object(schema(self.target.name[0], "PUBLIC")) if born and not has else account

    def clone(self, item: SecurableObject, heir: RoleName) -> SecurableObject:
        """The object under its new name; what a database role of another database owned is the clone's owner's."""
        new = replace(self.names.value(item), created_on=EPOCH)
        return replace(new, owner=heir) if self._foreign(new.owner) else new

    def granted(self, account: Account) -> Account:
        """Grants on the children, future grants in container and children, memberships among its database roles."""
        grants = [self.names.value(g) for g in self.before.grants if g.on in self.kept]
        inside = {self.source, *self.kept}
        future = [self.names.value(g) for g in self.before.future_grants if g.container in inside]
        members = [m for m in self.before.memberships if m.role in self.kept and m.to in self.kept]
        born = [Grant("USAGE", self.target, self.names.ref(r)) for r in self.kept if r.type is ObjectType.DATABASE_ROLE]
        account = account.with_grants([*(g for g in grants if self._holds(g)), *born])
        account = account.with_future_grants(g for g in future if self._holds(g))
        return account.with_memberships(self.names.value(m) for m in members)

    def attached(self, account: Account) -> Account:
        """Tags, of the container too, and policies of every kind."""
        for target, values in self.before.tag_values.items():
            if target.object in self.kept or target.object == self.source:
                new = TagTarget(self.names.ref(target.object), target.column)
                for tag, value in values.items():
                    account = account.with_tag_value(new, self.names.ref(tag), value)
        return replace(account, **{name: self._policies(account, name) for name in ATTACHMENTS})

    def _policies(self, account: Account, part: str) -> Any:
        found = {
            self.names.value(key): self.names.value(reference)
            for key, reference in getattr(self.before, part).items()
            if (key if isinstance(key, ObjectRef) else key[0]) in self.kept
        }
        return frozen({**getattr(account, part), **found})

    def _holds(self, grant: Grant | FutureGrant) -> bool:
        return not self._foreign(grant.role)

    def _foreign(self, role: RoleName) -> bool:
        """Whether a database role is of another database, where it can hold nothing (R39)."""
        database_role = isinstance(role, ObjectRef) and role.type is ObjectType.DATABASE_ROLE
        return isinstance(role, ObjectRef) and database_role and role.name[0] != self.target.name[0]
