"""ALTER {TABLE | VIEW | DYNAMIC TABLE} … ALTER COLUMN … SET and UNSET PROJECTION POLICY (A25)."""

from __future__ import annotations

from dataclasses import dataclass

from snowmesh.account.objects import ObjectRef
from snowmesh.account.state import Account
from snowmesh.local import projection_attachments as attachments
from snowmesh.local.session import Outcome, Session
from snowmesh.local.statements.base import Action, done

SET, UNSET = "SET PROJECTION POLICY", "UNSET PROJECTION POLICY"


@dataclass(frozen=True)
class Clause:
    """`c SET PROJECTION POLICY p [FORCE]`."""

    column: str
    policy: tuple[str, ...]
    force: bool = False


@dataclass(frozen=True)
class SetProjections(Action):
    """Projection policies on one or more columns."""

    columns: tuple[Clause, ...]

    def apply(self, account: Account, session: Session, ref: ObjectRef) -> Outcome:
        """All columns or none."""
        for clause in self.columns:
            account = attachments.set_policy(account, session, ref, clause.column, clause.policy, force=clause.force)
        return done(account, session)


@dataclass(frozen=True)
class UnsetProjections(Action):
    """`c UNSET PROJECTION POLICY [, …]`."""

    columns: tuple[str, ...]

    def apply(self, account: Account, session: Session, ref: ObjectRef) -> Outcome:
        """All columns or none."""
        for column in self.columns:
            account = attachments.unset_policy(account, session, ref, column)
        return done(account, session)
