"""The account as it is, read with few SHOW statements.

Columns are read by name. A read that fails or that Snowflake may have cut short stops everything: an empty answer
would turn into a plan that creates what exists.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from snowmesh.account import objects, roles
from snowmesh.account.grants import Grant, Membership
from snowmesh.account.identifiers import quote
from snowmesh.account.objects import ACCOUNT, Database, ObjectRef, ObjectType, Schema, SecurableObject
from snowmesh.account.roles import SECURITYADMIN, SYSADMIN
from snowmesh.account.state import Account, frozen
from snowmesh.bootstrap import shown
from snowmesh.bootstrap.expand import Declared
from snowmesh.bootstrap.problems import BootstrapError, printable
from snowmesh.bootstrap.session import ROLE_NOT_ASSIGNED, SYNTAX_ERROR, UNSUPPORTED, Row, Session, StatementError
from snowmesh.bootstrap.statements import grant_role

ROW_CAP = 10_000  # SHOW answers with at most so many rows, and does not say that there are more


def read_account(session: Session, declared: Declared) -> Account:
    """The current account, as far as the declared one can touch it. Raises BootstrapError."""
    try:
        session.use_role(SECURITYADMIN)
        account = Account(name=session.account, objects=frozen({o.ref: o for o in _objects(session, declared)}))
        account = _with_rows(account, _role_grants(session, declared, account))
        return account.with_memberships(_user_roles(session, declared, account))
    except StatementError as error:
        what = f"the account cannot be read: {printable(error.reason)}\nStatement: {printable(error.sql)}"
        advice = f"ACCOUNTADMIN runs: {grant_role(SECURITYADMIN, session.user)}"
        raise BootstrapError(what, advice if error.code == ROLE_NOT_ASSIGNED else "") from error


# -- objects -------------------------------------------------------------------------------------------


def _objects(session: Session, declared: Declared) -> Iterator[SecurableObject]:
    for row in _listed(session, "SHOW ROLES"):
        yield SecurableObject(ref=objects.role(shown.name(row["name"])), owner=shown.name(row["owner"]))
    for row in _listed(session, "SHOW WAREHOUSES"):
        yield _warehouse(row)
    for row in _listed(session, "SHOW DATABASES"):
        yield _database(row)
    for row in _schema_rows(session, declared):
        ref = objects.schema(shown.name(row["database_name"]), shown.name(row["name"]))
        managed = "MANAGED ACCESS" in str(row.get("options") or "")
        yield Schema(ref=ref, owner=shown.name(row["owner"]), managed_access=managed)
    if declared.account.of_type(ObjectType.USER):
        for row in _listed(session, "SHOW USERS"):
            yield _user(row)


def _listed(session: Session, sql: str) -> list[Row]:
    rows = session.query(sql)
    if len(rows) == ROW_CAP:
        raise BootstrapError(
            f"{sql} answered with {ROW_CAP:,} rows, which is where Snowflake stops listing; "
            "mesh-bootstrap does not plan from half a list."
        )
    return rows


def _schema_rows(session: Session, declared: Declared) -> list[Row]:
    """One statement for all schemas; in a very large account one for each declared database that exists."""
    rows = session.query("SHOW SCHEMAS IN ACCOUNT")
    if len(rows) < ROW_CAP:
        return rows
    databases = {shown.name(row["database_name"]) for row in rows}
    wanted = [d.ref for d in declared.account.of_type(ObjectType.DATABASE) if d.ref.name[0] in databases]
    return [row for ref in wanted for row in _listed(session, f"SHOW SCHEMAS IN DATABASE {ref.sql}")]


def _warehouse(row: Row) -> SecurableObject:
    properties = {
        "WAREHOUSE_SIZE": shown.warehouse_size(row["size"]),
        "AUTO_SUSPEND": str(row["auto_suspend"] or 0),
        "COMMENT": str(row["comment"] or ""),
    }
    ref = objects.warehouse(shown.name(row["name"]))
    return SecurableObject(ref=ref, owner=shown.name(row["owner"]), properties=frozen(properties))


def _database(row: Row) -> Database:
    shared = bool(row.get("origin")) or str(row.get("kind") or "").upper().startswith("IMPORTED")
    return Database(
        ref=objects.database(shown.name(row["name"])),
        owner=shown.name(row["owner"]),
        properties=frozen({"COMMENT": str(row["comment"] or "")}),
        shared=shared,
    )


def _user(row: Row) -> SecurableObject:
    properties = {
        "TYPE": str(row.get("type") or "PERSON").upper(),  # NULL is a person (C3)
        "DEFAULT_ROLE": shown.name(row["default_role"]),
        "DEFAULT_WAREHOUSE": shown.name(row["default_warehouse"]),
        "DEFAULT_NAMESPACE": shown.namespace(row["default_namespace"]),
    }
    ref = objects.user(shown.name(row["name"]))
    return SecurableObject(ref=ref, owner=shown.name(row["owner"]), properties=frozen(properties))


# -- grants --------------------------------------------------------------------------------------------


def _role_grants(session: Session, declared: Declared, account: Account) -> list[Row]:
    """Everything granted to roles: one statement for all below SYSADMIN, then one for each declared role outside.

    Accounts without the hierarchy form are asked role by role.
    """
    wanted = [SYSADMIN, *(r.ref.name[0] for r in declared.account.of_type(ObjectType.ROLE) if r.ref in account.objects)]
    rows = _hierarchy(session)
    reached = roles.closure(_with_rows(account, rows), [SYSADMIN]) if rows is not None else frozenset()
    outside = [name for name in wanted if name not in reached]
    return [*(rows or ()), *(row for name in outside for row in session.query(f"SHOW GRANTS TO ROLE {quote(name)}"))]


def _hierarchy(session: Session) -> list[Row] | None:
    try:
        rows = session.query(f"SHOW GRANTS TO ROLE {quote(SYSADMIN)} INCLUDE HIERARCHY")
    except StatementError as error:
        if error.code in (SYNTAX_ERROR, UNSUPPORTED):
            return None
        raise
    return rows if len(rows) != ROW_CAP else None


def _with_rows(account: Account, rows: Iterable[Row]) -> Account:
    """The account with the grants and role grants of SHOW GRANTS rows."""
    grants: list[Grant] = []
    memberships: list[Membership] = []
    for row in rows:
        ref = _granted_on(row)
        if ref is None or shown.object_type(row["granted_to"]) is not ObjectType.ROLE:
            continue
        grantee, privilege = shown.name(row["grantee_name"]), str(row["privilege"]).upper()
        if ref.type is ObjectType.ROLE and privilege == "USAGE":
            memberships.append(Membership(ref.name[0], objects.role(grantee)))
        elif privilege != "OWNERSHIP":
            grants.append(Grant(_as_granted(account, privilege, ref), ref, grantee))
    return account.with_grants(grants).with_memberships(memberships)


def _granted_on(row: Row) -> ObjectRef | None:
    """The object of a row; None for kinds that a mesh file does not grant on."""
    kind = shown.object_type(row["granted_on"])
    if kind is None or kind.depth > 2 or kind is ObjectType.DATABASE_ROLE:
        return None
    if kind is ObjectType.ACCOUNT:
        return ACCOUNT
    parts = shown.parts(row["name"]) if kind.depth == 2 else (shown.name(row["name"]),)
    return ObjectRef(kind, parts) if len(parts) == kind.depth else None


def _as_granted(account: Account, privilege: str, ref: ObjectRef) -> str:
    """IMPORTED PRIVILEGES comes back as USAGE on the shared database, and only there."""
    found = account.objects.get(ref)
    shared = isinstance(found, Database) and found.shared
    return "IMPORTED PRIVILEGES" if shared and privilege == "USAGE" else privilege


def _user_roles(session: Session, declared: Declared, account: Account) -> Iterator[Membership]:
    for user in declared.account.of_type(ObjectType.USER):
        if user.ref not in account.objects:
            continue
        for row in session.query(f"SHOW GRANTS TO USER {user.ref.sql}"):
            # the older shape has only `role`; the newer leaves it empty for what is granted to the user itself (S6)
            if row.get("role"):
                yield Membership(shown.name(row["role"]), user.ref)
