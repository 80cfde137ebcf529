"""What a GRANT or REVOKE is about: one object, all objects, future objects."""

from __future__ import annotations

from dataclasses import dataclass

from snowmesh.account.objects import ACCOUNT, RELATION_TYPES, Database, ObjectRef, ObjectType, Relation
from snowmesh.account.state import Account
from snowmesh.local import denials, errors
from snowmesh.local.errors import SnowflakeError
from snowmesh.local.session import Session
from snowmesh.local.statements.base import relation_of_type
from snowmesh.local.tokens import Cursor

ONE, ALL, FUTURE = "ONE", "ALL", "FUTURE"
# types that hold bulk and future grants; policies, tags and pipes do not (P29, P46, T26)
_BULK = (*RELATION_TYPES, ObjectType.SCHEMA)
# longest first, so that DYNAMIC TABLE is not read as a name
_TYPES = sorted((t for t in ObjectType if t is not ObjectType.ACCOUNT), key=lambda t: -len(t.value))
# object types that Snowflake knows and the local Snowflake does not
_OTHER_TYPES = (
    "MATERIALIZED VIEW",
    "EXTERNAL TABLE",
    "ICEBERG TABLE",
    "HYBRID TABLE",
    "EVENT TABLE",
    "INTERACTIVE TABLE",
    "SEMANTIC VIEW",
    "APPLICATION ROLE",
    "APPLICATION PACKAGE",
    "APPLICATION",
    "JOIN POLICY",
    "PRIVACY POLICY",
    "SESSION POLICY",
    "PASSWORD POLICY",
    "AUTHENTICATION POLICY",
    "PACKAGES POLICY",
    "NETWORK POLICY",
    "STORAGE LIFECYCLE POLICY",
    "NETWORK RULE",
    "RESOURCE MONITOR",
    "COMPUTE POOL",
    "EXTERNAL VOLUME",
    "FAILOVER GROUP",
    "REPLICATION GROUP",
    "INTEGRATION",
    "SHARE",
    "LISTING",
    "STAGE",
    "FILE FORMAT",
    "FUNCTION",
    "EXTERNAL FUNCTION",
    "DATA METRIC FUNCTION",
    "PROCEDURE",
    "SEQUENCE",
    "STREAM",
    "TASK",
    "PIPE",
    "ALERT",
    "SECRET",
    "MODEL",
    "NOTEBOOK",
    "STREAMLIT",
    "SERVICE",
    "GIT REPOSITORY",
    "IMAGE REPOSITORY",
    "CONTACT",
    "CONNECTION",
)


@dataclass(frozen=True)
class Target:
    """`ON <type> <name>`, `ON ALL <plural> IN <container>` or `ON FUTURE <plural> IN <container>`."""

    scope: str
    object_type: ObjectType
    parts: tuple[str, ...] = ()
    container_type: ObjectType = ObjectType.ACCOUNT

    def object(self, account: Account, session: Session) -> ObjectRef:
        """The one object, if the session may know of it. ON TABLE also names a view (S4)."""
        if self.object_type is ObjectType.ACCOUNT:
            return ACCOUNT
        ref = session.resolve(self.object_type, self.parts, "GRANT")
        if self.object_type is ObjectType.TABLE:
            return denials.find_relation(account, session, ref.type, ref.name).ref
        if self.object_type in RELATION_TYPES:
            return relation_of_type(account, session, ref)
        return denials.find(account, session, ref).ref

    def container(self, account: Account, session: Session) -> ObjectRef:
        """The database or schema after IN."""
        ref = session.resolve(self.container_type, self.parts, "GRANT")
        return denials.find(account, session, ref).ref

    def objects(self, account: Account, session: Session) -> list[ObjectRef]:
        """The objects that ON ALL expands to: those that exist now and that the session sees (P29)."""
        authority = session.authority(account)
        container = self.container(account, session)
        return [
            item.ref
            for item in account.children(container)
            if item.ref.type is self.object_type and not _temporary(item) and authority.sees(item.ref)
        ]


def read_target(cursor: Cursor) -> Target:
    """Read what follows ON."""
    if cursor.accept("ACCOUNT"):
        return Target(ONE, ObjectType.ACCOUNT)
    for scope in (ALL, FUTURE):
        if cursor.peek() == scope and cursor.peek(1) not in (".", "TO", "FROM"):
            cursor.accept(scope)
            return _read_bulk(cursor, scope)
    if cursor.peek(1) not in (".", "TO", "FROM"):
        for object_type in _TYPES:
            if cursor.accept(object_type.value):
                return Target(ONE, object_type, cursor.name())
        other = cursor.accept_one(*_OTHER_TYPES)
        if other:
            raise errors.not_implemented(f"grants on {other}")
    return Target(ONE, ObjectType.TABLE, cursor.name())  # `GRANT SELECT ON t`: the type may be left out


def check_individual(account: Account, ref: ObjectRef, privilege: str, verb: str) -> None:
    """A shared database is granted as a whole, by IMPORTED PRIVILEGES, and nothing else is (L7)."""
    database = account.objects.get(ref.parents[0] if ref.parents else ref)
    shared = isinstance(database, Database) and database.shared
    if privilege == "IMPORTED PRIVILEGES":
        if not shared:
            raise errors.invalid(f"IMPORTED PRIVILEGES exist on shared databases only; '{ref.fqn}' is not shared.")
    elif shared:
        raise SnowflakeError(
            1008,
            "22023",
            f"SQL compilation error:\n{verb.capitalize().rstrip('e')}ing individual privileges on imported database "
            f"is not allowed. Use '{verb} IMPORTED PRIVILEGES' instead.",
        )


def _read_bulk(cursor: Cursor, scope: str) -> Target:
    found = next((t for t in _TYPES if cursor.accept(t.plural)), None)
    if found is None:
        for other in _OTHER_TYPES:
            plural = other[:-1] + "IES" if other.endswith("Y") else other + "S"
            if cursor.accept(plural):
                raise errors.not_implemented(f"grants on {scope} {plural}")
        raise cursor.unexpected(*(t.plural for t in _BULK))
    if found not in _BULK:
        raise errors.invalid(f"{scope} {found.plural} is not supported: grant on each {found.value} by name.")
    cursor.expect("IN")
    word = cursor.expect("SCHEMA", "DATABASE")
    if found is ObjectType.SCHEMA and word == "SCHEMA":
        raise errors.invalid(f"{scope} SCHEMAS are in a database, not in a schema.")
    return Target(scope, found, cursor.name(), ObjectType(word))


def _temporary(item: object) -> bool:
    return isinstance(item, Relation) and item.kind == "TEMPORARY"
