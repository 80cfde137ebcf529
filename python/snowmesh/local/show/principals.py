"""SHOW ROLES, DATABASE ROLES and USERS (S1, S2, S20)."""

from __future__ import annotations

from collections import Counter
from typing import Any

from snowmesh.account.objects import ObjectRef, ObjectType, SecurableObject, shown_role, user
from snowmesh.account.roles import SYSTEM_EDGES
from snowmesh.account.state import Account
from snowmesh.local.show.listing import Listing, Row, columns
from snowmesh.local.show.request import Request, owner_role_type, true_false, yes_no
from snowmesh.local.show.statements import ShowObjects

_USER_COLUMNS = columns(
    "name, created_on:TIMESTAMP_LTZ, login_name, display_name, first_name, last_name, email, mins_to_unlock, "
    "days_to_expiry, comment, disabled, must_change_password, snowflake_lock, default_warehouse, default_namespace, "
    "default_role, default_secondary_roles, ext_authn_duo, ext_authn_uid, mins_to_bypass_mfa, owner, "
    "last_success_login:TIMESTAMP_LTZ, expires_at_time:TIMESTAMP_LTZ, locked_until_time:TIMESTAMP_LTZ, "
    "has_password, has_rsa_public_key, type, has_mfa"
)


def role_edges(account: Account) -> frozenset[tuple[str, str]]:
    """(child, parent) of every role granted to a role, the fixed ones of the system roles included (R2)."""
    fixed = {edge for edge in SYSTEM_EDGES if all(account.role_exists(name) for name in edge)}
    roles = (m for m in account.memberships if m.to.type is ObjectType.ROLE)
    given = {(m.role, m.to.name[0]) for m in roles if isinstance(m.role, str)}
    return frozenset(fixed | given)


def _roles(request: Request, _statement: ShowObjects) -> list[Row]:
    edges = role_edges(request.account)
    users = Counter(m.role for m in request.account.memberships if m.to.type is ObjectType.USER)
    parents, children = Counter(child for child, _ in edges), Counter(parent for _, parent in edges)
    found = request.account.objects.get(user(request.session.user))
    default = found.properties.get("DEFAULT_ROLE", "") if found else ""
    rows: list[Row] = []
    for item in request.visible(SecurableObject, (), ObjectType.ROLE):
        name = item.ref.name[0]
        current = name == request.session.role
        rows.append(
            {
                "created_on": item.created_on,
                "name": name,
                "is_default": yes_no(name == default),
                "is_current": yes_no(current),
                "is_inherited": yes_no(not current and name in request.authority.roles),
                "assigned_to_users": users[name],
                "granted_to_roles": parents[name],
                "granted_roles": children[name],
                "owner": shown_role(item.owner),
                "comment": item.comment,
            }
        )
    return rows


def _database_roles(request: Request, statement: ShowObjects) -> list[Row]:
    """None of them can be current or default: they are not activated (R17)."""
    memberships = [m for m in request.account.memberships if isinstance(m.role, ObjectRef)]
    parents = Counter((m.role, m.to.type) for m in memberships)
    children = Counter(m.to for m in memberships)
    rows: list[Row] = []
    for item in request.visible(SecurableObject, request.prefix(statement.scope), ObjectType.DATABASE_ROLE):
        rows.append(
            {
                "created_on": item.created_on,
                "name": item.ref.name[1],
                "is_default": "N",
                "is_current": "N",
                "is_inherited": yes_no(item.ref in request.authority.roles),
                "granted_to_roles": parents[item.ref, ObjectType.ROLE],
                "granted_to_database_roles": parents[item.ref, ObjectType.DATABASE_ROLE],
                "granted_database_roles": children[item.ref],
                "owner": shown_role(item.owner),
                "comment": item.comment,
                "owner_role_type": owner_role_type(item),
            }
        )
    return rows


def sees_properties(request: Request, item: SecurableObject) -> bool:
    """Whether SHOW USERS fills the other columns: the owner and MANAGE GRANTS only."""
    return request.authority.owns(item.ref) or request.authority.holds_on_account("MANAGE GRANTS")


def secondary_roles(item: SecurableObject) -> str:
    """DEFAULT_SECONDARY_ROLES as SHOW prints it; the default is ALL (R20)."""
    return '["ALL"]' if "ALL" in item.properties.get("DEFAULT_SECONDARY_ROLES", "ALL").upper() else "[]"


def _users(request: Request, _statement: ShowObjects) -> list[Row]:
    """Everyone may list the names of all users."""
    found = [o for r, o in request.account.objects.items() if r.type is ObjectType.USER]
    found.sort(key=lambda item: item.ref.name)
    hidden = dict.fromkeys(c.name for c in _USER_COLUMNS)
    return [_user(item) if sees_properties(request, item) else {**hidden, "name": item.ref.name[0]} for item in found]


def _user(item: SecurableObject) -> dict[str, Any]:
    given, name = item.properties, item.ref.name[0]
    absent = dict.fromkeys(c.name for c in _USER_COLUMNS)
    return {
        **absent,
        "name": name,
        "created_on": item.created_on,
        "login_name": given.get("LOGIN_NAME", name),
        "display_name": given.get("DISPLAY_NAME", name),
        "first_name": given.get("FIRST_NAME"),
        "last_name": given.get("LAST_NAME"),
        "email": given.get("EMAIL"),
        "comment": item.comment or None,
        "disabled": given.get("DISABLED", "false").lower(),
        "must_change_password": given.get("MUST_CHANGE_PASSWORD", "false").lower(),
        "snowflake_lock": "false",
        "default_warehouse": given.get("DEFAULT_WAREHOUSE"),
        "default_namespace": given.get("DEFAULT_NAMESPACE"),
        "default_role": given.get("DEFAULT_ROLE"),
        "default_secondary_roles": secondary_roles(item),
        "ext_authn_duo": "false",
        "owner": shown_role(item.owner),
        "has_password": true_false("PASSWORD" in given),
        "has_rsa_public_key": true_false("RSA_PUBLIC_KEY" in given),
        "type": given.get("TYPE", "PERSON").upper(),
        "has_mfa": "false",
    }


LISTINGS = {
    "ROLES": Listing(
        columns(
            "created_on:TIMESTAMP_LTZ, name, is_default, is_current, is_inherited, assigned_to_users:FIXED, "
            "granted_to_roles:FIXED, granted_roles:FIXED, owner, comment"
        ),
        _roles,
    ),
    "DATABASE ROLES": Listing(
        columns(
            "created_on:TIMESTAMP_LTZ, name, is_default, is_current, is_inherited, granted_to_roles:FIXED, "
            "granted_to_database_roles:FIXED, granted_database_roles:FIXED, owner, comment, owner_role_type"
        ),
        _database_roles,
    ),
    "USERS": Listing(_USER_COLUMNS, _users),
}
