"""The warehouse that a statement needs (P11, P17): warehouses compute nothing here, but they are asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from snowmesh.account.objects import warehouse
from snowmesh.account.state import Account, frozen
from snowmesh.local.errors import SnowflakeError

if TYPE_CHECKING:
    from snowmesh.local.rewrite import Reader

STARTED, SUSPENDED = "STARTED", "SUSPENDED"


def require(reader: Reader, always: bool = False) -> bool:
    """Whether the statement needs a warehouse: reading a relation does. Raises unless the session may use one.

    One that is suspended starts with the statement, unless AUTO_RESUME is off.
    """
    if not always and not reader.findings.reads:
        return False
    name = reader.context.session.warehouse
    found = reader.context.account.objects.get(warehouse(name)) if name else None
    usable = found is not None and reader.authority.holds("USAGE", found.ref)
    stays_off = _suspended(reader.context.account, name) and found and found.properties.get("AUTO_RESUME") == "false"
    if not usable or stays_off:
        raise SnowflakeError(
            606,
            "57P03",
            "No active warehouse selected in the current session.  Select an active warehouse with the "
            "'use warehouse' command.",
        )
    return True


def resumed(account: Account, name: str) -> Account:
    """The account with the warehouse started; the very same one when it runs already."""
    if not _suspended(account, name):
        return account
    item = account.objects[warehouse(name)]
    return account.with_object(replace(item, properties=frozen({**item.properties, "STATE": STARTED})))


def _suspended(account: Account, name: str) -> bool:
    item = account.objects.get(warehouse(name)) if name else None
    return item is not None and item.properties.get("STATE") == SUSPENDED
