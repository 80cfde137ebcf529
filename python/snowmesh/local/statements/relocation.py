"""ALTER DATABASE and ALTER SCHEMA … RENAME TO and SWAP WITH (P22, P47, table 3.6).

No row moves: grants, tags and policies go with the objects. Text does not: a view that names the old name in full finds
nothing there any more.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from snowmesh.account import renaming
from snowmesh.account.objects import ACCOUNT, Database, ObjectRef, ObjectType
from snowmesh.account.privileges import OWNERSHIP
from snowmesh.account.state import Account
from snowmesh.local import denials, errors, moving
from snowmesh.local.session import Outcome, Session
from snowmesh.local.statements.base import Action, Alter, done
from snowmesh.local.statements.properties import new_name
from snowmesh.local.tokens import Cursor


@dataclass(frozen=True)
class RenameContainer(Action):
    """`RENAME TO <name>`; a schema may move to another database."""

    parts: tuple[str, ...]

    def apply(self, account: Account, session: Session, ref: ObjectRef) -> Outcome:
        """OWNERSHIP, and CREATE DATABASE or CREATE SCHEMA where the new name is."""
        denials.require(account, session, OWNERSHIP, ref)
        _refuse_shared(account, ref)
        new = session.resolve(ref.type, self.parts, f"ALTER {ref.type.value}")
        container = new.parents[-1] if new.parents else ACCOUNT
        if container is not ACCOUNT:
            denials.find(account, session, container)
            _refuse_shared(account, container)
        if not session.primary_authority(account).may_create(ref.type, container):
            raise denials.denied(account, session, f"CREATE {ref.type.value}", container, primary_only=True)
        if new in account.objects or new.name[1:] == ("INFORMATION_SCHEMA",):
            raise errors.exists_already(new)
        moving.check(account, ref, new, account.objects[ref].owner)
        after = moving.settled(renaming.renamed(account, ref, new))
        return done(after, _followed(session, ref, new))


@dataclass(frozen=True)
class SwapContainers(Action):
    """`SWAP WITH <name>`: the names are exchanged, everything else stays with each."""

    parts: tuple[str, ...]

    def apply(self, account: Account, session: Session, ref: ObjectRef) -> Outcome:
        """OWNERSHIP of both."""
        denials.require(account, session, OWNERSHIP, ref)
        other = session.resolve(ref.type, self.parts, f"ALTER {ref.type.value}")
        denials.find(account, session, other)
        denials.require(account, session, OWNERSHIP, other)
        for one, name in ((ref, other), (other, ref)):
            _refuse_shared(account, one)
            moving.check(account, one, name, account.objects[one].owner)
        return done(moving.settled(renaming.swapped(account, ref, other)), session)


def parse(cursor: Cursor, object_type: ObjectType) -> Alter | None:
    """Read `[IF EXISTS] <name> {RENAME TO | SWAP WITH} <name>`; None when another action follows."""
    start = cursor.position
    if_exists = cursor.accept("IF EXISTS")
    parts = cursor.name()
    verb = cursor.accept_one("RENAME TO", "SWAP WITH")
    if not verb:
        cursor.position = start
        return None
    action = RenameContainer(new_name(cursor)) if verb == "RENAME TO" else SwapContainers(cursor.name())
    cursor.expect_end()
    return Alter(object_type, parts, if_exists, action)


def _refuse_shared(account: Account, ref: ObjectRef) -> None:
    database = account.objects.get(ref.parents[0] if ref.parents else ref)
    if isinstance(database, Database) and database.shared:
        raise errors.invalid(f"Database '{database.ref.fqn}' is shared: neither it nor what is in it has another name.")


def _followed(session: Session, old: ObjectRef, new: ObjectRef) -> Session:
    """The session stays where it is, under the new name."""
    if old.type is ObjectType.DATABASE and session.database == old.name[0]:
        return replace(session, database=new.name[0])
    if old.type is ObjectType.SCHEMA and (session.database, session.schema) == old.name:
        return replace(session, database=new.name[0], schema=new.name[1])
    return session
