"""What the views of SNOWFLAKE.ACCOUNT_USAGE have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from snowmesh.account.objects import Database, ObjectRef, SecurableObject
from snowmesh.account.state import Account
from snowmesh.local.session import ResultColumn

Row = dict[str, Any]
# https://docs.snowflake.com/en/sql-reference/snowflake-db-roles
OBJECT, GOVERNANCE, SECURITY, USAGE = "OBJECT_VIEWER", "GOVERNANCE_VIEWER", "SECURITY_VIEWER", "USAGE_VIEWER"


@dataclass(frozen=True)
class View:
    """A view of ACCOUNT_USAGE: its columns, its rows as mappings by column (a missing one is NULL), and the database
    roles of SNOWFLAKE that may read it."""

    columns: tuple[ResultColumn, ...]
    rows: Callable[[Account], Iterator[Row]]
    roles: tuple[str, ...]


def times(item: SecurableObject, *names: str) -> Row:
    """The time of creation under some names, and the type of the role that owns the object."""
    return {**dict.fromkeys(names, item.created_on), "OWNER_ROLE_TYPE": role_type(item.owner)}


def role_name(found: str | ObjectRef) -> str | None:
    """A role's name without its database; NULL for Snowflake itself."""
    return (found if isinstance(found, str) else found.name[-1]) or None


def role_type(found: str | ObjectRef) -> str | None:
    """ROLE or DATABASE_ROLE; NULL for Snowflake itself."""
    if isinstance(found, str):
        return "ROLE" if found else None
    return found.type.shown


def imported(account: Account, ref: ObjectRef) -> bool:
    """Whether an object lies in a database from a share: the views of an account do not tell of it."""
    holder = account.objects.get(ref.parents[0]) if ref.parents else None
    return isinstance(holder, Database) and holder.shared
