"""ALTER {TABLE | VIEW | DYNAMIC TABLE} for tags and policies (T12-T14, M14-M18, A3).

Every other form of ALTER TABLE and ALTER VIEW belongs to others: the parser answers None.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from snowmesh.account.objects import ObjectRef, ObjectType
from snowmesh.account.state import Account, TagTarget
from snowmesh.local import attachments, errors
from snowmesh.local.session import Outcome, Session
from snowmesh.local.statements import actions, aggregation, projection, row_access
from snowmesh.local.statements.base import Action, Alter, Statement, done
from snowmesh.local.statements.properties import TagClause, read_tag
from snowmesh.local.tokens import Cursor

_OTHER_POLICIES = (
    "JOIN POLICY",
    "PRIVACY POLICY",
    "STORAGE LIFECYCLE POLICY",
)
_REFUSED_ON_TABLE = (
    *(f"{verb} {policy}" for policy in _OTHER_POLICIES for verb in ("SET", "UNSET", "ADD", "DROP")),
    *(f"{verb} ROW ACCESS POLICY" for verb in ("SET", "UNSET")),
    "ADD VALUE",
    "DROP VALUE",
    "SET CONTACT",
    "UNSET CONTACT",
)
_VERBS = ("SET TAG", "UNSET TAG", "SET MASKING POLICY", "UNSET MASKING POLICY", projection.SET, projection.UNSET)


@dataclass(frozen=True)
class SetColumnTags(Action):
    """`c1 SET TAG a='x' [, b='y'], [COLUMN] c2 SET TAG …` (T13)."""

    columns: tuple[tuple[str, tuple[TagClause, ...]], ...]

    def apply(self, account: Account, session: Session, ref: ObjectRef) -> Outcome:
        """All columns or none."""
        actions.check_pairs(len({(column, parts) for column, tags in self.columns for parts, _ in tags}))
        for column, tags in self.columns:
            for parts, value in tags:
                account = attachments.set_tag(account, session, TagTarget(ref, column), parts, value)
        return done(account, session)


@dataclass(frozen=True)
class UnsetColumnTags(Action):
    """`c1 UNSET TAG a [, b], [COLUMN] c2 UNSET TAG …`."""

    columns: tuple[tuple[str, tuple[tuple[str, ...], ...]], ...]

    def apply(self, account: Account, session: Session, ref: ObjectRef) -> Outcome:
        """All columns or none."""
        for column, tags in self.columns:
            for parts in tags:
                account = attachments.unset_tag(account, session, TagTarget(ref, column), parts)
        return done(account, session)


@dataclass(frozen=True)
class MaskClause:
    """`c SET MASKING POLICY p [USING (c, …)] [FORCE]`."""

    column: str
    policy: tuple[str, ...]
    using: tuple[str, ...] = ()
    force: bool = False


@dataclass(frozen=True)
class SetMasks(Action):
    """Masking policies on one or more columns (M15)."""

    columns: tuple[MaskClause, ...]

    def apply(self, account: Account, session: Session, ref: ObjectRef) -> Outcome:
        """All columns or none."""
        for clause in self.columns:
            account = attachments.set_mask(
                account, session, ref, clause.column, clause.policy, using=clause.using, force=clause.force
            )
        return done(account, session)


@dataclass(frozen=True)
class UnsetMasks(Action):
    """`c UNSET MASKING POLICY [, …]`."""

    columns: tuple[str, ...]

    def apply(self, account: Account, session: Session, ref: ObjectRef) -> Outcome:
        """All columns or none."""
        for column in self.columns:
            account = attachments.unset_mask(account, session, ref, column)
        return done(account, session)


def parse_alter(cursor: Cursor, object_type: ObjectType) -> Statement | None:
    """Read what follows `ALTER {TABLE | VIEW | DYNAMIC TABLE}`, or return None when the form is not ours."""
    if_exists = cursor.accept("IF EXISTS")
    parts = cursor.name()
    for phrase in _REFUSED_ON_TABLE:
        if cursor.accept(phrase):
            raise errors.not_implemented(f"ALTER {object_type.value} … {phrase}")
    action = actions.read_tag_action(cursor) or row_access.read(cursor) or aggregation.read(cursor)
    if action is None and cursor.accept_one("ALTER", "MODIFY"):
        action = _read_columns(cursor)
    return Alter(object_type, parts, if_exists, action) if action else None


def _read_columns(cursor: Cursor) -> Action | None:
    """Read the columns of one statement. The verb of the first one is the verb of all."""
    parenthesised = cursor.accept("(")
    cursor.accept("COLUMN")
    if cursor.done or cursor.words[cursor.position].kind == "symbol":
        return None
    column = cursor.identifier()
    for policy in ("ROW ACCESS POLICY", "AGGREGATION POLICY", *_OTHER_POLICIES):
        if cursor.accept(f"SET {policy}") or cursor.accept(f"UNSET {policy}"):
            raise errors.not_implemented(f"{policy} on a column")
    verb = cursor.accept_one(*_VERBS)
    if not verb:
        _refuse_mixture(cursor)
        return None
    action = _READERS[verb](cursor, column)
    if parenthesised:
        cursor.expect(")")
    cursor.expect_end()
    return action


def _refuse_mixture(cursor: Cursor) -> None:
    """A statement that starts with another column change may not go on with governance: it would be lost."""
    words = [cursor.peek(i) for i in range(len(cursor.words) - cursor.position)]
    governed = any(a in ("SET", "UNSET") and b in ("TAG", "MASKING", "PROJECTION") for a, b in pairwise(words))
    if governed:
        raise errors.not_implemented("tags or policies and other column changes in one ALTER", "use two")


def _next_column(cursor: Cursor, verb: str) -> str:
    """Read `, [COLUMN] <name> <verb>` if it comes next and return the name; else leave the cursor and return ''.

    After a comma may stand another tag as well as another column (T14): the verb decides.
    """
    start = cursor.position
    if not cursor.accept(","):
        return ""
    named = cursor.accept("COLUMN") or cursor.accept("ALTER COLUMN") or cursor.accept("MODIFY COLUMN")
    if not cursor.done and cursor.words[cursor.position].kind in ("word", "quoted"):
        column = cursor.identifier()
        if cursor.accept(verb):
            return column
        if named:
            raise cursor.unexpected(f"{verb}, as for the first column")
    elif named:
        raise cursor.unexpected("a column name")
    cursor.position = start
    return ""


def _read_tags(cursor: Cursor, column: str) -> Action:
    found: list[tuple[str, tuple[TagClause, ...]]] = []
    while column:
        tags = [read_tag(cursor)]
        while not (following := _next_column(cursor, "SET TAG")) and cursor.accept(","):
            tags.append(read_tag(cursor))
        found.append((column, tuple(tags)))
        column = following
    return SetColumnTags(tuple(found))


def _read_unset_tags(cursor: Cursor, column: str) -> Action:
    found: list[tuple[str, tuple[tuple[str, ...], ...]]] = []
    while column:
        tags = [cursor.name()]
        while not (following := _next_column(cursor, "UNSET TAG")) and cursor.accept(","):
            tags.append(cursor.name())
        found.append((column, tuple(tags)))
        column = following
    return UnsetColumnTags(tuple(found))


def _read_masks(cursor: Cursor, column: str) -> Action:
    found = []
    while column:
        policy = cursor.name()
        using: list[str] = []
        if cursor.accept("USING"):
            cursor.expect("(")
            using.append(cursor.identifier())
            while cursor.accept(","):
                using.append(cursor.identifier())
            cursor.expect(")")
        found.append(MaskClause(column, policy, tuple(using), cursor.accept("FORCE")))
        column = _next_column(cursor, "SET MASKING POLICY")
    return SetMasks(tuple(found))


def _read_unset_masks(cursor: Cursor, column: str) -> Action:
    found = []
    while column:
        found.append(column)
        column = _next_column(cursor, "UNSET MASKING POLICY")
    return UnsetMasks(tuple(found))


def _read_projections(cursor: Cursor, column: str) -> Action:
    found = []
    while column:
        found.append(projection.Clause(column, cursor.name(), cursor.accept("FORCE")))
        column = _next_column(cursor, projection.SET)
    return projection.SetProjections(tuple(found))


def _read_unset_projections(cursor: Cursor, column: str) -> Action:
    found = []
    while column:
        found.append(column)
        column = _next_column(cursor, projection.UNSET)
    return projection.UnsetProjections(tuple(found))


_READERS: dict[str, Callable[[Cursor, str], Action]] = {
    "SET TAG": _read_tags,
    "UNSET TAG": _read_unset_tags,
    "SET MASKING POLICY": _read_masks,
    "UNSET MASKING POLICY": _read_unset_masks,
    projection.SET: _read_projections,
    projection.UNSET: _read_unset_projections,
}
