"""The least system role that may run a statement, and why when it is more than the usual one."""

from __future__ import annotations

from snowmesh.account.objects import ObjectRef, ObjectType, role_ref, shown_role
from snowmesh.account.privileges import HANDED_OUT_BY_HOLDERS
from snowmesh.account.roles import ACCOUNTADMIN, SECURITYADMIN, SYSADMIN, USERADMIN
from snowmesh.account.state import Account
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
)

IMPORTED = "IMPORTED PRIVILEGES"
_ORDER = (USERADMIN, SYSADMIN, SECURITYADMIN, ACCOUNTADMIN)


def of(change: Change, declared: Account) -> tuple[str, str]:
    """The role, and why it is more than the usual one or an empty text.

    Owners create and change (R11, P22), MANAGE GRANTS grants and transfers (R6, P37).
    """
    if isinstance(change, GrantPrivileges | RevokePrivileges):
        return _granting(change)
    if isinstance(change, GrantRoles | RevokeRole):
        roles = change.roles if isinstance(change, GrantRoles) else (change.role,)
        # a role that cannot look into the database cannot name its roles
        return (SECURITYADMIN if all(isinstance(r, str) for r in roles) else SYSADMIN), ""
    if isinstance(change, CreateObject):
        return shown_role(change.object.owner), ""
    if isinstance(change, AlterObject | SetManagedAccess | DropObject):
        return owner(change.ref, declared), ""
    return SECURITYADMIN, ""


def owner(ref: ObjectRef, declared: Account) -> str:
    """The declared owner of an object."""
    return shown_role(declared.objects[ref].owner)


def order(role: str) -> int:
    """Where a role stands among statements that could come in any order."""
    return _ORDER.index(role) if role in _ORDER else len(_ORDER)


def _granting(change: GrantPrivileges | RevokePrivileges) -> tuple[str, str]:
    if IMPORTED in change.privileges:  # L1, L7
        return ACCOUNTADMIN, f"{IMPORTED} on a shared database is granted with IMPORT SHARE, which ACCOUNTADMIN holds"
    if change.on.type is ObjectType.ACCOUNT and (handed := sorted(HANDED_OUT_BY_HOLDERS & {*change.privileges})):
        return ACCOUNTADMIN, f"{', '.join(handed)} on the account is handed out by ACCOUNTADMIN only"
    if role_ref(change.role).type is ObjectType.DATABASE_ROLE:
        if change.scope is Scope.OBJECT and change.on.type.depth < 3:
            return SYSADMIN, ""
        return ACCOUNTADMIN, "a database role gets it by MANAGE GRANTS and USAGE on its database, which one role has"
    return SECURITYADMIN, ""
