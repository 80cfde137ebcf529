"""SYSTEM$CANCEL_ALL_QUERIES: what dbt sends when it is interrupted.

https://docs.snowflake.com/en/sql-reference/functions/system_cancel_all_queries
"""

from __future__ import annotations

from collections.abc import Iterable

from snowmesh.account.objects import warehouse
from snowmesh.account.state import Account
from snowmesh.local.connected import Connected
from snowmesh.local.errors import SnowflakeError
from snowmesh.local.interrupts import cancelled
from snowmesh.local.session import ResultColumn, ResultSet
from snowmesh.local.tokens import Cursor

NAME = "SYSTEM$CANCEL_ALL_QUERIES"


def parse(sql: str) -> str | None:
    """The session whose statements `SELECT SYSTEM$CANCEL_ALL_QUERIES(session)` ends; None for other statements."""
    cursor = Cursor(sql)
    if not cursor.accept(f"SELECT {NAME}"):
        return None
    cursor.expect("(")
    found = cursor.value()
    cursor.expect(")")
    cursor.expect_end()
    return found


def execute(session_id: str, account: Account, me: Connected, sessions: Iterable[Connected]) -> ResultSet:
    """End what runs in a session: one of the same user, or on a warehouse that the session may operate."""
    target = next((one for one in sessions if one.id == session_id), None)
    if target is None or not _may_cancel(account, me, target):
        raise SnowflakeError(
            1008, "22023", f"SQL compilation error:\nSession {session_id} does not exist or not authorized."
        )
    found = [one for one in target.running if one is not me.engine.calls.running]
    for running in found:
        running.stop(cancelled())
    return ResultSet((ResultColumn(f"{NAME}({session_id})"),), ((f"{len(found)} cancelled.",),))


def _may_cancel(account: Account, me: Connected, target: Connected) -> bool:
    if target.session.user == me.session.user:
        return True
    name = target.session.warehouse
    authority = me.session.authority(account)
    return bool(name) and (authority.holds("OPERATE", warehouse(name)) or authority.owns(warehouse(name)))
