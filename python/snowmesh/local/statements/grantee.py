"""Who a GRANT is for: an account role, a database role or a user; and what a database role may hold (R24, R39, R40)."""

from __future__ import annotations

from dataclasses import dataclass

from snowmesh.account.objects import ObjectRef, ObjectType, RoleName, database, role_name
from snowmesh.account.privileges import OWNERSHIP
from snowmesh.account.state import Account
from snowmesh.account.system import NO_USER_GRANTS, user_grants_count
from snowmesh.local import denials, errors
from snowmesh.local.session import Session
from snowmesh.local.statements.grantable import EVERY, wanted
from snowmesh.local.tokens import Cursor

_ON_ITS_DATABASE = ("CREATE SCHEMA", "MODIFY", "MONITOR", "USAGE")


@dataclass(frozen=True)
class Grantee:
    """`[ROLE] r`, `DATABASE ROLE [d.]r` or `USER u`, as written."""

    type: ObjectType
    parts: tuple[str, ...]

    def find(self, account: Account, session: Session) -> ObjectRef:
        """The object. A database role without a database is one of the current database (R44). Raises 002003."""
        ref = session.resolve(self.type, self.parts, "GRANT")
        if self.type is ObjectType.DATABASE_ROLE:
            return denials.find(account, session, ref).ref
        if ref not in account.objects:  # the names of roles and users are no secret
            raise errors.not_found(ref)
        return ref

    def check_enabled(self, account: Account) -> None:
        """Raise where privileges cannot be granted to users (R24)."""
        if self.type is ObjectType.USER and not user_grants_count(account):
            raise errors.invalid(f"Privileges are not granted to users: {NO_USER_GRANTS} of the account is TRUE.")

    def role(self, account: Account, session: Session) -> RoleName:
        """What the grantee is called in grants."""
        return role_name(self.find(account, session))


def read_grantee(cursor: Cursor, word: str) -> Grantee:
    """Read `{TO | FROM} {[ROLE] r | DATABASE ROLE d.r | USER u}`. Shares and applications are no grantees here."""
    cursor.expect(word)
    other = cursor.accept_one("APPLICATION ROLE", "SERVICE ROLE")
    if not other and _more(cursor):
        other = cursor.accept_one("SHARE", "APPLICATION")
    if other:
        raise errors.not_implemented(f"GRANT and REVOKE {word} {other}", "grant to a role, database role or user")
    if cursor.accept("DATABASE ROLE"):
        return Grantee(ObjectType.DATABASE_ROLE, cursor.name())
    if _more(cursor) and cursor.accept("USER"):
        return Grantee(ObjectType.USER, _single(cursor))
    cursor.accept("ROLE")
    return Grantee(ObjectType.ROLE, _single(cursor))


def wanted_for(role: RoleName, names: tuple[str, ...], object_type: ObjectType) -> tuple[str, ...]:
    """The privileges that are meant; on its database a database role may hold four (R39)."""
    found = wanted(names, object_type)
    if not is_database_role(role) or object_type is not ObjectType.DATABASE:
        return found
    if names == EVERY:
        return tuple(name for name in found if name in _ON_ITS_DATABASE)
    for name in found:
        if name not in _ON_ITS_DATABASE:
            raise errors.invalid(
                f"Privilege '{name}' on a database cannot be granted to a database role; allowed: "
                f"{', '.join(_ON_ITS_DATABASE)}."
            )
    return found


def check_scope(role: RoleName, on: ObjectRef, privilege: str = "") -> None:
    """A database role holds privileges on its own database and on what is in it (R39); it owns what is in it (P40)."""
    if not isinstance(role, ObjectRef) or role.type is not ObjectType.DATABASE_ROLE:
        return
    own = database(role.name[0])
    if own not in (on, *on.parents):
        raise errors.invalid(
            f"Database role '{role.fqn}' holds privileges only on database '{own.fqn}' and the objects in it, "
            f"not on {on.type.value.lower()} '{on.fqn or 'ACCOUNT'}'."
        )
    if privilege == OWNERSHIP and on.type in (ObjectType.DATABASE, ObjectType.DATABASE_ROLE):
        raise errors.invalid(f"Database role '{role.fqn}' cannot own {on.type.value.lower()} '{on.fqn}'.")


def is_database_role(role: RoleName) -> bool:
    """Whether a grantee is a database role."""
    return isinstance(role, ObjectRef) and role.type is ObjectType.DATABASE_ROLE


def _more(cursor: Cursor) -> bool:
    """Whether a name, quoted or not, follows the word: without one the word is itself a name."""
    return cursor.position + 1 < len(cursor.words)


def _single(cursor: Cursor) -> tuple[str, ...]:
    parts = cursor.name()
    if len(parts) != 1:
        raise errors.syntax_error(
            f"in the name {'.'.join(parts)!r}: one part is expected; write DATABASE ROLE before a database role"
        )
    return parts
