"""Walk through an account, whatever its parts are: put other names for names, list the names that are in it.

Generic on purpose: what a later kind of policy adds to the account cannot be forgotten when something is renamed,
cloned or dropped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from snowmesh.account.objects import ObjectRef, ObjectType, Relation, RoleName, role_name, role_ref
from snowmesh.account.state import Account, frozen

Value = TypeVar("Value")
_PLAIN = (str, bool, int, datetime, type(None))  # hold no name of an object
# fields that hold a role's name as text
_ROLE_FIELDS = ("role", "granted_by", "owner")


# the parts of an account that attach policies: (relation or (relation, column)) -> reference
ATTACHMENTS = tuple(
    f.name
    for f in fields(Account)
    if f.name not in ("name", "objects", "grants", "future_grants", "memberships", "tag_values", "dropped")
)


class NewNames:
    """Old reference -> new reference; what a renamed database or schema contains has its new name too.

    `exact`: only what is listed has a new name.
    """

    def __init__(self, names: Mapping[ObjectRef, ObjectRef], *, exact: bool = False) -> None:
        self._names, self._exact = names, exact
        self._known: dict[ObjectRef | str, Any] = {}  # what was asked before: an account names few things often

    def ref(self, ref: ObjectRef) -> ObjectRef:
        """The reference under its new name."""
        if ref not in self._known:
            self._known[ref] = self._new(ref)
        found: ObjectRef = self._known[ref]
        return found

    def _new(self, ref: ObjectRef) -> ObjectRef:
        for known in (ref,) if self._exact else (ref, *reversed(ref.parents)):
            new = self._names.get(known)
            if new is not None:
                return new if known is ref else ObjectRef(ref.type, (*new.name, *ref.name[len(known.name) :]))
        return ref

    def role(self, name: RoleName) -> RoleName:
        """A role, database role or user under its new name; '' stays: it is Snowflake itself."""
        if isinstance(name, ObjectRef):
            return self.ref(name)
        if name and name not in self._known:
            ref = role_ref(name)
            new = self.ref(ref)
            self._known[name] = name if new is ref else role_name(new)
        found: RoleName = self._known.get(name, name)
        return found

    def value(self, value: Value) -> Value:
        """The value with the new names in it; the very same one where nothing changes."""
        changed: Any = self._changed(value)
        return value if changed is None else changed

    def _changed(self, value: Any) -> Any:
        """The changed value, or None."""
        if isinstance(value, ObjectRef):
            new = self.ref(value)
            return None if new is value or new == value else new
        if isinstance(value, Mapping):
            entries = {self.value(k): self.value(v) for k, v in value.items()}
            return frozen(entries) if _differs(entries.items(), value.items()) else None
        if isinstance(value, (tuple, frozenset)):
            items = [self.value(v) for v in value]
            return type(value)(items) if any(a is not b for a, b in zip(items, value, strict=True)) else None
        if is_dataclass(value) and not isinstance(value, type):
            return self._changed_record(value)
        return None

    def _changed_record(self, record: Any) -> Any:
        changes: dict[str, Any] = {}
        for name in _names(record):
            old = getattr(record, name)
            if old.__class__ in _PLAIN and name not in _ROLE_FIELDS:
                continue
            new = self.role(old) if name in _ROLE_FIELDS else self.value(old)
            if new is not old and new != old:
                changes[name] = new
        if "ref" in changes and isinstance(record, Relation) and not record.is_view:
            changes["storage"] = record.physical  # rows stay where they are
        return replace(record, **changes) if changes else None


_FIELDS: dict[str, tuple[str, ...]] = {}


def _names(record: Any) -> tuple[str, ...]:
    """The fields of a record; asked once for each class, since `fields` is slow."""
    kind = type(record).__qualname__
    if kind not in _FIELDS:
        _FIELDS[kind] = tuple(field.name for field in fields(record))
    return _FIELDS[kind]


def refs_in(value: object) -> Iterator[ObjectRef]:
    """Every object that a part of an account names, roles among them; with repetitions."""
    if isinstance(value, ObjectRef):
        yield value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from refs_in(key)
            yield from refs_in(item)
    elif isinstance(value, (tuple, frozenset)):
        for item in value:
            yield from refs_in(item)
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            item = getattr(value, field.name)
            if field.name in _ROLE_FIELDS and isinstance(item, str):
                if item:
                    yield ObjectRef(ObjectType.ROLE, (item,))
            else:
                yield from refs_in(item)


def _differs(new: Any, old: Any) -> bool:
    return any(a[0] is not b[0] or a[1] is not b[1] for a, b in zip(new, old, strict=False)) or len(new) != len(old)
