"""CREATE, ALTER and DROP DATABASE ROLE (R39, R41, R43, R44)."""

from __future__ import annotations

from dataclasses import dataclass

from snowmesh.account.objects import ObjectRef, ObjectType, SecurableObject
from snowmesh.account.state import Account
from snowmesh.local import errors
from snowmesh.local.session import Outcome, Session
from snowmesh.local.statements import actions, creation
from snowmesh.local.statements.base import Alter, Statement
from snowmesh.local.statements.creation import Head
from snowmesh.local.statements.properties import Clauses, new_name, read_clauses, text
from snowmesh.local.tokens import Cursor

READERS = {"COMMENT": text}


@dataclass(frozen=True)
class CreateDatabaseRole(Statement):
    """`CREATE DATABASE ROLE`. The creating role owns it; it is born with USAGE on its database (R41)."""

    head: Head
    clauses: Clauses

    def run(self, account: Account, session: Session) -> Outcome:
        """OWNERSHIP of the database or CREATE DATABASE ROLE on it, by the primary role (R43)."""
        ref = self.head.ref(ObjectType.DATABASE_ROLE, session)
        item = SecurableObject(ref=ref, owner=session.role, comment=self.clauses.comment)
        return creation.create(account, session, self.head, item, self.clauses.tags)


@dataclass(frozen=True)
class RenameDatabaseRole(actions.Rename):
    """`RENAME TO <name>`, in the same database."""

    def _target(self, session: Session, ref: ObjectRef) -> ObjectRef:
        parts = self.parts if len(self.parts) > 1 else (ref.name[0], *self.parts)
        new = session.resolve(ref.type, parts, "ALTER DATABASE ROLE")
        if new.parents != ref.parents:
            raise errors.invalid(f"Database role '{ref.fqn}' cannot move to database '{new.parents[0].fqn}'.")
        return new


def parse_create(cursor: Cursor, or_replace: bool) -> Statement:
    """Read what follows `CREATE [OR REPLACE] DATABASE ROLE`."""
    head = creation.read_head(cursor, or_replace)
    return CreateDatabaseRole(head, read_clauses(cursor, READERS, "DATABASE ROLE"))


def parse_alter(cursor: Cursor) -> Statement:
    """Read what follows ALTER DATABASE ROLE."""
    found = actions.parse_common(cursor, ObjectType.DATABASE_ROLE, READERS)
    if found is not None:
        return found
    start = cursor.position
    if_exists = cursor.accept("IF EXISTS")
    parts = cursor.name()
    if not cursor.accept("RENAME TO"):
        cursor.position = start
        raise actions.unknown_action(cursor, ObjectType.DATABASE_ROLE.value)
    action = RenameDatabaseRole(new_name(cursor))
    cursor.expect_end()
    return Alter(ObjectType.DATABASE_ROLE, parts, if_exists, action)
