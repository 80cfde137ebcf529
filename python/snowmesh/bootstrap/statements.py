"""A change to the one SQL statement that carries it out.

Identifiers and literals are quoted by `account.identifiers`; every other word comes from a closed list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from snowmesh.account import identifiers
from snowmesh.account.objects import ObjectRef, ObjectType
from snowmesh.account.privileges import is_grantable
from snowmesh.bootstrap.changes import AlterObject, Change, CreateObject, GrantPrivileges
from snowmesh.bootstrap.declarations import WAREHOUSE_SIZES, UserType

CREATABLE = (ObjectType.ROLE, ObjectType.USER, ObjectType.DATABASE, ObjectType.SCHEMA, ObjectType.WAREHOUSE)


def render(change: Change) -> str:
    """The statement of a change, without a semicolon."""
    if isinstance(change, CreateObject):
        return _create(change.object.ref, change.object.properties)
    if isinstance(change, AlterObject):
        after = {key: value for key, _, value in change.properties}
        return f"ALTER {_kind(change.ref)} {change.ref.sql} SET {_properties(after.items())}"
    if isinstance(change, GrantPrivileges):
        target = "ACCOUNT" if change.on.type is ObjectType.ACCOUNT else f"{change.on.type.value} {change.on.sql}"
        return f"GRANT {_privileges(change)} ON {target} TO ROLE {identifiers.quote(change.role)}"
    roles = ", ".join(identifiers.quote(role) for role in change.roles)
    return f"GRANT ROLE {roles} TO {_grantee(change.to)}"


def use_role(role: str) -> str:
    """The statement that makes a role the primary one."""
    return f"USE ROLE {identifiers.quote(role)}"


def grant_role(role: str, user: str) -> str:
    """The statement that gives a user a role; printed as advice, never run."""
    return f"GRANT ROLE {identifiers.quote(role)} TO USER {identifiers.quote(user)}"


def _create(ref: ObjectRef, properties: Mapping[str, str]) -> str:
    # IF NOT EXISTS: two people who apply at once do not break each other
    words = [f"CREATE {_kind(ref)} IF NOT EXISTS {ref.sql}", _properties(properties.items())]
    if ref.type is ObjectType.WAREHOUSE:
        words.append("AUTO_RESUME = TRUE INITIALLY_SUSPENDED = TRUE")
    return " ".join(word for word in words if word)


def _kind(ref: ObjectRef) -> str:
    if ref.type not in CREATABLE:
        raise ValueError(f"mesh-bootstrap does not create a {ref.type.value}")
    return ref.type.value


def _grantee(ref: ObjectRef) -> str:
    if ref.type not in (ObjectType.ROLE, ObjectType.USER):
        raise ValueError(f"a role cannot be granted to a {ref.type.value}")
    return f"{ref.type.value} {ref.sql}"


def _privileges(change: GrantPrivileges) -> str:
    for privilege in change.privileges:
        if not is_grantable(change.on.type, privilege):
            raise ValueError(f"{privilege} is no privilege of a {change.on.type.value}")
    return ", ".join(change.privileges)


def _properties(items: Iterable[tuple[str, str]]) -> str:
    return " ".join(f"{key} = {_RENDERERS[key](value)}" for key, value in items)


def _word(*allowed: str) -> Callable[[str], str]:
    def render_word(value: str) -> str:
        if value not in allowed:
            raise ValueError(f"{value!r} is none of {', '.join(allowed)}")
        return value

    return render_word


def _qualified(value: str) -> str:
    return identifiers.quote_all(identifiers.split(value))


# property -> how its value is written; a property that is not here cannot be set
_RENDERERS: dict[str, Callable[[str], str]] = {
    "WAREHOUSE_SIZE": _word(*WAREHOUSE_SIZES.values()),
    "AUTO_SUSPEND": lambda value: str(int(value)),
    "COMMENT": identifiers.literal,
    "TYPE": _word(*(kind.value for kind in UserType)),
    "DEFAULT_ROLE": identifiers.quote,
    "DEFAULT_WAREHOUSE": identifiers.quote,
    "DEFAULT_NAMESPACE": _qualified,
}
