"""CREATE, ALTER and DROP WAREHOUSE (P11). Local warehouses do no work: their properties are kept and shown."""

from __future__ import annotations

from dataclasses import dataclass, replace

from snowmesh.account.objects import ObjectRef, ObjectType, SecurableObject
from snowmesh.account.state import Account, frozen
from snowmesh.local import denials, errors
from snowmesh.local.compute import STARTED, SUSPENDED
from snowmesh.local.session import Outcome, Session
from snowmesh.local.statements import actions, creation
from snowmesh.local.statements.base import Action, Alter, Statement, done
from snowmesh.local.statements.creation import Head
from snowmesh.local.statements.properties import (
    Clauses,
    Reader,
    flag,
    number,
    one_of,
    read_clauses,
    refused,
    text,
)
from snowmesh.local.statements.roles import parse_rename
from snowmesh.local.tokens import Cursor

# as written, without hyphens -> as SHOW WAREHOUSES prints it
_SIZES = {
    "XSMALL": "X-Small",
    "SMALL": "Small",
    "MEDIUM": "Medium",
    "LARGE": "Large",
    "XLARGE": "X-Large",
    "XXLARGE": "2X-Large",
    "X2LARGE": "2X-Large",
    "2XLARGE": "2X-Large",
    "XXXLARGE": "3X-Large",
    "X3LARGE": "3X-Large",
    "3XLARGE": "3X-Large",
    "X4LARGE": "4X-Large",
    "4XLARGE": "4X-Large",
    "X5LARGE": "5X-Large",
    "5XLARGE": "5X-Large",
    "X6LARGE": "6X-Large",
    "6XLARGE": "6X-Large",
}
DEFAULTS = {"WAREHOUSE_SIZE": "X-Small", "AUTO_SUSPEND": "600", "AUTO_RESUME": "true"}


def _size(cursor: Cursor) -> str:
    value = cursor.value().upper()
    if value.replace("-", "") not in _SIZES:
        raise errors.invalid(f"invalid value [{value}] for parameter 'WAREHOUSE_SIZE'; allowed: {', '.join(_SIZES)}.")
    return _SIZES[value.replace("-", "")]


def _seconds(cursor: Cursor) -> str:
    return "0" if cursor.accept("NULL") else number(cursor)


READERS: dict[str, Reader] = {
    "COMMENT": text,
    "WAREHOUSE_SIZE": _size,
    "WAREHOUSE_TYPE": one_of("STANDARD", "SNOWPARK-OPTIMIZED"),
    "AUTO_SUSPEND": _seconds,
    "AUTO_RESUME": flag,
    "INITIALLY_SUSPENDED": flag,
    "MIN_CLUSTER_COUNT": number,
    "MAX_CLUSTER_COUNT": number,
    "SCALING_POLICY": one_of("STANDARD", "ECONOMY"),
    "ENABLE_QUERY_ACCELERATION": flag,
    "QUERY_ACCELERATION_MAX_SCALE_FACTOR": number,
    "MAX_CONCURRENCY_LEVEL": number,
    "STATEMENT_TIMEOUT_IN_SECONDS": number,
    "STATEMENT_QUEUED_TIMEOUT_IN_SECONDS": number,
    "RESOURCE_CONSTRAINT": text,
    "GENERATION": text,
    "RESOURCE_MONITOR": refused("resource monitors"),
}


@dataclass(frozen=True)
class CreateWarehouse(Statement):
    """`CREATE WAREHOUSE`; the session uses it from then on."""

    head: Head
    clauses: Clauses

    def run(self, account: Account, session: Session) -> Outcome:
        """CREATE WAREHOUSE on the account, by the primary role."""
        ref = self.head.ref(ObjectType.WAREHOUSE, session)
        properties = {**DEFAULTS, **self.clauses.others}
        suspended = properties.pop("INITIALLY_SUSPENDED", "false") == "true"
        properties["STATE"] = SUSPENDED if suspended else STARTED
        item = SecurableObject(ref=ref, owner=session.role, comment=self.clauses.comment, properties=frozen(properties))
        outcome = creation.create(account, session, self.head, item, self.clauses.tags)
        if outcome.account is account:
            return outcome
        return replace(outcome, session=replace(session, warehouse=ref.name[0]))


@dataclass(frozen=True)
class SetState(Action):
    """`RESUME [IF SUSPENDED]` and `SUSPEND`."""

    state: str
    forgiving: bool = False

    def apply(self, account: Account, session: Session, ref: ObjectRef) -> Outcome:
        """OPERATE on the warehouse."""
        if not actions.manages_warehouses(account, session):
            denials.require(account, session, "OPERATE", ref)
        item = account.objects[ref]
        if item.properties.get("STATE") == self.state and not self.forgiving:
            word = "started" if self.state == STARTED else "suspended"
            raise errors.invalid(f"Invalid state. Warehouse '{ref.name[0]}' cannot be {word}: it already is.")
        return done(account.with_object(actions.with_properties(item, {"STATE": self.state})), session)


def parse_create(cursor: Cursor, or_replace: bool) -> Statement:
    """Read what follows `CREATE [OR REPLACE] WAREHOUSE`."""
    head = creation.read_head(cursor, or_replace)
    if cursor.peek() == "WITH" and cursor.peek(1) != "TAG":
        cursor.accept("WITH")
    return CreateWarehouse(head, read_clauses(cursor, READERS, "WAREHOUSE"))


def parse_alter(cursor: Cursor) -> Statement:
    """Read what follows ALTER WAREHOUSE."""
    found = actions.parse_common(cursor, ObjectType.WAREHOUSE, READERS, DEFAULTS) or _parse_state(cursor)
    return found or parse_rename(cursor, ObjectType.WAREHOUSE)


def _parse_state(cursor: Cursor) -> Alter | None:
    start = cursor.position
    if_exists = cursor.accept("IF EXISTS")
    parts = cursor.name()
    if cursor.accept("SUSPEND"):
        action = SetState(SUSPENDED)
    elif cursor.accept("RESUME"):
        action = SetState(STARTED, cursor.accept("IF SUSPENDED"))
    else:
        cursor.position = start
        return None
    cursor.expect_end()
    return Alter(ObjectType.WAREHOUSE, parts, if_exists, action)
