"""How objects and grants are named in text for people."""

from __future__ import annotations

from snowmesh.account import identifiers
from snowmesh.account.grants import FutureGrant, Membership
from snowmesh.account.objects import ACCOUNT, ObjectRef, RoleName, role_ref
from snowmesh.bootstrap.declared import Item


def say(ref: ObjectRef) -> str:
    """`database SALES_DB`; `the account`."""
    return "the account" if ref == ACCOUNT else f"{ref.type.value.lower()} {ref.fqn}"


def say_role(name: RoleName) -> str:
    """`role SALES_ROLE`, `user U`, `database role DB.R`."""
    return say(role_ref(name))


def say_item(item: Item) -> str:
    """`USAGE on database SALES_DB to role R`; `role A to role B`."""
    if isinstance(item, ObjectRef):
        return say(item)
    if isinstance(item, Membership):
        return f"{say_role(item.role)} to {say(item.to)}"
    option = " with grant option" if item.grant_option else ""
    if isinstance(item, FutureGrant):
        on = f"future {item.object_type.plural.lower()} in {say(item.container)}"
        return f"{item.privilege} on {on} to {say_role(item.role)}{option}"
    return f"{item.privilege} on {say(item.on)} to {say_role(item.role)}{option}"


def say_owner(name: str) -> str:
    """An owner as Snowflake prints it."""
    return identifiers.display(name) if name else "none that can be seen"
