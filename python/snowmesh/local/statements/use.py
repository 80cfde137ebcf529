"""USE ROLE, SECONDARY ROLES, WAREHOUSE, DATABASE, SCHEMA (R17, R21, I14)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from snowmesh.account import roles
from snowmesh.account.authorization import Authority
from snowmesh.account.objects import ObjectRef, ObjectType, database, schema
from snowmesh.account.state import Account
from snowmesh.local import denials, errors
from snowmesh.local.errors import SnowflakeError
from snowmesh.local.session import Outcome, Session
from snowmesh.local.statements.base import Statement, done
from snowmesh.local.tokens import Cursor

INFORMATION_SCHEMA = "INFORMATION_SCHEMA"


@dataclass(frozen=True)
class UseRole(Statement):
    """`USE ROLE r`: any role the user holds, directly or by inheritance; secondary roles stay."""

    role: str

    def run(self, account: Account, session: Session) -> Outcome:
        """003013 for a role that is not the user's."""
        check_assigned(account, session.user, self.role)
        return done(account, replace(session, role=self.role))


@dataclass(frozen=True)
class UseSecondaryRoles(Statement):
    """`USE SECONDARY ROLES {ALL | NONE | r [, …]}`; a list is validated at once (R21)."""

    setting: str | tuple[str, ...]

    def run(self, account: Account, session: Session) -> Outcome:
        """Fails if one of the roles is not the user's."""
        if isinstance(self.setting, tuple):
            for role in self.setting:
                check_assigned(account, session.user, role)
        return done(account, replace(session, secondary=self.setting))


@dataclass(frozen=True)
class UseWarehouse(Statement):
    """`USE WAREHOUSE w`."""

    parts: tuple[str, ...]

    def run(self, account: Account, session: Session) -> Outcome:
        """USAGE on the warehouse (P11)."""
        ref = session.resolve(ObjectType.WAREHOUSE, self.parts, "USE")
        _require_usage(account, session, ref)
        return done(account, replace(session, warehouse=ref.name[0]))


@dataclass(frozen=True)
class UseContainer(Statement):
    """`USE [DATABASE] d`, `USE [SCHEMA] d.s`, `USE SCHEMA s`."""

    parts: tuple[str, ...]
    object_type: ObjectType

    def run(self, account: Account, session: Session) -> Outcome:
        """USAGE on the container; USE DATABASE goes to its schema PUBLIC (I14)."""
        ref = session.resolve(self.object_type, self.parts, f"USE {self.object_type.value}")
        _require_usage(account, session, database(ref.name[0]))
        if self.object_type is ObjectType.DATABASE:
            public = "PUBLIC" if schema(ref.name[0], "PUBLIC") in account.objects else ""
            return done(account, replace(session, database=ref.name[0], schema=public))
        if ref.name[1] != INFORMATION_SCHEMA:
            _require_usage(account, session, ref)
        return done(account, replace(session, database=ref.name[0], schema=ref.name[1]))


def check_assigned(account: Account, user: str, role: str) -> None:
    """Raise unless the user holds the role, directly or through another one."""
    if not account.role_exists(role):
        raise denials.no_such_object()
    if role not in roles.available_to_user(account, user):
        raise SnowflakeError(
            3013,
            "42501",
            f"SQL access control error:\nRequested role '{role}' is not assigned to the executing user.  "
            "Specify another role to activate.",
        )


def parse(cursor: Cursor) -> Statement:
    """Read what follows USE."""
    if cursor.accept("SECONDARY ROLES"):
        return _parse_secondary(cursor)
    if cursor.accept("SECONDARY ROLE"):
        raise errors.syntax_error("unexpected 'ROLE'. Expected: USE SECONDARY ROLES")
    word = cursor.accept_one("ROLE", "WAREHOUSE", "DATABASE", "SCHEMA", "CATALOG", "AGENT")
    if word in ("CATALOG", "AGENT"):
        raise errors.not_implemented(f"USE {word}")
    parts = cursor.name()
    cursor.expect_end()
    if word == "ROLE":
        return UseRole(_single(parts))
    if word == "WAREHOUSE":
        return UseWarehouse(parts)
    if word == "SCHEMA" or (not word and len(parts) > 1):
        return UseContainer(parts, ObjectType.SCHEMA)
    return UseContainer(parts, ObjectType.DATABASE)


def _parse_secondary(cursor: Cursor) -> Statement:
    word = cursor.accept_one("ALL", "NONE")
    if word:
        cursor.expect_end()
        return UseSecondaryRoles(word)
    names = [_single(cursor.name())]
    while cursor.accept(","):
        names.append(_single(cursor.name()))
    cursor.expect_end()
    return UseSecondaryRoles(tuple(dict.fromkeys(names)))


def _single(parts: tuple[str, ...]) -> str:
    if len(parts) != 1:
        raise errors.not_implemented("activating a database role", "only account roles can be activated (R17)")
    return parts[0]


def _require_usage(account: Account, session: Session, ref: ObjectRef) -> None:
    authority = session.authority(account)
    item = account.objects.get(ref)
    if item is None or not authority.sees(ref):
        raise denials.no_such_object()
    if not _imported(authority, ref):
        denials.require(account, session, "USAGE", ref)


def _imported(authority: Authority, ref: ObjectRef) -> bool:
    """What is shared is opened by IMPORTED PRIVILEGES on the database (L7)."""
    if ref.type is ObjectType.SCHEMA:
        return authority.imported(ref)
    return ref.type is ObjectType.DATABASE and authority.holds("IMPORTED PRIVILEGES", ref)


USES = (UseRole, UseSecondaryRoles, UseWarehouse, UseContainer)
