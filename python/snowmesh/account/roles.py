"""Role inheritance and what a session's roles are (facts R1-R34)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from snowmesh.account.objects import ObjectRef, ObjectType, role, user
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


def children(account: Account, name: str) -> set[str]:
    """The roles granted directly to a role, the fixed system edges included."""
    found = {m.role for m in account.memberships if m.to == role(name)}
    return found | {child for child, parent in SYSTEM_EDGES if parent == name}


def closure(account: Account, names: Iterable[str]) -> frozenset[str]:
    """The roles and everything they inherit; PUBLIC is below every role (R2)."""
    found: set[str] = set()
    waiting = [*names, PUBLIC]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(children(account, name))
    return frozenset(found)


def granted_to_user(account: Account, user_name: str) -> frozenset[str]:
    """The roles granted directly to a user, PUBLIC included."""
    return frozenset({m.role for m in account.memberships if m.to == user(user_name)} | {PUBLIC})


def available_to_user(account: Account, user_name: str) -> frozenset[str]:
    """Every role a user may activate or inherits (R28)."""
    return closure(account, granted_to_user(account, user_name))


def would_cycle(account: Account, child: str, parent: str) -> bool:
    """Whether granting `child` to role `parent` closes a circle (R15)."""
    return parent in closure(account, [child]) - {PUBLIC}


def secondary_roles(account: Account, user_name: str, setting: str | tuple[str, ...]) -> tuple[str, ...]:
    """Resolve a session's secondary roles: 'ALL' is recomputed at every statement (R21), 'NONE' is ()."""
    if setting == "ALL":
        return tuple(sorted(granted_to_user(account, user_name) - {PUBLIC}))
    return () if setting == "NONE" else tuple(setting)


def missing_roles(account: Account, names: Iterable[str]) -> list[str]:
    """Names that are no role of the account."""
    return [n for n in names if ObjectRef(ObjectType.ROLE, (n,)) not in account.objects]
