"""ALTER {TABLE | VIEW | DYNAMIC TABLE} … SET, UNSET, ADD and DROP AGGREGATION POLICY (A22)."""

from __future__ import annotations

from dataclasses import dataclass

from snowmesh.account.objects import ObjectRef
from snowmesh.account.state import Account
from snowmesh.local import aggregation_attachments as attachments
from snowmesh.local import create_clauses
from snowmesh.local.aggregation_attachments import Keys
from snowmesh.local.session import Outcome, Session
from snowmesh.local.statements.base import Action, done
from snowmesh.local.tokens import Cursor


@dataclass(frozen=True)
class SetAggregation(Action):
    """`SET AGGREGATION POLICY p [ENTITY KEY (c, …)] … [FORCE]`."""

    policy: tuple[str, ...]
    keys: Keys
    force: bool

    def apply(self, account: Account, session: Session, ref: ObjectRef) -> Outcome:
        """Put the object under the policy."""
        after = attachments.set_policy(account, session, ref, self.policy, keys=self.keys, force=self.force)
        return done(after, session)


@dataclass(frozen=True)
class UnsetAggregation(Action):
    """`UNSET AGGREGATION POLICY`."""

    def apply(self, account: Account, session: Session, ref: ObjectRef) -> Outcome:
        """Take the policy off."""
        return done(attachments.unset_policy(account, session, ref), session)


@dataclass(frozen=True)
class ChangeKeys(Action):
    """`{ADD | DROP} AGGREGATION POLICY p [ENTITY KEY (c, …)] …`."""

    verb: str
    policy: tuple[str, ...]
    keys: Keys

    def apply(self, account: Account, session: Session, ref: ObjectRef) -> Outcome:
        """Add or drop entity keys."""
        change = attachments.add_keys if self.verb == "ADD" else attachments.drop_keys
        return done(change(account, session, ref, self.policy, self.keys), session)


def read(cursor: Cursor) -> Action | None:
    """Read a change of the aggregation policy to the end of the statement, or return None."""
    action: Action
    if cursor.accept("UNSET AGGREGATION POLICY"):
        action = UnsetAggregation()
    elif cursor.accept("SET AGGREGATION POLICY"):
        action = SetAggregation(cursor.name(), create_clauses.read_keys(cursor), cursor.accept("FORCE"))
    elif cursor.accept("ADD AGGREGATION POLICY"):
        action = ChangeKeys("ADD", cursor.name(), create_clauses.read_keys(cursor))
    elif cursor.accept("DROP AGGREGATION POLICY"):
        action = ChangeKeys("DROP", cursor.name(), create_clauses.read_keys(cursor))
    else:
        return None
    cursor.expect_end()
    return action
