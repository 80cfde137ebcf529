"""DESCRIBE of tables, views, users, policies and containers (S16, S21-S23)."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from snowmesh.account.data_types import described, family
from snowmesh.account.objects import (
    POLICY_TYPES,
    RELATION_TYPES,
    Column,
    ObjectRef,
    ObjectType,
    Policy,
    Relation,
    Schema,
    SecurableObject,
    user,
)
from snowmesh.local import denials
from snowmesh.local.errors import forbidden, not_found, not_implemented
from snowmesh.local.session import ResultSet, texts
from snowmesh.local.show.listing import Row, columns, result
from snowmesh.local.show.principals import secondary_roles, sees_properties
from snowmesh.local.show.request import INFORMATION_SCHEMA, Request, yes_no
from snowmesh.local.show.statements import Describe
from snowmesh.local.show.user_properties import PROPERTIES

TABLE = texts(
    "name, type, kind, null?, default, primary key, unique key, check, expression, comment, policy name, privacy domain"
)
USER = texts("property, value, default, description")
POLICY = texts("name, signature, return_type, body")
CONTENT = columns("created_on:TIMESTAMP_LTZ, name, kind")
# the longest text: what an unsized VARCHAR means in a policy (M4)
UNSIZED_TEXT = "VARCHAR(134217728)"


def execute(request: Request, statement: Describe) -> ResultSet:
    """The result of a DESCRIBE. Raises SnowflakeError when the object is not there, not visible or not allowed."""
    if statement.type in RELATION_TYPES:
        return _relation(request, statement)
    ref = request.session.resolve(statement.type, statement.name, "DESCRIBE")
    item = request.account.objects.get(ref)
    if item is None or not (request.sees(ref) or ref == user(request.session.user)):
        raise not_found(ref)
    return _DESCRIBERS[statement.type](request, item)


def describable(request: Request, ref: ObjectRef) -> Relation:
    """The table or view of that name, if DESCRIBE is allowed (P25). Raises SnowflakeError."""
    found = request.account.relation(ref.name)
    if found is not None and request.authority.may_describe(found.ref):
        return found
    if found is not None and request.authority.sees(found.ref):
        raise forbidden(found.ref)
    raise not_found(ref)


def _relation(request: Request, statement: Describe) -> ResultSet:
    ref = request.session.resolve(statement.type, statement.name, "DESCRIBE")
    if ref.name[1] == INFORMATION_SCHEMA:
        raise not_implemented(f"DESCRIBE {statement.type.value} of an INFORMATION_SCHEMA view", "select from it")
    found = describable(request, ref)
    return result(TABLE, [_column(request, found, column) for column in found.columns])


def _column(request: Request, relation: Relation, column: Column) -> Row:
    direct = request.account.masks.get((relation.ref, column.name))
    return {
        "name": column.name,
        "type": column.data_type,
        "kind": "COLUMN",
        "null?": yes_no(column.nullable),
        "default": None,
        "primary key": "N",
        "unique key": "N",
        "check": None,
        "expression": None,
        "comment": column.comment or None,
        # a mask that a tag brings is not shown here: POLICY_REFERENCES tells it
        "policy name": direct.policy.fqn if direct else None,
        "privacy domain": None,
    }


def _user(request: Request, item: SecurableObject) -> ResultSet:
    """Everyone may describe itself; others need OWNERSHIP, MONITOR or MANAGE GRANTS."""
    allowed = item.ref == user(request.session.user) or sees_properties(request, item)
    if not (allowed or request.authority.holds("MONITOR", item.ref)):
        raise not_found(item.ref)
    rows = [
        {"property": name, "value": _property(item, name, default), "default": default, "description": description}
        for name, default, description in PROPERTIES
    ]
    return result(USER, rows)


def _property(item: SecurableObject, name: str, default: str) -> str:
    if name == "PASSWORD":
        return "********" if name in item.properties else "null"
    if name == "DEFAULT_SECONDARY_ROLES":
        return secondary_roles(item)
    if name in ("NAME", "LOGIN_NAME", "DISPLAY_NAME"):
        return item.properties.get(name, item.ref.name[0])
    if name == "COMMENT":
        return item.comment or "null"
    found = item.properties.get(name, default)
    return found.lower() if default in ("true", "false") else found


def _policy(_request: Request, item: SecurableObject) -> ResultSet:
    if not isinstance(item, Policy):
        raise not_found(item.ref)
    return ResultSet(POLICY, (policy_text(item),))


def policy_text(item: Policy) -> tuple[str, str, str, str]:
    """Name, signature, return type and body, as DESCRIBE prints them (S16)."""
    arguments = ", ".join(f"{name} {family(data_type)}" for name, data_type in item.signature)
    return item.ref.name[2], f"({arguments})", _returns(item), item.body


def _returns(item: Policy) -> str:
    if not item.signature:  # a constraint, which is no data type
        return item.returns
    return UNSIZED_TEXT if _unsized_text(item.returns) else described(item.returns)


def _unsized_text(data_type: str) -> bool:
    """Whether a text type is written without a size; CHAR alone means CHAR(1)."""
    return family(data_type) == "VARCHAR" and "(" not in data_type and described(data_type) != "VARCHAR(1)"


def _warehouse(request: Request, item: SecurableObject) -> ResultSet:
    authority = request.authority
    if not (authority.holds("MONITOR", item.ref) or authority.holds_on_account("MANAGE WAREHOUSES")):
        raise denials.denied(request.account, request.session, "MONITOR", item.ref)
    return _content([item])


def _database(request: Request, item: SecurableObject) -> ResultSet:
    return _content(request.visible(Schema, item.ref.name))


def _schema(request: Request, item: SecurableObject) -> ResultSet:
    return _content(request.visible(Relation, item.ref.name))


def _content(items: Iterable[SecurableObject]) -> ResultSet:
    rows = [{"created_on": i.created_on, "name": i.ref.name[-1], "kind": i.ref.type.shown} for i in items]
    return result(CONTENT, rows)


_DESCRIBERS: dict[ObjectType, Callable[[Request, SecurableObject], ResultSet]] = {
    ObjectType.USER: _user,
    **dict.fromkeys(POLICY_TYPES, _policy),
    ObjectType.WAREHOUSE: _warehouse,
    ObjectType.DATABASE: _database,
    ObjectType.SCHEMA: _schema,
}
