"""Take one grant of the mesh away, and do again what dbt did and what the readers do: something has to be refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from snowflake.connector.errors import Error

from snowmesh.account.grants import FutureGrant, Grant, Membership
from snowmesh.account.objects import ObjectType
from snowmesh.bootstrap.declared import Item
from snowmesh.local.watch import Watcher

ORDERS = "foundational_db.prod.fct_orders"
# what dbt makes; dropped before it is made again
MADE = (
    "drop table if exists finance_db.prod.agg_segment_revenue",
    f"drop table if exists {ORDERS}",
    "drop view if exists foundational_db.prod.stg_customers",
    "drop view if exists foundational_db.prod.stg_orders",
    "drop view if exists foundational_db.prod.stg_line_items",
    "alter tag if exists foundational_db.governance.pii_data unset masking policy foundational_db.governance.pii_mask_string",
    "drop tag if exists foundational_db.governance.pii_data",
    "drop masking policy if exists foundational_db.governance.pii_mask_string",
)
# beside dbt: the docs ask for USAGE on a schema that is read or used (P18); who administers reaches what roles own (R4)
BESIDE = (
    ("FOUNDATIONAL_ROLE", "use schema foundational_db.governance"),
    ("FINANCE_ROLE", "use schema finance_db.prod"),
    ("FOUNDATIONAL_PII_READER_ROLE", f"select count(name) from {ORDERS}"),
    ("FINANCE_ROLE", f"select count(name) from {ORDERS}"),
    *(("SYSADMIN", f"use role {role}") for role in ("foundational_role", "finance_role", "marketing_role")),
)
WAREHOUSES = {"FOUNDATIONAL_ROLE": "FOUNDATIONAL_WH", "FOUNDATIONAL_PII_READER_ROLE": "FOUNDATIONAL_WH"}
# not authorized, insufficient privileges, no role, no warehouse
REFUSALS = frozenset((2003, 2043, 3001, 3003, 3013, 3102, 606, 390186, 390189))


@dataclass
class Recorder(Watcher):
    """What dbt sends, in order: (user, role, statement)."""

    sent: list[tuple[str, str, str]] = field(default_factory=list)

    def after(self, gateway: Any, connected: Any, sql: str) -> None:
        self.sent.append((connected.session.user, connected.session.role, sql))

    def statements(self) -> list[tuple[str, str, str]]:
        """Once each, without what only looks at what an earlier answer was, and without the data tests."""
        kept = [
            s
            for s in self.sent
            if not _leading(s[2], "describe result", "drop", "--") and "dbt_internal_test" not in s[2]
        ]
        return list(dict.fromkeys(kept))


def _leading(sql: str, *words: str) -> bool:
    return sql.lstrip().lower().startswith(words)


class Account:
    """The account with the mesh built, to take from and to give back."""

    def __init__(self, account: Any, recorder: Recorder) -> None:
        self.account, self.recorder = account, recorder

    def without(self, item: Item) -> str:
        """What is refused when the item is taken away; empty when everything still works."""
        take, give = take_and_give(item)
        admin = self.account.connect("ACCOUNTADMIN")
        with admin, admin.cursor() as cursor:
            for sql in MADE:  # first: without its role an administrator could not drop what a role owns
                cursor.execute(sql)
            for sql in take:
                cursor.execute(sql)
            try:
                return next(self._refused(), "")
            finally:
                for sql in give:
                    cursor.execute(sql)

    def works(self) -> str:
        """What is refused with nothing taken away: nothing, and everything is made anew."""
        self.account.run(*MADE, role="ACCOUNTADMIN")
        return next(self._refused(), "")

    def _refused(self) -> Iterator[str]:
        sessions: dict[tuple[str, str], Any] = {}
        try:
            for user, role, sql in self.recorder.statements():
                yield from self._one(sessions, user, role, sql)
            for role, sql in BESIDE:
                yield from self._one(sessions, "ADMIN", role, sql)
        finally:
            for session in sessions.values():
                session.close()

    def _one(self, sessions: dict[tuple[str, str], Any], user: str, role: str, sql: str) -> Iterator[str]:
        key = (user, sql if sql.startswith("use role") else role)
        try:
            if key not in sessions:
                warehouse = WAREHOUSES.get(role, "FINANCE_WH")
                sessions[key] = self.account.connect(role, user=user, warehouse=warehouse)
            answer = sessions[key].cursor().execute(sql).fetchall()
        except Error as error:
            assert error.errno in REFUSALS, (sql, error)
            yield f"{role}: {error.errno} {error.msg}"
            return
        if "is_role_in_session" in sql and _leading(sql, "select is_role") and answer != [(True,)]:
            yield f"{role} would build from masked values"


def take_and_give(item: Item) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The statements that take a grant away and give it back; a future one with what is there already (P29)."""
    if isinstance(item, Membership):
        to = f"{item.to.type.value} {item.to.sql}"
        return (f'revoke role "{item.role}" from {to}',), (f'grant role "{item.role}" to {to}',)
    if isinstance(item, FutureGrant):
        inside = f"{item.object_type.plural} in {item.container.type.value} {item.container.sql}"
        whats = [f"{item.privilege} on {word} {inside}" for word in ("all", "future")]
    else:
        assert isinstance(item, Grant)
        on = "account" if item.on.type is ObjectType.ACCOUNT else f"{item.on.type.value} {item.on.sql}"
        whats = [f"{item.privilege} on {on}"]
    return (
        tuple(f'revoke {what} from role "{item.role}"' for what in whats),
        tuple(f'grant {what} to role "{item.role}"' for what in whats),
    )
