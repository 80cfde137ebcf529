"""A session and what a statement gives back, as frozen data."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from snowmesh.account.authorization import Authority
from snowmesh.account.objects import ObjectRef, ObjectType, RoleName, user
from snowmesh.account.roles import ActiveRoles, secondary_roles
from snowmesh.account.state import Account
from snowmesh.account.system import user_grants_count
from snowmesh.local.errors import SnowflakeError


@dataclass(frozen=True)
class Session:
    """Who is connected, with which roles, and where names resolve.

    `secondary` is 'ALL', 'NONE' or a tuple of role names; names are stored names.
    """

    user: str
    role: str
    secondary: str | tuple[str, ...] = "ALL"
    database: str = ""
    schema: str = ""
    warehouse: str = ""

    def active(self, account: Account) -> ActiveRoles:
        """The roles active at this statement; secondary ALL is dynamic (R21)."""
        return ActiveRoles(self.role, secondary_roles(account, self.user, self.secondary))

    def authority(self, account: Account) -> Authority:
        """What all active roles may do: every statement but CREATE (R22).

        What is granted to the user itself counts while secondary roles are ALL (R24, R25).
        """
        return Authority(account, self.principals(account))

    def principals(self, account: Account) -> tuple[RoleName, ...]:
        """The active roles, and the user itself where its own grants count (R24)."""
        own = (user(self.user),) if self.secondary == "ALL" and user_grants_count(account) else ()
        return (*self.active(account).direct, *own)

    def primary_authority(self, account: Account) -> Authority:
        """What the primary role alone may do: CREATE (R22)."""
        return Authority(account, [self.role])

    def resolve(self, object_type: ObjectType, parts: tuple[str, ...], verb: str = "SELECT") -> ObjectRef:
        """Complete a name with the current database and schema (I11, I12); raises 090105 / 090106."""
        missing = object_type.depth - len(parts)
        if missing < 0:
            raise SnowflakeError(1003, "42000", f"SQL compilation error:\ntoo many parts in name {'.'.join(parts)!r}.")
        if missing and not self.database:
            raise SnowflakeError(
                90105,
                "22000",
                f"Cannot perform {verb}. This session does not have a current database. "
                "Call 'USE DATABASE', or use a qualified name.",
            )
        if missing == 2 and not self.schema:
            raise SnowflakeError(
                90106,
                "22000",
                f"Cannot perform {verb}. This session does not have a current schema. "
                "Call 'USE SCHEMA', or use a qualified name.",
            )
        prefix = (self.database, self.schema)[:missing]
        return ObjectRef(object_type, (*prefix, *parts) if missing else parts)


@dataclass(frozen=True)
class ResultColumn:
    """A column of a result; `type` is the connector's word: TEXT, FIXED, BOOLEAN, TIMESTAMP_LTZ."""

    name: str
    type: str = "TEXT"


@dataclass(frozen=True)
class ResultSet:
    """Rows as Python values; None is NULL."""

    columns: tuple[ResultColumn, ...]
    rows: tuple[tuple[Any, ...], ...] = ()


@dataclass(frozen=True)
class Copy:
    """A new table of the engine like another one, with its rows or without."""

    source: tuple[str, ...]
    target: tuple[str, ...]
    rows: bool = True


@dataclass(frozen=True)
class Outcome:
    """What a governance statement gives: the account and session after it, its result, the tables it copies."""

    account: Account
    session: Session
    result: ResultSet = field(default_factory=lambda: status("Statement executed successfully."))
    copies: tuple[Copy, ...] = ()


def status(text: str) -> ResultSet:
    """The one-row, one-column result of a DDL statement (S29)."""
    return ResultSet((ResultColumn("status"),), ((text,),))


def texts(names: str) -> tuple[ResultColumn, ...]:
    """Text columns from their names, comma-separated."""
    return tuple(ResultColumn(name.strip()) for name in names.split(","))


def json_list(values: tuple[str, ...]) -> str:
    """A JSON array without blanks, as SHOW prints allowed values (T51c)."""
    return json.dumps(list(values), separators=(",", ":"), ensure_ascii=False)
