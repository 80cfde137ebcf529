"""The account as it is, read with few SHOW statements.

Columns are read by name. A read that fails or that Snowflake may have cut short stops everything: an empty answer
would turn into a plan that creates what exists.
"""

from __future__ import annotations

from collections.abc import Iterator

from snowmesh.account import roles
from snowmesh.account.grants import Grant, Membership
from snowmesh.account.identifiers import quote
from snowmesh.account.objects import ObjectRef, ObjectType, role, role_name, user
from snowmesh.account.roles import PUBLIC, SECURITYADMIN, SYSADMIN, USERADMIN
from snowmesh.account.state import Account, frozen
from snowmesh.bootstrap import current_grants, current_objects, shown
from snowmesh.bootstrap.declared import Declared
from snowmesh.bootstrap.problems import BootstrapError, printable
from snowmesh.bootstrap.scope import SYSTEM
from snowmesh.bootstrap.session import ROLE_NOT_ASSIGNED, SYNTAX_ERROR, UNSUPPORTED, Row, Session, StatementError
from snowmesh.bootstrap.statements import grant_role

ROW_CAP = current_objects.ROW_CAP
# everything hangs below these; PUBLIC is asked by name, as it is below every role without a grant (R2)
FEW_USERS = 20
_CONTAINERS = (ObjectType.DATABASE, ObjectType.SCHEMA)
_ROOTS = (SYSADMIN, SECURITYADMIN)


def read_account(session: Session, declared: Declared, *, thorough: bool = False) -> Account:
    """The current account, as far as the declared one can touch it. Raises BootstrapError.

    `thorough` also asks which users hold the declared roles, and what roles outside the hierarchy hold.
    """
    try:
        session.use_role(SECURITYADMIN)
        found = current_objects.read(session, declared, thorough)
        account = Account(name=session.account, objects=frozen({o.ref: o for o in found.objects}))
        account = _with_privileges(session, declared, account, thorough)
        account = _with_future(session, declared, account, thorough)
        return _with_users(session, declared, account, found.held_by_users, thorough)
    except StatementError as error:
        what = f"the account cannot be read: {printable(error.reason)}\nStatement: {printable(error.sql)}"
        advice = f"ACCOUNTADMIN runs: {grant_role(SECURITYADMIN, session.user)}"
        raise BootstrapError(what, advice if error.code == ROLE_NOT_ASSIGNED else "") from error


# -- what roles hold ---------------------------------------------------------------------------------------


def _with_privileges(session: Session, declared: Declared, account: Account, thorough: bool) -> Account:
    """What is granted to roles: everything below the roots, then role by role what is outside.

    Accounts without the hierarchy form are asked role by role.
    """
    below = _below_roots(session, "GRANTS")
    account = current_grants.with_rows(account, [(below or [], None)])
    outside = _outside(declared, account, below is not None, thorough)
    answers = [(session.query(f"SHOW GRANTS TO {ref.type.value} {ref.sql}"), role_name(ref)) for ref in outside]
    return current_grants.with_rows(account, answers)


def _with_future(session: Session, declared: Declared, account: Account, thorough: bool) -> Account:
    """Future grants: in the same way, or container by container when that is less."""
    below = _below_roots(session, "FUTURE GRANTS")
    found = list(current_grants.future(below or ()))
    outside = _outside(declared, account, below is not None, thorough)
    containers = [ref for ref in declared.account.objects if ref.type in _CONTAINERS and ref in account.objects]
    if below is None and len(containers) < len(outside):
        for ref in containers:
            found.extend(current_grants.future(session.query(f"SHOW FUTURE GRANTS IN {ref.type.value} {ref.sql}")))
        outside = [ref for ref in outside if ref.type is ObjectType.DATABASE_ROLE]
    for ref in outside:
        found.extend(current_grants.future(session.query(f"SHOW FUTURE GRANTS TO {ref.type.value} {ref.sql}"), ref))
    return account.with_future_grants(found)


def _below_roots(session: Session, what: str) -> list[Row] | None:
    """The rows of all roles below the roots; None when the account does not know the form or may have cut it."""
    found: list[Row] = []
    for root in _ROOTS:
        try:
            rows = session.query(f"SHOW {what} TO ROLE {quote(root)} INCLUDE HIERARCHY")
        except StatementError as error:
            if error.code in (SYNTAX_ERROR, UNSUPPORTED):
                return None
            raise
        if len(rows) == ROW_CAP:
            return None
        found.extend(rows)
    return found


def _outside(declared: Declared, account: Account, hierarchy: bool, thorough: bool) -> list[ObjectRef]:
    """The roles to ask one by one: those that exist, are wanted, and were not among the rows of the roots."""
    kinds = (ObjectType.ROLE, ObjectType.DATABASE_ROLE)
    wanted = [ref for ref in (account if thorough else declared.account).objects if ref.type in kinds]
    known = roles.closure(account, _ROOTS) - {PUBLIC} if hierarchy else frozenset()
    system = [role(name) for name in ((PUBLIC,) if hierarchy else (*_ROOTS, USERADMIN, PUBLIC))]
    mine = [
        ref for ref in wanted if ref in account.objects and role_name(ref) not in known and ref.name[-1] not in SYSTEM
    ]
    # the rows of a database role do not say of which database it is
    asked = [ref for ref in wanted if ref.type is ObjectType.DATABASE_ROLE and ref in account.objects]
    return [*system, *dict.fromkeys((*mine, *asked))]


# -- users -------------------------------------------------------------------------------------------------


def _with_users(
    session: Session, declared: Declared, account: Account, held: frozenset[str], thorough: bool
) -> Account:
    """Who holds which role: user by user, which tells more; role by role when that is far less; `thorough` both."""
    users = [u.ref for u in declared.account.of_type(ObjectType.USER) if u.ref in account.objects]
    asked = (
        [r.ref for r in declared.account.of_type(ObjectType.ROLE) if r.ref.name[0] in held] if users or thorough else []
    )
    many = len(users) > len(asked) + FEW_USERS
    if thorough or many:
        account = account.with_memberships(m for ref in asked for m in _holders(session, ref))
    if thorough or not many:
        rows = {ref: session.query(f"SHOW GRANTS TO USER {ref.sql}") for ref in users}
        account = account.with_memberships(m for ref in users for m in _user_roles(rows[ref], ref))
        account = account.with_grants(g for ref in users for g in _user_privileges(account, rows[ref], ref))
    return account


def _holders(session: Session, ref: ObjectRef) -> Iterator[Membership]:
    for row in session.query(f"SHOW GRANTS OF ROLE {ref.sql}"):
        kind = shown.object_type(row["granted_to"])
        name, by = shown.name(row["grantee_name"]), shown.name(row.get("granted_by"))
        if kind in (ObjectType.USER, ObjectType.ROLE):
            to = user(name) if kind is ObjectType.USER else role(name)
            yield Membership(role_name(ref), to, granted_by=by)


def _user_roles(rows: list[Row], ref: ObjectRef) -> Iterator[Membership]:
    for row in rows:
        # the older shape has only `role`; the newer leaves it empty for what is granted to the user itself (S6)
        if row.get("role"):
            parts = shown.parts(row["role"])
            name = ObjectRef(ObjectType.DATABASE_ROLE, parts) if len(parts) == 2 else shown.name(row["role"])
            yield Membership(name, ref, granted_by=shown.name(row.get("granted_by")))


def _user_privileges(account: Account, rows: list[Row], ref: ObjectRef) -> Iterator[Grant]:
    direct = [row for row in rows if not row.get("role") and row.get("privilege")]
    return current_grants.grants(account, direct, ref)
