"""GRANT and REVOKE ROLE and DATABASE ROLE (R2, R3, R12-R15, R25, R40)."""

from __future__ import annotations

from dataclasses import dataclass

from snowmesh.account import granting, roles
from snowmesh.account.authorization import Authority
from snowmesh.account.grants import Membership
from snowmesh.account.objects import ObjectRef, ObjectType, RoleName, role_ref
from snowmesh.account.state import Account
from snowmesh.local import denials, errors
from snowmesh.local.session import Outcome, Session
from snowmesh.local.statements.base import Statement, done
from snowmesh.local.statements.creation import system_object
from snowmesh.local.statements.grantable import partially_revoked
from snowmesh.local.statements.grantee import Grantee
from snowmesh.local.tokens import Cursor


@dataclass(frozen=True)
class GrantRoles(Statement):
    """`GRANT [DATABASE] ROLE a [, b …] TO {ROLE | DATABASE ROLE | USER} x [WITH GRANT OPTION]` (R13)."""

    roles: tuple[Grantee, ...]
    to: Grantee
    grant_option: bool = False

    def run(self, account: Account, session: Session) -> Outcome:
        """OWNERSHIP of each role, MANAGE GRANTS, or the grant option on it (R12). All roles or none."""
        to = self.to.find(account, session)
        authority = session.authority(account)
        for role in self.roles:
            name = role.role(account, session)
            if not granting.may_grant_role(authority, name):
                raise denials.grant_refused()
            account = self._with(account, authority, session, name, to)
        return done(account, session)

    def _with(self, account: Account, authority: Authority, session: Session, name: RoleName, to: ObjectRef) -> Account:
        if _is_fixed(name, to):
            return account
        _check_database(name, to)
        if to.type is not ObjectType.USER and roles.would_cycle(account, name, to):
            shown = role_ref(name).fqn
            raise errors.invalid(
                f"Role '{shown}' cannot be granted to role '{to.fqn}': "
                f"'{to.fqn}' is granted to '{shown}', and roles form no cycle."
            )
        grantor = granting.role_grantor(authority, name, session.role)
        return granting.add_membership(account, Membership(name, to, self.grant_option, grantor))


@dataclass(frozen=True)
class RevokeRoles(Statement):
    """`REVOKE [GRANT OPTION FOR] [DATABASE] ROLE a [, …] FROM {ROLE | DATABASE ROLE | USER} x [RESTRICT | CASCADE]`."""

    roles: tuple[Grantee, ...]
    to: Grantee
    option_only: bool = False
    cascade: bool = False

    def run(self, account: Account, session: Session) -> Outcome:
        """Who may grant a role may revoke it; revoking nothing succeeds (P31)."""
        to = self.to.find(account, session)
        authority, revoked, skipped = session.authority(account), 0, 0
        for role in self.roles:
            name = role.role(account, session)
            if _is_fixed(name, to):
                raise system_object(role_ref(name), "REVOKE")
            if not granting.may_grant_role(authority, name):
                raise denials.denied(account, session, "OWNERSHIP", role_ref(name))
            step = self._revoke(account, authority, Membership(name, to))
            account, revoked, skipped = step.account, revoked + step.revoked, skipped + step.skipped
        outcome = done(account, session)
        if skipped:
            raise partially_revoked(revoked, skipped, outcome)
        return outcome

    def _revoke(self, account: Account, authority: Authority, wanted: Membership) -> granting.Revocation:
        everything = authority.manages_grants(role_ref(wanted.role))
        return granting.revoke_membership(
            account,
            wanted,
            lambda member: everything or member.granted_by in authority.roles,
            option_only=self.option_only,
            cascade=self.cascade,
        )


def parse_grant(cursor: Cursor, role_type: ObjectType) -> Statement:
    """Read what follows GRANT [DATABASE] ROLE."""
    names = _read_roles(cursor, role_type)
    to = _read_grantee(cursor, "TO", role_type)
    grant_option = cursor.accept("WITH GRANT OPTION")
    if grant_option and (to.type is ObjectType.USER or role_type is ObjectType.DATABASE_ROLE):
        raise errors.syntax_error(
            "WITH GRANT OPTION is not allowed when a role is granted to a user, nor for database roles"
        )
    cursor.expect_end()
    return GrantRoles(names, to, grant_option)


def parse_revoke(cursor: Cursor, role_type: ObjectType, option_only: bool) -> Statement:
    """Read what follows REVOKE [GRANT OPTION FOR] [DATABASE] ROLE."""
    names = _read_roles(cursor, role_type)
    to = _read_grantee(cursor, "FROM", role_type)
    cascade = cursor.accept_one("CASCADE", "RESTRICT") == "CASCADE"
    cursor.expect_end()
    return RevokeRoles(names, to, option_only, cascade)


def _read_roles(cursor: Cursor, role_type: ObjectType) -> tuple[Grantee, ...]:
    names = [cursor.name()]
    while cursor.accept(","):
        names.append(cursor.name())
    if role_type is ObjectType.ROLE and any(len(parts) != 1 for parts in names):
        raise errors.syntax_error("in the name of a role: write GRANT DATABASE ROLE for a database role")
    return tuple(Grantee(role_type, parts) for parts in dict.fromkeys(names))


def _read_grantee(cursor: Cursor, word: str, role_type: ObjectType) -> Grantee:
    cursor.expect(word)
    other = cursor.accept_one("APPLICATION ROLE", "APPLICATION", "SHARE")
    if other:
        raise errors.not_implemented(f"GRANT and REVOKE {role_type.value} {word} {other}")
    kind = cursor.expect("DATABASE ROLE", "ROLE", "USER")
    if kind == "DATABASE ROLE":
        if role_type is ObjectType.ROLE:
            raise errors.invalid("An account role cannot be granted to a database role (R40).")
        return Grantee(ObjectType.DATABASE_ROLE, cursor.name())
    name = cursor.name()
    if len(name) != 1:
        raise errors.syntax_error("in the name of the grantee: write DATABASE ROLE before a database role")
    return Grantee(ObjectType(kind), name)


def _check_database(name: RoleName, to: ObjectRef) -> None:
    """A database role goes to database roles of its own database only (R40)."""
    if isinstance(name, ObjectRef) and to.type is ObjectType.DATABASE_ROLE and name.parents != to.parents:
        raise errors.invalid(
            f"Database role '{name.fqn}' cannot be granted to database role '{to.fqn}' of another one."
        )


def _is_fixed(name: RoleName, to: ObjectRef) -> bool:
    """What Snowflake keeps itself: PUBLIC below everything, and the edges of the system roles (R2, R3)."""
    if name == roles.PUBLIC:
        return True
    return to.type is ObjectType.ROLE and (name, to.name[0]) in roles.SYSTEM_EDGES
