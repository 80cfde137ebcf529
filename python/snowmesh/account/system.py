"""What a fresh account holds: system roles, their privileges, the user ADMIN, a warehouse (R1-R8, P1-P6).

Nothing else in the code knows that ACCOUNTADMIN is special: it can do what it holds or inherits (R4).
"""

from __future__ import annotations

from snowmesh.account import roles
from snowmesh.account.grants import Grant, Membership
from snowmesh.account.objects import ACCOUNT, ObjectType, SecurableObject, role, user, warehouse
from snowmesh.account.privileges import GRANTABLE
from snowmesh.account.state import Account, frozen

ADMIN = "ADMIN"
COMPUTE_WH = "COMPUTE_WH"
NO_USER_GRANTS = "DISABLE_USER_PRIVILEGE_GRANTS"  # a parameter of the account (R24)
_DEFAULTS = {
    roles.SYSADMIN: ("CREATE DATABASE", "CREATE WAREHOUSE"),
    roles.SECURITYADMIN: ("MANAGE GRANTS",),
    roles.USERADMIN: ("CREATE USER", "CREATE ROLE"),
}


def fresh_account(name: str = "LOCAL") -> Account:
    """The account as Snowflake hands it over: user ADMIN holds ACCOUNTADMIN, and there is no database."""
    account = Account(name=name)
    for item in (*_system_roles(), _admin(), _compute_wh()):
        account = account.with_object(item)
    membership = Membership(roles.ACCOUNTADMIN, user(ADMIN))
    return account.with_grants(_default_grants()).with_memberships([membership])


def user_grants_count(account: Account) -> bool:
    """Whether privileges that are granted to users have an effect (R24)."""
    item = account.objects.get(ACCOUNT)
    return item is None or item.properties.get(NO_USER_GRANTS, "false") != "true"


def _system_roles() -> list[SecurableObject]:
    return [SecurableObject(ref=role(name), owner="") for name in roles.SYSTEM_ROLES]


def _default_grants() -> list[Grant]:
    """Granted by nobody, so nobody can revoke them (P33).

    ACCOUNTADMIN holds with grant option what only it hands out (P1); SECURITYADMIN may pass MANAGE GRANTS on (R47).
    """
    below = {privilege for held in _DEFAULTS.values() for privilege in held}
    handed_out = [p for p in GRANTABLE[ObjectType.ACCOUNT] if p not in below - set(_DEFAULTS[roles.SYSADMIN])]
    found = [Grant(p, ACCOUNT, roles.ACCOUNTADMIN, grant_option=True) for p in handed_out]
    for name, privileges in _DEFAULTS.items():
        found.extend(Grant(p, ACCOUNT, name, grant_option=name == roles.SECURITYADMIN) for p in privileges)
    return found


def _admin() -> SecurableObject:
    properties = {
        "DEFAULT_ROLE": roles.ACCOUNTADMIN,
        "DEFAULT_WAREHOUSE": COMPUTE_WH,
        "DEFAULT_SECONDARY_ROLES": '["ALL"]',
        "TYPE": "PERSON",
    }
    return SecurableObject(ref=user(ADMIN), owner=roles.ACCOUNTADMIN, properties=frozen(properties))


def _compute_wh() -> SecurableObject:
    properties = {"WAREHOUSE_SIZE": "X-Small", "AUTO_SUSPEND": "600", "AUTO_RESUME": "true", "STATE": "STARTED"}
    return SecurableObject(ref=warehouse(COMPUTE_WH), owner=roles.ACCOUNTADMIN, properties=frozen(properties))
