"""What is dropped can come back for a while: tables, schemas, databases and tags, with all that hung on them (T18).

A dropped object is kept as the part of the account that went with it. `outside` tells the objects apart that this part
names and that stayed: one that was dropped and created again since is another object, and nothing is restored to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any

from snowmesh.account.mapping import ATTACHMENTS, refs_in
from snowmesh.account.objects import (
    ACCOUNT,
    EPOCH,
    Database,
    ObjectRef,
    ObjectType,
    Relation,
    RoleName,
    Schema,
    SecurableObject,
    Tag,
    role_ref,
)
from snowmesh.account.state import Account, Dropped, TagTarget, frozen

RETENTION = "DATA_RETENTION_TIME_IN_DAYS"
RESTORABLE = (
    ObjectType.TABLE,
    ObjectType.DYNAMIC_TABLE,
    ObjectType.SCHEMA,
    ObjectType.DATABASE,
    ObjectType.TAG,
)
# of the versions under one name: those that were dropped, and of those that were replaced the last
KEPT, KEPT_REPLACED = 10, 1


def retention_days(account: Account, ref: ObjectRef) -> int:
    """For how many days a dropped object can come back: its own setting, else that of what it is in, else 1.

    Transient objects are kept for a day at most (P51).
    """
    days, longest = 1, 90
    for holder in (ACCOUNT, *ref.parents, ref):
        item = account.objects.get(holder)
        if item is not None and RETENTION in item.properties:
            days = int(item.properties[RETENTION])
        longest = min(longest, _longest(item))
    return min(days, longest)


def drop(account: Account, ref: ObjectRef, *, replaced: bool = False) -> Account:
    """Remove an object, and keep what UNDROP needs where it can be restored."""
    after = account.without_object(ref)
    days = retention_days(account, ref)
    if ref.type not in RESTORABLE or not days:
        return after
    piece = _difference(account, after)
    outside = {r for r in refs_in(piece) if r not in piece.objects and r in account.objects}
    known = frozen({r: account.objects[r].created_on for r in outside})
    record = Dropped(ref=ref, on=EPOCH, days=days, piece=piece, outside=known, replaced=replaced)
    return replace(after, dropped=_limited((record, *after.dropped)))


def last_dropped(account: Account, ref: ObjectRef) -> Dropped | None:
    """The version of that name that was dropped last."""
    return next((d for d in account.dropped if d.ref == ref), None)


def restore(account: Account, record: Dropped) -> Account:
    """The account with a dropped object back, with its grants, tags and policies as far as they still exist.

    A mask or row access policy whose policy is gone stays attached to nothing, and closes the column or table (M55).
    """
    piece = _Revival(account, record).piece()
    rest = replace(account, dropped=tuple(d for d in account.dropped if d is not record))
    return replace(rest, **{f.name: _union(getattr(rest, f.name), getattr(piece, f.name)) for f in _parts()})


def purged(account: Account, now: datetime) -> Account:
    """The account without what was dropped too long ago."""
    kept = tuple(d for d in account.dropped if d.on == EPOCH or d.on + timedelta(days=d.days) > now)
    return account if len(kept) == len(account.dropped) else replace(account, dropped=kept)


def stamped(account: Account, now: datetime) -> Account:
    """The account with the time on what was dropped just now."""
    if all(d.on != EPOCH for d in account.dropped):
        return account
    return replace(account, dropped=tuple(replace(d, on=now) if d.on == EPOCH else d for d in account.dropped))


def inherited(dropped: tuple[Dropped, ...], owner: RoleName, heir: RoleName) -> tuple[Dropped, ...]:
    """Dropped objects of a role that goes belong to its heir, as live ones do."""
    return tuple(replace(d, piece=_given(d.piece, owner, heir)) for d in dropped)


def _given(piece: Account, owner: RoleName, heir: RoleName) -> Account:
    objects = {r: replace(o, owner=heir) if o.owner == owner else o for r, o in piece.objects.items()}
    return replace(piece, objects=frozen(objects), dropped=inherited(piece.dropped, owner, heir))


def _longest(item: SecurableObject | None) -> int:
    transient = isinstance(item, (Database, Schema)) and item.transient
    if isinstance(item, Relation):
        transient = item.kind in ("TRANSIENT", "TEMPORARY")
    return 1 if transient else 90


def _limited(records: tuple[Dropped, ...]) -> tuple[Dropped, ...]:
    """The newest versions of each name; the first record is the new one."""
    same = [d for d in records if d.ref == records[0].ref]
    gone = [*same[KEPT:], *[d for d in same if d.replaced][KEPT_REPLACED:]]
    return tuple(d for d in records if not any(d is g for g in gone))


def _parts() -> list[Any]:
    return [f for f in fields(Account) if f.name != "name"]


def _difference(before: Account, after: Account) -> Account:
    """What of an account is not in another: the parts that went."""
    return Account(
        name=before.name, **{f.name: _without(getattr(before, f.name), getattr(after, f.name)) for f in _parts()}
    )


def _without(old: Any, new: Any) -> Any:
    if isinstance(old, frozenset):
        return old - new
    if isinstance(old, tuple):
        return tuple(item for item in old if not any(item is other for other in new))
    found = {key: value for key, value in old.items() if key not in new}
    for key in old.keys() & new.keys():
        rest = {k: v for k, v in old[key].items() if k not in new[key]} if isinstance(old[key], Mapping) else {}
        if rest:
            found[key] = frozen(rest)
    return frozen(found)


def _union(one: Any, other: Any) -> Any:
    if isinstance(one, frozenset):
        return one | other
    if isinstance(one, tuple):
        return (*one, *other)
    both = {**one, **other}
    for key in one.keys() & other.keys():
        if isinstance(one[key], Mapping):
            both[key] = frozen({**other[key], **one[key]})  # what was set since stays
    return frozen(both)


class _Revival:
    """A dropped part of the account, fitted into the account of today."""

    def __init__(self, account: Account, record: Dropped) -> None:
        self._account, self._record, self._old = account, record, record.piece

    def piece(self) -> Account:
        old = self._old
        attachments = {name: self._policies(getattr(old, name)) for name in ATTACHMENTS}
        return replace(
            old,
            objects=frozen({r: self._object(o) for r, o in old.objects.items()}),
            grants=frozenset(self._granted(g) for g in old.grants if self._lives(g.on) and self._role(g.role)),
            future_grants=frozenset(g for g in old.future_grants if self._lives(g.container) and self._role(g.role)),
            memberships=frozenset(self._member(m) for m in old.memberships if self._role(m.role) and self._lives(m.to)),
            tag_values=frozen({t: v for t, values in old.tag_values.items() if (v := self._tags(t, values))}),
            **attachments,
        )

    def _lives(self, ref: ObjectRef) -> bool:
        """Whether the object is the one that was meant."""
        if ref in self._old.objects or ref.type is ObjectType.ACCOUNT:
            return True
        found = self._account.objects.get(ref)
        return found is not None and self._record.outside.get(ref) == found.created_on

    def _role(self, name: RoleName) -> bool:
        return self._lives(role_ref(name))

    def _granted(self, grant: Any) -> Any:
        known = not grant.granted_by or self._role(grant.granted_by)
        return grant if known else replace(grant, granted_by=self._owner(grant.on))

    def _member(self, membership: Any) -> Any:
        known = not membership.granted_by or self._role(membership.granted_by)
        return membership if known else replace(membership, granted_by=self._owner(role_ref(membership.role)))

    def _owner(self, ref: ObjectRef) -> RoleName:
        found = self._old.objects.get(ref) or self._account.objects.get(ref)
        return found.owner if found else ""

    def _object(self, item: SecurableObject) -> SecurableObject:
        if isinstance(item, Tag):
            return replace(item, masking_policies=tuple(p for p in item.masking_policies if self._lives(p)))
        return item

    def _tags(self, target: TagTarget, values: Mapping[ObjectRef, str]) -> Mapping[ObjectRef, str]:
        if not self._lives(target.object):
            return {}
        return frozen({tag: value for tag, value in values.items() if self._lives(tag)})

    def _policies(self, attached: Any) -> Any:
        return frozen({key: self._policy(reference) for key, reference in attached.items()})

    def _policy(self, reference: Any) -> Any:
        if isinstance(reference, ObjectRef):
            return reference if self._lives(reference) else _nowhere(reference)
        return replace(reference, policy=self._policy(reference.policy))


def _nowhere(policy: ObjectRef) -> ObjectRef:
    """A reference to a policy that is gone: no object has an empty name, so none can ever take its place."""
    return ObjectRef(policy.type, ("", "", policy.name[-1]))
