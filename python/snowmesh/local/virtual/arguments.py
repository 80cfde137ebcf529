"""Reading the arguments of table functions and SYSTEM$ functions: names in strings, and object domains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from snowmesh.account import identifiers
from snowmesh.account.identifiers import IdentifierError
from snowmesh.account.objects import ACCOUNT, ObjectRef, ObjectType, Relation
from snowmesh.local.errors import SnowflakeError, invalid, not_found
from snowmesh.local.show.describe import describable
from snowmesh.local.show.request import Request

Argument = tuple[str | None, object]
# views and dynamic tables are asked for as TABLE (T33, T37)
DOMAINS = {
    "ACCOUNT": ObjectType.ACCOUNT,
    "COLUMN": None,
    "DATABASE": ObjectType.DATABASE,
    "DATABASE ROLE": ObjectType.DATABASE_ROLE,
    "MASKING POLICY": ObjectType.MASKING_POLICY,
    "ROLE": ObjectType.ROLE,
    "ROW ACCESS POLICY": ObjectType.ROW_ACCESS_POLICY,
    "SCHEMA": ObjectType.SCHEMA,
    "TABLE": ObjectType.TABLE,
    "USER": ObjectType.USER,
    "WAREHOUSE": ObjectType.WAREHOUSE,
}


def positional(function: str, arguments: Sequence[Argument], names: tuple[str, ...]) -> list[str]:
    """The values of a function that takes string arguments by position, one for each of `names`."""
    if any(name is not None for name, _ in arguments) or len(arguments) != len(names):
        raise invalid(f"{function} takes {len(names)} arguments by position: {', '.join(names)}.")
    return [text(function, value) for _, value in arguments]


def text(function: str, value: object) -> str:
    """A string argument."""
    if not isinstance(value, str):
        raise invalid(f"invalid argument {value!r} for function {function}: a string is expected.")
    return value


def name_parts(name: str) -> tuple[str, ...]:
    """The stored parts of a name in a string argument."""
    try:
        return identifiers.split(name)
    except IdentifierError as error:
        raise invalid(f"invalid name {name!r}: {error}") from None


def target(request: Request, database: str, name: str, domain: str) -> tuple[ObjectRef, str]:
    """The object, and the column for domain COLUMN, that a name and a domain mean; it must be describable (T28, T38).

    Unqualified names resolve in the session, in `database` when the session has none.
    """
    if domain not in DOMAINS:
        raise invalid(f"Unknown domain: {domain}. Allowed are {', '.join(DOMAINS)}.")
    parts = name_parts(name)
    if domain == "COLUMN":
        if len(parts) < 2:
            raise invalid(f"invalid column name {name!r}: table.column is expected.")
        relation = describable(request, resolved(request, database, ObjectType.TABLE, parts[:-1]))
        if relation.column(parts[-1]) is None:
            raise _no_column(relation, parts[-1])
        return relation.ref, parts[-1]
    object_type = DOMAINS[domain]
    if object_type is ObjectType.TABLE:
        return describable(request, resolved(request, database, ObjectType.TABLE, parts)).ref, ""
    return _other(request, database, object_type, parts), ""


def _other(request: Request, database: str, object_type: ObjectType | None, parts: tuple[str, ...]) -> ObjectRef:
    if object_type is None or object_type is ObjectType.ACCOUNT:
        if parts != (request.account.name,):
            raise invalid(f"the account is {identifiers.display(request.account.name)}.")
        return ACCOUNT
    ref = resolved(request, database, object_type, parts)
    if not request.sees(ref):
        raise not_found(ref)
    return ref


def resolved(request: Request, database: str, object_type: ObjectType, parts: tuple[str, ...]) -> ObjectRef:
    """A full name; the database of the function stands in when the session has none."""
    session = request.session
    return replace(session, database=session.database or database).resolve(object_type, parts)


def _no_column(relation: Relation, column: str) -> SnowflakeError:
    full = f"{relation.ref.fqn}.{identifiers.display(column)}"
    return SnowflakeError(2003, "02000", f"SQL compilation error:\nColumn '{full}' does not exist or not authorized.")
