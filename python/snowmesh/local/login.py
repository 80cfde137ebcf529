"""Who may connect, as what (facts R18, R20, C3, and the login errors of section 8)."""

from __future__ import annotations

import json
from dataclasses import dataclass

from snowmesh.account import identifiers, roles
from snowmesh.account.authorization import Authority
from snowmesh.account.identifiers import IdentifierError
from snowmesh.account.objects import SecurableObject, database, schema, user, warehouse
from snowmesh.account.state import Account
from snowmesh.local.errors import SnowflakeError
from snowmesh.local.session import Session


@dataclass(frozen=True)
class LoginRequest:
    """What a client asks for; names as written by the client, empty when not given."""

    user: str
    role: str = ""
    warehouse: str = ""
    database: str = ""
    schema: str = ""


def login(account: Account, request: LoginRequest) -> Session:
    """Open a session. Any password is accepted for a known user. Raises SnowflakeError."""
    found = account.objects.get(user(_stored(request.user) or request.user))
    if found is None:
        raise SnowflakeError(390100, "08001", "Incorrect username or password was specified.")
    if found.properties.get("DISABLED", "false").lower() == "true":
        raise SnowflakeError(390101, "08001", "User access disabled. Contact your local system administrator.")
    name = found.ref.name[0]
    role = _role(account, found, request.role)
    session = Session(user=name, role=role, secondary=_secondary(found))
    authority = session.authority(account)
    place = [request.database, request.schema] if request.database else _namespace(found)
    wanted = request.warehouse or found.properties.get("DEFAULT_WAREHOUSE", "")
    chosen_database = _open_database(account, authority, place[0] if place else "")
    return Session(
        user=name,
        role=role,
        secondary=session.secondary,
        warehouse=_open_warehouse(authority, wanted),
        database=chosen_database,
        schema=_open_schema(account, authority, chosen_database, place[1] if len(place) > 1 else ""),
    )


def _role(account: Account, found: SecurableObject, wanted: str) -> str:
    name = found.ref.name[0]
    available = roles.available_to_user(account, name)
    if not wanted:
        default = found.properties.get("DEFAULT_ROLE", "")
        return default if default in available else roles.PUBLIC
    role = _stored(wanted)
    if not account.role_exists(role):
        raise SnowflakeError(
            390189,
            "08001",
            f"Role '{wanted}' specified in the connect string does not exist or not authorized. Contact your local "
            "system administrator, or attempt to login with another role, e.g. PUBLIC.",
        )
    if role not in available:
        raise SnowflakeError(
            390186,
            "08001",
            f"Role '{wanted}' specified in the connect string is not granted to this user. Contact your local "
            "system administrator, or attempt to login with another role, e.g. PUBLIC.",
        )
    return role


def _secondary(found: SecurableObject) -> str:
    """DEFAULT_SECONDARY_ROLES is ALL unless the user was given an empty list (R20)."""
    return "NONE" if json.loads(found.properties.get("DEFAULT_SECONDARY_ROLES", '["ALL"]')) == [] else "ALL"


def _namespace(found: SecurableObject) -> list[str]:
    written = found.properties.get("DEFAULT_NAMESPACE", "")
    return [identifiers.display(part) for part in identifiers.split(written)] if written else []


def _open_warehouse(authority: Authority, wanted: str) -> str:
    name = _stored(wanted)
    return name if name and authority.has_any(warehouse(name)) else ""


def _open_database(account: Account, authority: Authority, wanted: str) -> str:
    """A database that is missing or closed is not an error at login: the session just has none."""
    name = _stored(wanted)
    return name if name and database(name) in account.objects and authority.has_any(database(name)) else ""


def _open_schema(account: Account, authority: Authority, in_database: str, wanted: str) -> str:
    if not in_database:
        return ""
    name = _stored(wanted) or "PUBLIC"
    ref = schema(in_database, name)
    return name if ref in account.objects and authority.has_any(ref) else ""


def _stored(written: str) -> str:
    try:
        return identifiers.stored(written) if written else ""
    except IdentifierError:
        return ""
