"""What ALTER does to objects of many types: properties, comments, tags, a new name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from snowmesh.account.objects import ObjectRef, ObjectType, SecurableObject
from snowmesh.account.privileges import OWNERSHIP
from snowmesh.account.renaming import renamed
from snowmesh.account.state import Account, TagTarget, frozen
from snowmesh.local import attachments, denials, errors
from snowmesh.local.session import Outcome, Session
from snowmesh.local.statements import properties
from snowmesh.local.statements.base import Action, Alter, done
from snowmesh.local.statements.properties import COMMENT, Reader, TagClause
from snowmesh.local.tokens import Cursor

MAX_PAIRS = 100  # distinct (tag, entity) pairs one statement may carry (T11)
# what may be changed by who holds MODIFY, without owning the object
_MODIFIABLE = (ObjectType.DATABASE, ObjectType.SCHEMA, ObjectType.WAREHOUSE)


@dataclass(frozen=True)
class SetProperties(Action):
    """`SET KEY = value …`."""

    values: Mapping[str, str]

    def apply(self, account: Account, session: Session, ref: ObjectRef) -> Outcome:
        """MODIFY on containers and warehouses, OWNERSHIP on the rest."""
        require_modify(account, session, ref)
        item = account.objects[ref]
        return done(account.with_object(with_properties(item, self.values)), session)


@dataclass(frozen=True)
class UnsetProperties(Action):
    """`UNSET KEY [, …]`; `defaults` are what the object falls back to."""

    names: tuple[str, ...]
    defaults: Mapping[str, str]

    def apply(self, account: Account, session: Session, ref: ObjectRef) -> Outcome:
        """As for SET."""
        require_modify(account, session, ref)
        item = account.objects[ref]
        kept = {k: v for k, v in item.properties.items() if k not in self.names}
        kept |= {k: v for k, v in self.defaults.items() if k in self.names}
        comment = "" if COMMENT in self.names else item.comment
        return done(account.with_object(replace(item, properties=frozen(kept), comment=comment)), session)


@dataclass(frozen=True)
class SetTags(Action):
    """`SET TAG a = 'x' [, b = 'y' …]` on an object (T12)."""

    tags: tuple[TagClause, ...]

    def apply(self, account: Account, session: Session, ref: ObjectRef) -> Outcome:
        """All tags or none."""
        check_pairs(len({parts for parts, _ in self.tags}))
        for parts, value in self.tags:
            account = attachments.set_tag(account, session, TagTarget(ref), parts, value)
        return done(account, session)


@dataclass(frozen=True)
class UnsetTags(Action):
    """`UNSET TAG a [, b …]` on an object; names only (T12)."""

    tags: tuple[tuple[str, ...], ...]

    def apply(self, account: Account, session: Session, ref: ObjectRef) -> Outcome:
        """All tags or none."""
        for parts in self.tags:
            account = attachments.unset_tag(account, session, TagTarget(ref), parts)
        return done(account, session)


@dataclass(frozen=True)
class Rename(Action):
    """`RENAME TO <name>`, for what contains nothing."""

    parts: tuple[str, ...]

    def apply(self, account: Account, session: Session, ref: ObjectRef) -> Outcome:
        """OWNERSHIP; a name in another schema takes the CREATE privilege there too."""
        denials.require(account, session, OWNERSHIP, ref)
        new = self._target(session, ref)
        if new in account.objects:
            raise errors.exists_already(new)
        if new.parents != ref.parents and not session.authority(account).may_create(new.type, new.parents[-1]):
            raise denials.denied(account, session, f"CREATE {new.type.value}", new.parents[-1])
        return done(renamed(account, ref, new), _followed(session, ref, new))

    def _target(self, session: Session, ref: ObjectRef) -> ObjectRef:
        return session.resolve(ref.type, self.parts, f"ALTER {ref.type.value}")


def parse_common(
    cursor: Cursor,
    object_type: ObjectType,
    readers: Mapping[str, Reader],
    defaults: Mapping[str, str] | None = None,
) -> Alter | None:
    """Read `[IF EXISTS] <name>` and a SET, UNSET or TAG action; None when another action follows.

    The cursor then stands where it stood.
    """
    start = cursor.position
    if_exists = cursor.accept("IF EXISTS")
    parts = cursor.name()
    action = read_common(cursor, object_type, readers, defaults or {})
    if action is None:
        cursor.position = start
        return None
    return Alter(object_type, parts, if_exists, action)


def read_common(
    cursor: Cursor, object_type: ObjectType, readers: Mapping[str, Reader], defaults: Mapping[str, str]
) -> Action | None:
    """Read a SET, UNSET or TAG action, or leave the cursor and return None."""
    what = object_type.value
    tag = read_tag_action(cursor)
    if tag is not None:
        return tag
    if cursor.peek() == "SET" and cursor.peek(1) in readers:
        cursor.accept("SET")
        return SetProperties(properties.read_properties(cursor, readers, what))
    if cursor.peek() == "UNSET" and cursor.peek(1) in readers:
        cursor.accept("UNSET")
        return UnsetProperties(properties.read_names(cursor, readers, what), defaults)
    return None


def read_tag_action(cursor: Cursor) -> Action | None:
    """Read `SET TAG …` or `UNSET TAG …` to the end, or return None."""
    if cursor.accept("SET TAG"):
        tags = [properties.read_tag(cursor)]
        while cursor.accept(","):
            tags.append(properties.read_tag(cursor))
        cursor.expect_end()
        return SetTags(tuple(tags))
    if cursor.accept("UNSET TAG"):
        names = [cursor.name()]
        while cursor.accept(","):
            names.append(cursor.name())
        cursor.expect_end()
        return UnsetTags(tuple(names))
    return None


def unknown_action(cursor: Cursor, what: str) -> errors.SnowflakeError:
    """An ALTER whose action is not implemented: refused by its own words, after `[IF EXISTS] <name>`."""
    cursor.accept("IF EXISTS")
    cursor.name()
    words: list[str] = []
    while not cursor.done and cursor.peek() and len(words) < 4 and cursor.peek()[0].isalpha():
        words.append(cursor.peek())
        cursor.position += 1
    return errors.not_implemented(f"ALTER {what} … {' '.join(words)}".strip())


def with_properties(item: SecurableObject, values: Mapping[str, str]) -> SecurableObject:
    """The object with properties set; COMMENT is a field of its own."""
    others = {k: v for k, v in values.items() if k != COMMENT}
    return replace(item, properties=frozen({**item.properties, **others}), comment=values.get(COMMENT, item.comment))


def check_pairs(count: int) -> None:
    """T11."""
    if count > MAX_PAIRS:
        raise errors.invalid(f"One statement sets {count} tags; at most {MAX_PAIRS} (tag, object) pairs are allowed.")


def require_modify(account: Account, session: Session, ref: ObjectRef) -> None:
    """MODIFY where it exists (MANAGE WAREHOUSES stands for it, P4), else OWNERSHIP (P22)."""
    if ref.type not in _MODIFIABLE:
        denials.require(account, session, OWNERSHIP, ref)
    elif not (ref.type is ObjectType.WAREHOUSE and manages_warehouses(account, session)):
        denials.require(account, session, "MODIFY", ref)


def manages_warehouses(account: Account, session: Session) -> bool:
    """MANAGE WAREHOUSES on the account: MODIFY, MONITOR and OPERATE on every warehouse (P4)."""
    return session.authority(account).holds_on_account("MANAGE WAREHOUSES")


def _followed(session: Session, old: ObjectRef, new: ObjectRef) -> Session:
    """The session keeps its role, warehouse and user under the new name."""
    if old.type is ObjectType.ROLE:
        named = session.secondary
        if isinstance(named, tuple):
            named = tuple(new.name[0] if r == old.name[0] else r for r in named)
        role = new.name[0] if session.role == old.name[0] else session.role
        return replace(session, role=role, secondary=named)
    if old.type is ObjectType.WAREHOUSE and session.warehouse == old.name[0]:
        return replace(session, warehouse=new.name[0])
    if old.type is ObjectType.USER and session.user == old.name[0]:
        return replace(session, user=new.name[0])
    return session
