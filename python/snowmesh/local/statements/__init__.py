"""Governance statements: `parse` reads one as frozen data, `execute` runs it as a pure function."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from snowmesh.account.lifecycle import stamped
from snowmesh.account.objects import EPOCH
from snowmesh.account.state import Account
from snowmesh.local.session import Outcome, Session
from snowmesh.local.statements.base import PartiallyExecuted, Statement
from snowmesh.local.statements.registry import parse, unparsed

__all__ = ["PartiallyExecuted", "Statement", "execute", "parse", "unparsed"]


def execute(statement: Statement, account: Account, session: Session, now: datetime = EPOCH) -> Outcome:
    """Run a statement: authorize, check, and return the account and session after it.

    `now` becomes created_on of what is new. Raises SnowflakeError, and then nothing has changed; a
    PartiallyExecuted carries the outcome of the part that was done.
    """
    outcome = statement.run(account, session)
    if now == EPOCH or outcome.account is account:
        return outcome
    return replace(outcome, account=stamped(account, outcome.account, now))
