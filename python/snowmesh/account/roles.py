"""Role inheritance and what a session's roles are (facts R1-R34)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from snowmesh.account.objects import ObjectRef, ObjectType, RoleName, role_name, role_ref, user
from snowmesh.account.state import Account

ACCOUNTADMIN, SECURITYADMIN, USERADMIN, SYSADMIN, PUBLIC = (
    "ACCOUNTADMIN",
    "SECURITYADMIN",
    "USERADMIN",
    "SYSADMIN",
    "PUBLIC",
)
SYSTEM_ROLES = (ACCOUNTADMIN, SECURITYADMIN, USERADMIN, SYSADMIN, PUBLIC)
# child -> parent, kept by Snowflake itself (R2, R3)
SYSTEM_EDGES = ((USERADMIN, SECURITYADMIN), (SECURITYADMIN, ACCOUNTADMIN), (SYSADMIN, ACCOUNTADMIN))


@dataclass(frozen=True)
class ActiveRoles:
    """The roles of a session: the primary one, and those named or ALL as secondary (R17-R22)."""

    primary: str
    secondary: tuple[str, ...] = ()

    @property
    def direct(self) -> tuple[str, ...]:
        """Primary first, then secondary."""
        return (self.primary, *(r for r in self.secondary if r != self.primary))


def children(account: Account, name: RoleName) -> set[RoleName]:
    """The roles granted directly to a role or user, the fixed system edges included."""
    found = {m.role for m in account.granted_to(role_ref(name))}
    return found | {child for child, parent in SYSTEM_EDGES if parent == name}


def closure(account: Account, names: Iterable[RoleName]) -> frozenset[RoleName]:
    """The roles and everything they inherit, database roles too; PUBLIC is below every role (R2)."""
    asked = frozenset((*names, PUBLIC))
    known = account.closures.get(asked)
    if known is not None:
        return known
    found: set[RoleName] = set()
    waiting = list(asked)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(children(account, name))
    account.closures[asked] = frozenset(found)
    return account.closures[asked]


def granted_to_user(account: Account, user_name: str) -> frozenset[str]:
    """The roles granted directly to a user, PUBLIC included."""
    return account_roles(m.role for m in account.granted_to(user(user_name))) | {PUBLIC}


def available_to_user(account: Account, user_name: str) -> frozenset[str]:
    """Every account role a user may activate or inherits (R28); a database role cannot be activated (R17)."""
    return account_roles(closure(account, granted_to_user(account, user_name)))


def account_roles(names: Iterable[RoleName]) -> frozenset[str]:
    """The account roles among roles."""
    return frozenset(name for name in names if isinstance(name, str))


def database_roles(names: Iterable[RoleName], database: str) -> frozenset[str]:
    """The names of the roles of one database among roles (R32)."""
    refs = (n for n in names if isinstance(n, ObjectRef) and n.type is ObjectType.DATABASE_ROLE)
    return frozenset(ref.name[1] for ref in refs if ref.name[0] == database)


def would_cycle(account: Account, child: RoleName, parent: ObjectRef) -> bool:
    """Whether granting `child` to a role closes a circle (R15)."""
    return role_name(parent) in closure(account, [child]) - {PUBLIC}


def secondary_roles(account: Account, user_name: str, setting: str | tuple[str, ...]) -> tuple[str, ...]:
    """Resolve a session's secondary roles: 'ALL' is recomputed at every statement (R21), 'NONE' is ()."""
    if setting == "ALL":
        return tuple(sorted(granted_to_user(account, user_name) - {PUBLIC}))
    return () if setting == "NONE" else tuple(setting)


def missing_roles(account: Account, names: Iterable[str]) -> list[str]:
    """Names that are no role of the account."""
    return [n for n in names if ObjectRef(ObjectType.ROLE, (n,)) not in account.objects]
