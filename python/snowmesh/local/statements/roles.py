"""CREATE, ALTER and DROP ROLE (R10, R11)."""

from __future__ import annotations

from dataclasses import dataclass

from snowmesh.account.objects import ObjectType, SecurableObject
from snowmesh.account.state import Account
from snowmesh.local.session import Outcome, Session
from snowmesh.local.statements import actions, creation
from snowmesh.local.statements.base import Alter, Statement
from snowmesh.local.statements.creation import Head
from snowmesh.local.statements.properties import Clauses, new_name, read_clauses, text
from snowmesh.local.tokens import Cursor

READERS = {"COMMENT": text}


@dataclass(frozen=True)
class CreateRole(Statement):
    """`CREATE ROLE`. The creating role owns it and does not hold it (R11)."""

    head: Head
    clauses: Clauses

    def run(self, account: Account, session: Session) -> Outcome:
        """CREATE ROLE on the account, by the primary role."""
        ref = self.head.ref(ObjectType.ROLE, session)
        item = SecurableObject(ref=ref, owner=session.role, comment=self.clauses.comment)
        return creation.create(account, session, self.head, item, self.clauses.tags)


def parse_create(cursor: Cursor, or_replace: bool) -> Statement:
    """Read what follows `CREATE [OR REPLACE] ROLE`."""
    head = creation.read_head(cursor, or_replace)
    return CreateRole(head, read_clauses(cursor, READERS, "ROLE"))


def parse_alter(cursor: Cursor) -> Statement:
    """Read what follows ALTER ROLE."""
    found = actions.parse_common(cursor, ObjectType.ROLE, READERS)
    if found is not None:
        return found
    return parse_rename(cursor, ObjectType.ROLE)


def parse_rename(cursor: Cursor, object_type: ObjectType) -> Statement:
    """Read `[IF EXISTS] <name> RENAME TO <name>`; anything else is refused."""
    start = cursor.position
    if_exists = cursor.accept("IF EXISTS")
    parts = cursor.name()
    if not cursor.accept("RENAME TO"):
        cursor.position = start
        raise actions.unknown_action(cursor, object_type.value)
    action = actions.Rename(new_name(cursor))
    cursor.expect_end()
    return Alter(object_type, parts, if_exists, action)
