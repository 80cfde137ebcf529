"""CREATE, ALTER and DROP of DATABASE and SCHEMA. The account changes here; the engine follows it (I14, R46, R50)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from snowmesh.account.objects import Database, ObjectRef, ObjectType, Schema
from snowmesh.account.privileges import OWNERSHIP
from snowmesh.account.state import Account, frozen
from snowmesh.local import denials, errors
from snowmesh.local.session import Outcome, Session
from snowmesh.local.statements import actions, cloning, creation, relocation
from snowmesh.local.statements.base import Action, Alter, Statement, done
from snowmesh.local.statements.cloning import CloneContainer
from snowmesh.local.statements.creation import Drop, Head
from snowmesh.local.statements.properties import Clauses, Reader, number, read_clauses, refused, text
from snowmesh.local.tokens import Cursor

READERS: dict[str, Reader] = {
    "COMMENT": text,
    "DATA_RETENTION_TIME_IN_DAYS": number,
    "MAX_DATA_EXTENSION_TIME_IN_DAYS": number,
    "DEFAULT_DDL_COLLATION": refused("DEFAULT_DDL_COLLATION"),
    "CATALOG": refused("CATALOG"),
    "EXTERNAL_VOLUME": refused("EXTERNAL_VOLUME"),
}


@dataclass(frozen=True)
class CreateDatabase(Statement):
    """`CREATE DATABASE`; the session moves into its schema PUBLIC (I14)."""

    head: Head
    clauses: Clauses

    def run(self, account: Account, session: Session) -> Outcome:
        """CREATE DATABASE on the account, by the primary role."""
        ref = self.head.ref(ObjectType.DATABASE, session)
        item = Database(
            ref=ref,
            owner=session.role,
            comment=self.clauses.comment,
            properties=frozen(self.clauses.others),
            transient=self.head.transient,
        )
        outcome = creation.create(account, session, self.head, item, self.clauses.tags)
        if outcome.account is account:
            return outcome
        return replace(outcome, session=replace(session, database=ref.name[0], schema="PUBLIC"))


@dataclass(frozen=True)
class CreateSchema(Statement):
    """`CREATE SCHEMA [WITH MANAGED ACCESS]`; the session moves into it (I14, R50)."""

    head: Head
    managed_access: bool
    clauses: Clauses

    def run(self, account: Account, session: Session) -> Outcome:
        """CREATE SCHEMA on the database, by the primary role."""
        ref = self.head.ref(ObjectType.SCHEMA, session)
        if ref.name[1] == "INFORMATION_SCHEMA":
            raise errors.exists_already(ref)
        parent = account.objects.get(ref.parents[0])
        if isinstance(parent, Database) and parent.shared:
            raise errors.invalid(f"Database '{parent.ref.fqn}' is shared: nothing can be created in it.")
        item = Schema(
            ref=ref,
            owner=session.role,
            comment=self.clauses.comment,
            properties=frozen(self.clauses.others),
            transient=self.head.transient,
            managed_access=self.managed_access,
        )
        outcome = creation.create(account, session, self.head, item, self.clauses.tags)
        if outcome.account is account:
            return outcome
        return replace(outcome, session=replace(session, database=ref.name[0], schema=ref.name[1]))


@dataclass(frozen=True)
class SetManagedAccess(Action):
    """`{ENABLE | DISABLE} MANAGED ACCESS` (R50)."""

    enabled: bool

    def apply(self, account: Account, session: Session, ref: ObjectRef) -> Outcome:
        """OWNERSHIP of the schema."""
        denials.require(account, session, OWNERSHIP, ref)
        item = account.objects[ref]
        if not isinstance(item, Schema):
            raise errors.not_found(ref)
        return done(account.with_object(replace(item, managed_access=self.enabled)), session)


def parse_create_database(cursor: Cursor, or_replace: bool, transient: bool = False) -> Statement:
    """Read what follows `CREATE [OR REPLACE] [TRANSIENT] DATABASE`."""
    head = creation.read_head(cursor, or_replace, transient)
    source = _source(cursor, "CREATE DATABASE")
    clauses = read_clauses(cursor, READERS, "DATABASE")
    if source:
        return CloneContainer(ObjectType.DATABASE, head, source, False, clauses)
    return CreateDatabase(head, clauses)


def parse_create_schema(cursor: Cursor, or_replace: bool, transient: bool = False) -> Statement:
    """Read what follows `CREATE [OR REPLACE] [TRANSIENT] SCHEMA`."""
    head = creation.read_head(cursor, or_replace, transient)
    source = _source(cursor, "CREATE SCHEMA")
    managed = cursor.accept("WITH MANAGED ACCESS")
    clauses = read_clauses(cursor, READERS, "SCHEMA")
    if source:
        return CloneContainer(ObjectType.SCHEMA, head, source, managed, clauses)
    return CreateSchema(head, managed, clauses)


def parse_alter_database(cursor: Cursor) -> Statement:
    """Read what follows ALTER DATABASE."""
    found = actions.parse_common(cursor, ObjectType.DATABASE, READERS) or relocation.parse(cursor, ObjectType.DATABASE)
    if found is None:
        raise actions.unknown_action(cursor, "DATABASE")
    return found


def parse_alter_schema(cursor: Cursor) -> Statement:
    """Read what follows ALTER SCHEMA."""
    found = actions.parse_common(cursor, ObjectType.SCHEMA, READERS) or relocation.parse(cursor, ObjectType.SCHEMA)
    if found is not None:
        return found
    start = cursor.position
    if_exists = cursor.accept("IF EXISTS")
    parts = cursor.name()
    enabled = cursor.accept_one("ENABLE MANAGED ACCESS", "DISABLE MANAGED ACCESS")
    if not enabled:
        cursor.position = start
        raise actions.unknown_action(cursor, "SCHEMA")
    cursor.expect_end()
    return Alter(ObjectType.SCHEMA, parts, if_exists, SetManagedAccess(enabled.startswith("ENABLE")))


def parse_drop(cursor: Cursor, object_type: ObjectType) -> Statement:
    """Read `[IF EXISTS] <name> [CASCADE]`. RESTRICT looks at foreign keys, which are not kept."""
    if_exists = cursor.accept("IF EXISTS")
    parts = cursor.name()
    if cursor.accept("RESTRICT"):
        raise errors.not_implemented(f"DROP {object_type.value} RESTRICT", "leave the word out")
    cursor.accept("CASCADE")
    cursor.expect_end()
    return Drop(object_type, parts, if_exists)


def _source(cursor: Cursor, what: str) -> tuple[str, ...]:
    """What the container is a clone of, if of anything; shares, replicas and backups are refused."""
    for word in ("FROM", "AS REPLICA"):
        if cursor.accept(word):
            raise errors.not_implemented(f"{what} … {word}")
    return cloning.read_source(cursor, what) if cursor.accept("CLONE") else ()
