"""CREATE DATABASE … CLONE and CREATE SCHEMA … CLONE (P48, T49, M52).

https://docs.snowflake.com/en/sql-reference/sql/create-clone
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from snowmesh.account import cloning
from snowmesh.account.objects import (
    POLICY_TYPES,
    RELATION_TYPES,
    Database,
    ObjectRef,
    ObjectType,
    Schema,
    SecurableObject,
)
from snowmesh.account.privileges import MANAGE_GRANTS, OWNERSHIP
from snowmesh.account.state import Account, frozen
from snowmesh.local import denials, errors, storage
from snowmesh.local.session import Copy, Outcome, Session
from snowmesh.local.statements import creation
from snowmesh.local.statements.base import Statement
from snowmesh.local.statements.creation import Head
from snowmesh.local.statements.properties import Clauses
from snowmesh.local.tokens import Cursor

_ALWAYS = (*POLICY_TYPES, ObjectType.TAG, ObjectType.DATABASE_ROLE)  # what protects, and who may
_REFUSED = ("AT", "BEFORE", "IGNORE TABLES WITH INSUFFICIENT DATA RETENTION", "IGNORE HYBRID TABLES", "INCLUDE")


@dataclass(frozen=True)
class CloneContainer(Statement):
    """`CREATE {DATABASE | SCHEMA} <name> CLONE <source>`; the session moves into the clone (I14)."""

    object_type: ObjectType
    head: Head
    source: tuple[str, ...]
    managed_access: bool
    clauses: Clauses

    def run(self, account: Account, session: Session) -> Outcome:
        """CREATE by the primary role, and USAGE of the source; managed access takes more."""
        ref = self.head.ref(self.object_type, session)
        source = denials.find(account, session, session.resolve(self.object_type, self.source, "CREATE"))
        self._authorize(account, session, source)
        if source.ref == ref:
            raise errors.not_implemented(f"{self.object_type.value} {ref.fqn} as the clone of itself", "name another")
        outcome = creation.create(account, session, self.head, self._item(source, ref, session), self.clauses.tags)
        if outcome.account is account:
            return outcome
        authority = session.authority(account)

        def includes(item: SecurableObject) -> bool:
            """Only what the role may read is cloned, and all that protects it."""
            if item.ref.type in _ALWAYS:
                return all(authority.has_any(p) for p in item.ref.parents)
            if item.ref.type in RELATION_TYPES:
                return authority.may_use(item.ref, "SELECT")
            return authority.has_any(item.ref)

        choice = cloning.Choice(includes, storage.place_for)
        found = cloning.filled(outcome.account, account, source.ref, ref, choice)
        schema = ref.name[1] if self.object_type is ObjectType.SCHEMA else "PUBLIC"
        return replace(
            outcome,
            account=found.account,
            session=replace(session, database=ref.name[0], schema=schema),
            copies=tuple(Copy(old, new) for old, new in found.rows),
        )

    def _authorize(self, account: Account, session: Session, source: SecurableObject) -> None:
        database = account.objects[source.ref.parents[0] if source.ref.parents else source.ref]
        if isinstance(database, Database) and database.shared:
            raise errors.invalid("Cannot clone from a database that was imported from a share.")
        if not self.managed_access:
            denials.require(account, session, "USAGE", source.ref)
        elif isinstance(source, Schema) and source.managed_access:
            denials.require(account, session, OWNERSHIP, source.ref)
        else:
            denials.require_global(account, session, MANAGE_GRANTS)
            denials.require(account, session, "USAGE", source.ref)

    def _item(self, source: SecurableObject, ref: ObjectRef, session: Session) -> SecurableObject:
        """The clone: with the settings and the comment of its source, and with what the statement says."""
        settings = frozen({**source.properties, **self.clauses.others})
        comment = self.clauses.comment or source.comment
        if isinstance(source, Database):
            transient = self.head.transient or source.transient
            return Database(ref=ref, owner=session.role, comment=comment, properties=settings, transient=transient)
        return Schema(
            ref=ref,
            owner=session.role,
            comment=comment,
            properties=settings,
            transient=self.head.transient or (isinstance(source, Schema) and source.transient),
            managed_access=self.managed_access,
        )


def read_source(cursor: Cursor, what: str) -> tuple[str, ...]:
    """Read `<source>` after CLONE. The source's past cannot be cloned."""
    name = cursor.name()
    refused = cursor.accept_one(*_REFUSED)
    if refused:
        raise errors.not_implemented(f"{what} … CLONE … {refused}", "a clone is made of the source as it is now")
    return name
