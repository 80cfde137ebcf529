"""The rows of SHOW GRANTS and SHOW FUTURE GRANTS as grants. Kinds that a mesh file does not grant on are left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from snowmesh.account.grants import FutureGrant, Grant, Membership
from snowmesh.account.objects import ACCOUNT, Database, ObjectRef, ObjectType, RoleName, role, role_name
from snowmesh.account.state import Account
from snowmesh.bootstrap import shown
from snowmesh.bootstrap.session import Row

OWNERSHIP = "OWNERSHIP"


def with_rows(account: Account, answers: Iterable[tuple[list[Row], RoleName | None]]) -> Account:
    """The account with the grants and role grants of answers; with each, whose rows they are if they are one role's."""
    found: list[Grant] = []
    members: list[Membership] = []
    for rows, grantee in answers:
        wanted = [row for row in rows if _is_wanted(row, grantee)]
        found.extend(grants(account, wanted, grantee))
        members.extend(m for row in wanted if (m := _membership(row, grantee)))
    return account.with_grants(found).with_memberships(members)


def grants(account: Account, rows: Iterable[Row], grantee: RoleName | None = None) -> Iterator[Grant]:
    """The privileges on objects among rows; OWNERSHIP is the object's owner."""
    for row in rows:
        ref = granted_on(row)
        if ref is None or ref.type in (ObjectType.ROLE, ObjectType.DATABASE_ROLE):
            continue
        privilege = str(row["privilege"]).upper()
        if privilege != OWNERSHIP:
            yield Grant(
                _as_granted(account, privilege, ref),
                ref,
                _grantee(row, grantee),
                _is_true(row.get("grant_option")),
                shown.name(row.get("granted_by")),
            )


def future(rows: Iterable[Row], grantee: ObjectRef | None = None) -> Iterator[FutureGrant]:
    """The future grants among rows. Their columns have names of their own (S7)."""
    whose = role_name(grantee) if grantee else None
    for row in rows:
        kind = shown.object_type(row["grant_on"])
        container = _container(row)
        if kind is None or container is None:
            continue
        if whose is None and shown.object_type(row["grant_to"]) is not ObjectType.ROLE:
            continue
        name = whose if whose is not None else shown.name(row["grantee_name"])
        option = _is_true(row.get("grant_option"))
        yield FutureGrant(str(row["privilege"]).upper(), kind, container, name, option)


def granted_on(row: Row) -> ObjectRef | None:
    """The object of a row; None for kinds that mesh-bootstrap does not know."""
    kind = shown.object_type(row["granted_on"])
    if kind is None:
        return None
    if kind is ObjectType.ACCOUNT:
        return ACCOUNT
    parts = shown.parts(row["name"]) if kind.depth > 1 else (shown.name(row["name"]),)
    return ObjectRef(kind, parts) if len(parts) == kind.depth else None


def _is_wanted(row: Row, grantee: RoleName | None) -> bool:
    # a database role's name comes without its database, so its rows count only when it was asked for by itself
    return grantee is not None or shown.object_type(row["granted_to"]) is ObjectType.ROLE


def _grantee(row: Row, grantee: RoleName | None) -> RoleName:
    return grantee if grantee is not None else shown.name(row["grantee_name"])


def _membership(row: Row, grantee: RoleName | None) -> Membership | None:
    ref = granted_on(row)
    if ref is None or ref.type not in (ObjectType.ROLE, ObjectType.DATABASE_ROLE) or row["privilege"] != "USAGE":
        return None
    to = _grantee(row, grantee)
    holder = role(to) if isinstance(to, str) else to
    return Membership(role_name(ref), holder, _is_true(row.get("grant_option")), shown.name(row.get("granted_by")))


def _container(row: Row) -> ObjectRef | None:
    """`DB.SCH.<TABLE>` -> the schema, `DB.<SCHEMA>` -> the database."""
    parts = shown.parts(row["name"])[:-1]
    if len(parts) not in (1, 2):
        return None
    return ObjectRef(ObjectType.DATABASE if len(parts) == 1 else ObjectType.SCHEMA, parts)


def _as_granted(account: Account, privilege: str, ref: ObjectRef) -> str:
    """IMPORTED PRIVILEGES comes back as USAGE on the shared database, and only there."""
    found = account.objects.get(ref)
    shared = isinstance(found, Database) and found.shared
    return "IMPORTED PRIVILEGES" if shared and privilege == "USAGE" else privilege


def _is_true(value: object) -> bool:
    return str(value).upper() == "TRUE"
