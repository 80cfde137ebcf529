"""UNDROP: what was dropped comes back with its grants, tags and policies (T18, T50, M55, table 3.6).

https://docs.snowflake.com/en/sql-reference/sql/undrop
"""

from __future__ import annotations

from dataclasses import dataclass

from snowmesh.account import dropping
from snowmesh.account.objects import ACCOUNT, RELATION_TYPES, ObjectRef, ObjectType
from snowmesh.account.privileges import OWNERSHIP
from snowmesh.account.state import Account, Dropped
from snowmesh.local import denials, errors
from snowmesh.local.errors import SnowflakeError
from snowmesh.local.session import Outcome, Session
from snowmesh.local.statements.base import Statement, done
from snowmesh.local.tokens import Cursor

# what Snowflake itself cannot restore, of the types that are known here
_NEVER = tuple(t for t in ObjectType if t not in (*dropping.RESTORABLE, ObjectType.ACCOUNT))


@dataclass(frozen=True)
class Undrop(Statement):
    """`UNDROP <type> <name>`: the version of that name that was dropped last."""

    object_type: ObjectType
    parts: tuple[str, ...]

    def run(self, account: Account, session: Session) -> Outcome:
        """OWNERSHIP of the dropped object, and CREATE where it was (active roles; the object keeps its owner)."""
        ref = session.resolve(self.object_type, self.parts, f"UNDROP {self.object_type.value}")
        _check_container(account, session, ref)
        record = dropping.last_dropped(account, ref)
        if record is None or not _knows(account, session, record):
            raise _never_dropped(ref)
        if not _owns(account, session, record):
            raise denials.denied(account, session, OWNERSHIP, ref)
        container = ref.parents[-1] if ref.parents else ACCOUNT
        if not session.authority(account).may_create(ref.type, container):
            raise denials.denied(account, session, f"CREATE {ref.type.value}", container)
        taken = account.relation(ref.name) if ref.type in RELATION_TYPES else account.objects.get(ref)
        if taken is not None:
            raise errors.exists_already(taken.ref)
        text = f"{ref.type.value.capitalize().replace(' ', '_')} {ref.name[-1]} successfully restored."
        return done(dropping.restore(account, record), session, text)


def parse(cursor: Cursor) -> Statement:
    """Read what follows UNDROP."""
    found = cursor.accept_one(*sorted((t.value for t in dropping.RESTORABLE), key=lambda name: -len(name)))
    if found:
        kinds = [word.kind for word in cursor.words[cursor.position : cursor.position + 3]]
        if cursor.peek() == "IDENTIFIER" and kinds == ["word", "symbol", "number"]:
            raise errors.not_implemented(f"UNDROP {found} by its identifier", "name the object")
        parts = cursor.name()
        cursor.expect_end()
        return Undrop(ObjectType(found), parts)
    never = cursor.accept_one(*sorted((t.value for t in _NEVER), key=lambda name: -len(name)))
    if never:
        feature = f"UNDROP not supported for objects of type {ObjectType(never).shown}"
        raise SnowflakeError(2, "0A000", f"Unsupported feature '{feature}'.")
    words = [cursor.peek(i) for i in range(4)]
    raise errors.not_implemented(" ".join(["UNDROP", *(w for w in words if w and w[0].isalpha())]))


def _check_container(account: Account, session: Session, ref: ObjectRef) -> None:
    for parent in ref.parents:
        if not session.authority(account).sees(parent):
            raise errors.not_found(parent)


def _owns(account: Account, session: Session, record: Dropped) -> bool:
    return record.piece.objects[record.ref].owner in session.authority(account).roles


def _knows(account: Account, session: Session, record: Dropped) -> bool:
    """Whether a role of the session could see the object while it was there."""
    authority = session.authority(account)
    held = any(g.on == record.ref and g.role in authority.roles for g in record.piece.grants)
    return held or _owns(account, session, record) or authority.manages_grants(record.ref)


def _never_dropped(ref: ObjectRef) -> SnowflakeError:
    kind = ref.type.value.capitalize().replace(" ", "_")
    return SnowflakeError(90025, "02000", f"{kind} {ref.name[-1]} did not exist or was purged.")
