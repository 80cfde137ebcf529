"""Walk through an account, whatever its parts are: put other names for names, list the names that are in it.

Generic on purpose: what a later kind of policy adds to the account cannot be forgotten when something is renamed,
cloned or dropped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from snowmesh.account.objects import ObjectRef, ObjectType, Relation, RoleName, role_name, role_ref
from snowmesh.account.state import Account, frozen

Value = TypeVar("Value")
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

    def ref(self, ref: ObjectRef) -> ObjectRef:
        """The reference under its new name."""
        for known in (ref,) if self._exact else (ref, *reversed(ref.parents)):
            new = self._names.get(known)
            if new is not None:
                return new if known is ref else ObjectRef(ref.type, (*new.name, *ref.name[len(known.name) :]))
        return ref

    def role(self, name: RoleName) -> RoleName:
        """A role, database role or user under its new name; '' stays: it is Snowflake itself."""
        if not name:
            return name
        ref = role_ref(name)
        new = self.ref(ref)
        return name if new == ref else role_name(new)

    def value(self, value: Value) -> Value:
        """The value with the new names in it; the very same one where nothing changes."""
        changed: Any = self._changed(value)
        return value if changed is None else changed

    def _changed(self, value: Any) -> Any:
        """The changed value, or None."""
        if isinstance(value, ObjectRef):
            new = self.ref(value)
            return None if new == value else new
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
        for field in fields(record):
            old = getattr(record, field.name)
            new = self.role(old) if field.name in _ROLE_FIELDS else self.value(old)
            if new is not old:
                changes[field.name] = new
        if "ref" in changes and isinstance(record, Relation) and not record.is_view:
            changes["storage"] = record.physical  # rows stay where they are
        return replace(record, **changes) if changes else None


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
