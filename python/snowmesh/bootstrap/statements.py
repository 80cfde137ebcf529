"""A change to the one SQL statement that carries it out.

Identifiers and literals are quoted by `account.identifiers`; every other word comes from a closed list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from snowmesh.account import identifiers
from snowmesh.account.objects import ObjectRef, ObjectType, RoleName, role_ref
from snowmesh.account.privileges import is_grantable
from snowmesh.bootstrap.changes import (
    AlterObject,
    Change,
    CreateObject,
    DropObject,
    GrantPrivileges,
    GrantRoles,
    RevokePrivileges,
    RevokeRole,
    Scope,
    SetManagedAccess,
    TransferOwnership,
)
from snowmesh.bootstrap.declarations import WAREHOUSE_SIZES, UserType
from snowmesh.bootstrap.markers import marked

MANAGED_ACCESS, COMMENT = "MANAGED_ACCESS", "COMMENT"
CREATABLE = (
    ObjectType.ROLE,
    ObjectType.DATABASE_ROLE,
    ObjectType.USER,
    ObjectType.DATABASE,
    ObjectType.SCHEMA,
    ObjectType.WAREHOUSE,
)
UNDROPPABLE = (ObjectType.DATABASE, ObjectType.SCHEMA)


def render(change: Change) -> str:
    """The statement of a change, without a semicolon."""
    if isinstance(change, GrantPrivileges | RevokePrivileges):
        return _privilege(change)
    if isinstance(change, GrantRoles | RevokeRole):
        return _membership(change)
    if isinstance(change, CreateObject):
        return _create(change.object.ref, change.object.properties)
    if isinstance(change, AlterObject):
        return _alter(change)
    if isinstance(change, SetManagedAccess):
        word = "ENABLE" if change.enabled else "DISABLE"
        return f"ALTER {_kind(change.ref)} {change.ref.sql} {word} MANAGED ACCESS"
    if isinstance(change, TransferOwnership):
        return f"GRANT OWNERSHIP ON {_kind(change.ref)} {change.ref.sql} TO {_role(change.after)} COPY CURRENT GRANTS"
    return f"DROP {_kind(change.ref)} IF EXISTS {change.ref.sql}"


def use_role(role: str) -> str:
    """The statement that makes a role the primary one."""
    return f"USE ROLE {identifiers.quote(role)}"


def grant_role(role: str, user: str) -> str:
    """The statement that gives a user a role; printed as advice, never run."""
    return f"GRANT ROLE {identifiers.quote(role)} TO USER {identifiers.quote(user)}"


def undrop(change: DropObject) -> str | None:
    """The statement that brings a dropped object back; None: Snowflake has none for its type."""
    return f"UNDROP {change.ref.type.value} {change.ref.sql}" if change.ref.type in UNDROPPABLE else None


def query_tag(text: str) -> str:
    """The statement that marks what follows in the query history."""
    return f"ALTER SESSION SET QUERY_TAG = {identifiers.literal(text)}"


# -- grants ---------------------------------------------------------------------------------------------


def _privilege(change: GrantPrivileges | RevokePrivileges) -> str:
    words = ", ".join(_checked(change))
    if isinstance(change, GrantPrivileges):
        option = " WITH GRANT OPTION" if change.option else ""
        return f"GRANT {words} ON {_target(change)} TO {_role(change.role)}{option}"
    option = "GRANT OPTION FOR " if change.option else ""
    return f"REVOKE {option}{words} ON {_target(change)} FROM {_role(change.role)}"


def _target(change: GrantPrivileges | RevokePrivileges) -> str:
    if change.scope is not Scope.OBJECT and change.objects:
        return f"{change.scope.value} {change.objects.plural} IN {change.on.type.value} {change.on.sql}"
    return "ACCOUNT" if change.on.type is ObjectType.ACCOUNT else f"{change.on.type.value} {change.on.sql}"


def _checked(change: GrantPrivileges | RevokePrivileges) -> tuple[str, ...]:
    """Privileges come from a closed list. What an account reports is revoked if it is made of plain words."""
    object_type = change.objects or change.on.type
    for privilege in change.privileges:
        known = is_grantable(object_type, privilege)
        words = isinstance(change, RevokePrivileges) and privilege.replace(" ", "").replace("_", "").isalpha()
        if not (known or words) or (not privilege.isascii()):
            raise ValueError(f"{privilege} is no privilege of a {object_type.value}")
    return change.privileges


def _membership(change: GrantRoles | RevokeRole) -> str:
    if isinstance(change, RevokeRole):
        return f"REVOKE {_role(change.role)} FROM {_grantee(change.to)}"
    if all(isinstance(role, str) for role in change.roles):
        roles = ", ".join(role_ref(role).sql for role in change.roles)
        return f"GRANT ROLE {roles} TO {_grantee(change.to)}"
    (role,) = change.roles
    return f"GRANT {_role(role)} TO {_grantee(change.to)}"


def _role(name: RoleName) -> str:
    return _grantee(role_ref(name))


def _grantee(ref: ObjectRef) -> str:
    if ref.type not in (ObjectType.ROLE, ObjectType.DATABASE_ROLE, ObjectType.USER):
        raise ValueError(f"nothing is granted to a {ref.type.value}")
    return f"{ref.type.value} {ref.sql}"


# -- objects --------------------------------------------------------------------------------------------


def _create(ref: ObjectRef, properties: Mapping[str, str]) -> str:
    # IF NOT EXISTS: two people who apply at once do not break each other
    words = [f"CREATE {_kind(ref)} IF NOT EXISTS {ref.sql}"]
    if properties.get(MANAGED_ACCESS) == "TRUE":
        words.append("WITH MANAGED ACCESS")
    words.append(_properties((k, v) for k, v in properties.items() if k not in (MANAGED_ACCESS, COMMENT)))
    if ref.type is ObjectType.WAREHOUSE:
        words.append("AUTO_RESUME = TRUE INITIALLY_SUSPENDED = TRUE")
    words.append(_properties([(COMMENT, marked(properties.get(COMMENT, "")))]))
    return " ".join(word for word in words if word)


def _alter(change: AlterObject) -> str:
    after = {key: value for key, _, value in change.properties}
    if change.marked and COMMENT in after:
        after[COMMENT] = marked(after[COMMENT])
    return f"ALTER {_kind(change.ref)} {change.ref.sql} SET {_properties(after.items())}"


def _kind(ref: ObjectRef) -> str:
    if ref.type not in CREATABLE:
        raise ValueError(f"mesh-bootstrap does not create a {ref.type.value}")
    return ref.type.value


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
    COMMENT: identifiers.literal,
    "TYPE": _word(*(kind.value for kind in UserType)),
    "DEFAULT_ROLE": identifiers.quote,
    "DEFAULT_WAREHOUSE": identifiers.quote,
    "DEFAULT_NAMESPACE": _qualified,
}
