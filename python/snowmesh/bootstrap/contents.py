"""What a database holds beyond what the mesh file declares, and what a role owns: asked before anything is dropped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from snowmesh.account import objects
from snowmesh.account.objects import ObjectRef, ObjectType
from snowmesh.bootstrap import shown
from snowmesh.bootstrap.declared import Declared
from snowmesh.bootstrap.problems import BootstrapError, printable
from snowmesh.bootstrap.session import SYNTAX_ERROR, UNSUPPORTED, Row, Session, StatementError

# what SHOW lists of a database; a kind that the account does not know holds nothing
KINDS = (
    "OBJECTS",
    "TAGS",
    "MASKING POLICIES",
    "ROW ACCESS POLICIES",
    "AGGREGATION POLICIES",
    "PROJECTION POLICIES",
    "STAGES",
    "FILE FORMATS",
    "SEQUENCES",
    "STREAMS",
    "TASKS",
    "PIPES",
    "ALERTS",
    "SECRETS",
    "USER FUNCTIONS",
    "USER PROCEDURES",
)
EMPTY_SCHEMAS = ("PUBLIC", "INFORMATION_SCHEMA")


def of_databases(session: Session, declared: Declared, refs: Iterable[ObjectRef]) -> dict[ObjectRef, str]:
    """Database -> what is in it, for people; databases that hold nothing are left out. Raises BootstrapError."""
    found = {}
    for ref in refs:
        if parts := list(_parts(session, declared, ref)):
            found[ref] = ", ".join(parts)
    return found


def _parts(session: Session, declared: Declared, ref: ObjectRef) -> Iterator[str]:
    schemas = [shown.name(row["name"]) for row in _rows(session, f"SHOW SCHEMAS IN DATABASE {ref.sql}")]
    known = {s.ref.name[1] for s in declared.account.of_type(ObjectType.SCHEMA) if s.ref.parents == (ref,)}
    if extra := [name for name in schemas if name not in known and name not in EMPTY_SCHEMAS]:
        yield _counted(len(extra), "SCHEMAS")
    for kind in KINDS:
        rows = [row for row in _rows(session, f"SHOW {kind} IN DATABASE {ref.sql}") if not _is_system(row)]
        if rows:
            yield _counted(len(rows), kind)


def _is_system(row: Row) -> bool:
    return shown.name(row.get("schema_name")) == "INFORMATION_SCHEMA"


def _counted(count: int, kind: str) -> str:
    word = kind.lower()
    singular = word[:-3] + "y" if word.endswith("ies") else word.removesuffix("s")
    return f"{count:,} {singular if count == 1 else word}"


def owned_by(session: Session, refs: Iterable[ObjectRef]) -> dict[ObjectRef, list[tuple[ObjectRef | None, str]]]:
    """Role -> what it owns: the database that it lies in, if any, and its name. Raises BootstrapError."""
    found: dict[ObjectRef, list[tuple[ObjectRef | None, str]]] = {}
    for ref in refs:
        for row in _rows(session, f"SHOW GRANTS TO ROLE {ref.sql}"):
            if row["privilege"] == "OWNERSHIP":
                parts = shown.parts(row["name"])
                inside = objects.database(parts[0]) if len(parts) > 1 or row["granted_on"] == "DATABASE" else None
                kind = str(row["granted_on"]).lower().replace("_", " ")
                found.setdefault(ref, []).append((inside, f"{kind} {printable(str(row['name']))}"))
    return found


def _rows(session: Session, sql: str) -> list[Row]:
    try:
        return session.query(sql)
    except StatementError as error:
        if error.code in (UNSUPPORTED, SYNTAX_ERROR) and " IN DATABASE " in sql and "SCHEMAS" not in sql:
            return []
        text = f"the account cannot be read: {printable(error.reason)}\nStatement: {printable(error.sql)}"
        raise BootstrapError(text) from error
