"""ALTER {TABLE | VIEW | DYNAMIC TABLE} … ADD and DROP ROW ACCESS POLICY (A3)."""

from __future__ import annotations

from dataclasses import dataclass

from snowmesh.account.objects import ObjectRef
from snowmesh.account.state import Account
from snowmesh.local import row_attachments
from snowmesh.local.session import Outcome, Session
from snowmesh.local.statements.base import Action, done
from snowmesh.local.tokens import Cursor


@dataclass(frozen=True)
class AddClause:
    """`ADD ROW ACCESS POLICY p ON (c [, …])`."""

    policy: tuple[str, ...]
    columns: tuple[str, ...]


@dataclass(frozen=True)
class ChangeRowPolicy(Action):
    """`DROP ROW ACCESS POLICY p`, `ADD …`, or the first and then the second: a swap without a gap."""

    drop: tuple[str, ...] | None = None
    add: AddClause | None = None

    def apply(self, account: Account, session: Session, ref: ObjectRef) -> Outcome:
        """Both or none."""
        if self.drop is not None:
            account = row_attachments.drop(account, session, ref, self.drop)
        if self.add is not None:
            account = row_attachments.add(account, session, ref, self.add.policy, self.add.columns)
        return done(account, session)


@dataclass(frozen=True)
class DropAllRowPolicies(Action):
    """`DROP ALL ROW ACCESS POLICIES`."""

    def apply(self, account: Account, session: Session, ref: ObjectRef) -> Outcome:
        """Nothing to drop is no error."""
        return done(row_attachments.drop_all(account, session, ref), session)


def read(cursor: Cursor) -> Action | None:
    """Read a change of the row access policy to the end of the statement, or return None."""
    if cursor.accept("DROP ALL ROW ACCESS POLICIES"):
        cursor.expect_end()
        return DropAllRowPolicies()
    drop = cursor.name() if cursor.accept("DROP ROW ACCESS POLICY") else None
    if drop is not None and not cursor.accept(","):
        cursor.expect_end()
        return ChangeRowPolicy(drop)
    if drop is not None:
        cursor.expect("ADD ROW ACCESS POLICY")
    elif not cursor.accept("ADD ROW ACCESS POLICY"):
        return None
    add = _read_add(cursor)
    cursor.expect_end()
    return ChangeRowPolicy(drop, add)


def _read_add(cursor: Cursor) -> AddClause:
    policy = cursor.name()
    cursor.expect("ON")
    cursor.expect("(")
    columns = [cursor.identifier()]
    while cursor.accept(","):
        columns.append(cursor.identifier())
    cursor.expect(")")
    return AddClause(policy, tuple(columns))
