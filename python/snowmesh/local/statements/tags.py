"""CREATE, ALTER and DROP TAG; masking policies on tags (T2-T8, T18-T23, T51a-T51d, M32)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from snowmesh.account.data_types import family
from snowmesh.account.objects import MaskingPolicy, ObjectRef, ObjectType, Tag
from snowmesh.account.privileges import OWNERSHIP
from snowmesh.account.state import Account
from snowmesh.local import attachments, denials, errors, policy_checks
from snowmesh.local.session import Outcome, Session
from snowmesh.local.statements import actions, creation
from snowmesh.local.statements.base import Action, Alter, Statement, done
from snowmesh.local.statements.creation import Head
from snowmesh.local.statements.properties import (
    COMMENT,
    Clauses,
    Reader,
    new_name,
    read_clauses,
    refused,
    text,
)
from snowmesh.local.tokens import Cursor

MAX_ALLOWED_VALUES = 5000  # T3
ALLOWED_VALUES = "ALLOWED_VALUES"


def _misplaced(cursor: Cursor) -> str:
    raise errors.syntax_error("ALLOWED_VALUES must be the first property, once, and takes no '='")


READERS: dict[str, Reader] = {
    "COMMENT": text,
    "MULTI_VALUE": refused("MULTI_VALUE tags"),
    "PROPAGATE": refused("tag propagation (PROPAGATE)"),
    "ON_CONFLICT": refused("tag propagation (ON_CONFLICT)"),
}


@dataclass(frozen=True)
class CreateTag(Statement):
    """`CREATE TAG … [ALLOWED_VALUES 'a' [, 'b' …]]`."""

    head: Head
    allowed_values: tuple[str, ...] | None
    clauses: Clauses

    def run(self, account: Account, session: Session) -> Outcome:
        """CREATE TAG on the schema, by the primary role."""
        ref = self.head.ref(ObjectType.TAG, session)
        tag = Tag(ref=ref, owner=session.role, comment=self.clauses.comment, allowed_values=self.allowed_values)
        return creation.create(account, session, self.head, tag)


@dataclass(frozen=True)
class ChangeTag(Action):
    """A change of allowed values or comment; assignments that exist stay as they are (T5)."""

    change: Callable[[Tag], Tag]

    def apply(self, account: Account, session: Session, ref: ObjectRef) -> Outcome:
        """OWNERSHIP of the tag (T20)."""
        denials.require(account, session, OWNERSHIP, ref)
        tag = _tag(account, ref)
        changed = self.change(tag)
        _check_count(changed.allowed_values or ())
        return done(account.with_object(changed), session)


@dataclass(frozen=True)
class SetPolicies(Action):
    """`SET MASKING POLICY p1 [, MASKING POLICY p2 …] [FORCE]`: one per data type (M32)."""

    policies: tuple[tuple[str, ...], ...]
    force: bool = False

    def apply(self, account: Account, session: Session, ref: ObjectRef) -> Outcome:
        """APPLY MASKING POLICY on the account; owning the tag is not enough (T23)."""
        denials.require_global(account, session, attachments.APPLY_MASK)
        tag = _tag(account, ref)
        for parts in self.policies:
            policy = attachments.visible_policy(account, session, parts)
            policy_checks.check_sources(account, policy, None)
            tag = replace(tag, masking_policies=_with_policy(account, tag, policy, self.force))
        return done(account.with_object(tag), session)


@dataclass(frozen=True)
class UnsetPolicies(Action):
    """`UNSET MASKING POLICY p1 [, MASKING POLICY p2 …]`."""

    policies: tuple[tuple[str, ...], ...]

    def apply(self, account: Account, session: Session, ref: ObjectRef) -> Outcome:
        """APPLY MASKING POLICY on the account (T23)."""
        denials.require_global(account, session, attachments.APPLY_MASK)
        tag = _tag(account, ref)
        gone = {attachments.visible_policy(account, session, parts).ref for parts in self.policies}
        kept = tuple(p for p in tag.masking_policies if p not in gone)
        return done(account.with_object(replace(tag, masking_policies=kept)), session)


def parse_create(cursor: Cursor, or_replace: bool) -> Statement:
    """Read what follows `CREATE [OR REPLACE] TAG`. ALLOWED_VALUES comes first and has no equals sign (T3)."""
    head = creation.read_head(cursor, or_replace)
    values = _read_values(cursor) if cursor.accept(ALLOWED_VALUES) else None
    _check_count(values or ())
    if cursor.peek(1) == "COMMENT":
        cursor.accept("WITH")  # not on the page; dbt-tags sends it, and Snowflake takes it
    readers = {**READERS, ALLOWED_VALUES: _misplaced}
    if ALLOWED_VALUES in (cursor.peek(), cursor.peek(3)):
        _misplaced(cursor)
    return CreateTag(head, values, Clauses(read_clauses(cursor, readers, "TAG").properties))


def parse_alter(cursor: Cursor) -> Statement:
    """Read what follows ALTER TAG (T4)."""
    start = cursor.position
    if_exists = cursor.accept("IF EXISTS")
    parts = cursor.name()
    action = _read_action(cursor)
    if action is None:
        cursor.position = start
        raise actions.unknown_action(cursor, "TAG")
    cursor.expect_end()
    return Alter(ObjectType.TAG, parts, if_exists, action)


def _read_action(cursor: Cursor) -> Action | None:
    if cursor.accept("RENAME TO"):
        return actions.Rename(new_name(cursor))
    if cursor.accept(f"ADD {ALLOWED_VALUES}"):
        return ChangeTag(_Added(_read_values(cursor)))
    if cursor.accept(f"DROP {ALLOWED_VALUES}"):
        return ChangeTag(_Dropped(_read_values(cursor)))
    if cursor.accept("SET MASKING POLICY"):
        return SetPolicies(_read_policies(cursor), cursor.accept("FORCE"))
    if cursor.accept("UNSET MASKING POLICY"):
        return UnsetPolicies(_read_policies(cursor))
    if cursor.accept(f"UNSET {ALLOWED_VALUES}"):
        return ChangeTag(_Replaced(None, None, values_given=True))
    if cursor.accept("UNSET COMMENT"):
        return ChangeTag(_Replaced(None, "", values_given=False))
    return _read_set(cursor)


def _read_set(cursor: Cursor) -> Action | None:
    if cursor.peek() != "SET" or cursor.peek(1) not in (ALLOWED_VALUES, *READERS):
        return None
    cursor.accept("SET")
    given = cursor.accept(ALLOWED_VALUES)
    values = _read_values(cursor) if given else None
    clauses = read_clauses(cursor, {**READERS, ALLOWED_VALUES: _misplaced}, "TAG")
    return ChangeTag(_Replaced(values, clauses.properties.get(COMMENT), given))


# -- changes of a tag, as data -----------------------------------------------------------------------------


@dataclass(frozen=True)
class _Added:
    values: tuple[str, ...]

    def __call__(self, tag: Tag) -> Tag:
        """What is there already is not added again (T51c)."""
        return replace(tag, allowed_values=_distinct((*(tag.allowed_values or ()), *self.values)))


@dataclass(frozen=True)
class _Dropped:
    values: tuple[str, ...]

    def __call__(self, tag: Tag) -> Tag:
        """Dropping the last value leaves a tag that nobody can set (T4)."""
        if tag.allowed_values is None:
            return tag
        return replace(tag, allowed_values=tuple(v for v in tag.allowed_values if v not in self.values))


@dataclass(frozen=True)
class _Replaced:
    values: tuple[str, ...] | None
    comment: str | None
    values_given: bool

    def __call__(self, tag: Tag) -> Tag:
        """The new list and its order replace the old one (T4)."""
        values = self.values if self.values_given else tag.allowed_values
        return replace(tag, allowed_values=values, comment=tag.comment if self.comment is None else self.comment)


# -- helpers -----------------------------------------------------------------------------------------------


def _with_policy(account: Account, tag: Tag, policy: MaskingPolicy, force: bool) -> tuple[ObjectRef, ...]:
    kind = family(policy.signature[0][1])
    kept = []
    for ref in tag.masking_policies:
        other = account.masking_policy(ref)
        if ref == policy.ref or other is None or family(other.signature[0][1]) != kind:
            kept.append(ref)
        elif not force:
            raise errors.invalid(
                f"Tag '{tag.ref.fqn}' already has masking policy '{ref.fqn}' for data type {kind}; a tag has at most "
                "one policy per data type. Use FORCE to replace it."
            )
    return tuple(kept) if policy.ref in kept else (*kept, policy.ref)


def _tag(account: Account, ref: ObjectRef) -> Tag:
    found = account.tag(ref)
    if found is None:
        raise errors.not_found(ref)
    return found


def _read_values(cursor: Cursor) -> tuple[str, ...]:
    if cursor.peek() in ("=", "("):
        raise errors.syntax_error("ALLOWED_VALUES takes neither '=' nor parentheses")
    values = [cursor.string()]
    while cursor.accept(","):
        values.append(cursor.string())
    return _distinct(tuple(values))


def _read_policies(cursor: Cursor) -> tuple[tuple[str, ...], ...]:
    names = [cursor.name()]
    while cursor.accept(","):
        cursor.expect("MASKING POLICY")
        names.append(cursor.name())
    return tuple(names)


def _check_count(values: tuple[str, ...]) -> None:
    if len(values) > MAX_ALLOWED_VALUES:
        raise errors.invalid(f"{len(values)} allowed values; {MAX_ALLOWED_VALUES} are allowed.")
    for value in values:
        if len(value) > attachments.MAX_VALUE_LENGTH:
            raise errors.invalid(
                f"Allowed value '{value[:20]}…' has {len(value)} characters; "
                f"{attachments.MAX_VALUE_LENGTH} are allowed."
            )


def _distinct(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))
