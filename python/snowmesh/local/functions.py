"""Context functions: replaced by their value before SQL reaches the engine (facts R26-R37, M37, T33-T34)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field

from sqlglot import exp

from snowmesh.account import identifiers
from snowmesh.account.masking import effective_tags
from snowmesh.account.objects import ObjectRef, ObjectType, RoleName
from snowmesh.account.roles import account_roles, available_to_user, closure, database_roles
from snowmesh.account.state import Account
from snowmesh.local.errors import SnowflakeError, not_implemented
from snowmesh.local.history import History
from snowmesh.local.session import Session


@dataclass(frozen=True)
class Context:
    """Where a piece of SQL runs: the session, the place its names and CURRENT_SCHEMA() mean (R37),

    the role that reached it (R33), in a policy the protected relation, and in a masking policy the column.
    """

    account: Account
    session: Session
    database: str
    schema: str
    invoker: RoleName
    column: tuple[ObjectRef, str] | None = None
    protected: ObjectRef | None = None
    history: History = field(default_factory=History)
    session_id: str = ""
    simulated: Session | None = None  # what context functions tell, not what it may (M66)
    available_roles: tuple[str, ...] | None = None  # of the simulated session

    @property
    def told(self) -> Session:
        """The session that context functions tell of."""
        return self.simulated or self.session


Value = exp.Expr
_Function = Callable[[Context, list[exp.Expr]], Value]


def fold(node: exp.Expr, context: Context) -> exp.Expr:
    """Return the expression with every context function replaced by its value in this context."""

    def replace(found: exp.Expr) -> exp.Expr:
        name = _name(found)
        if name in FUNCTIONS:
            return FUNCTIONS[name](context, [fold(a, context) for a in _arguments(found)])
        if name.startswith(_GUARDED):
            raise not_implemented(f"function {name}")
        return found

    return node.transform(replace)


def _name(node: exp.Expr) -> str:
    if isinstance(node, exp.Anonymous):
        return str(node.this).upper() if isinstance(node.this, str) else node.name.upper()
    return _CLASSES.get(type(node), "")


def _arguments(node: exp.Expr) -> list[exp.Expr]:
    return list(node.expressions) if isinstance(node, exp.Anonymous) else []


def _text(value: str | None) -> exp.Expr:
    return exp.Null() if value is None else exp.Literal.string(value)


def _secondary(context: Context) -> str:
    active = context.told.active(context.account)
    setting = context.told.secondary
    value = setting if isinstance(setting, str) else ",".join(setting)
    return json.dumps(
        {"roles": ",".join(active.secondary), "value": "" if value == "NONE" else value}, separators=(",", ":")
    )


def _available(context: Context) -> str:
    names = context.available_roles
    if names is None:
        names = tuple(sorted(available_to_user(context.account, context.told.user)))
    return "[ " + ", ".join(json.dumps(n) for n in names) + " ]"


def _role_in(roles: frozenset[str], arguments: list[exp.Expr], name: str) -> exp.Expr:
    if len(arguments) != 1:
        raise SnowflakeError(939, "22023", f"SQL compilation error:\n{name} expects 1 argument, got {len(arguments)}")
    if not roles:
        return exp.false()
    return exp.paren(exp.In(this=exp.paren(arguments[0]), expressions=[exp.Literal.string(r) for r in sorted(roles)]))


def _in_session(context: Context, arguments: list[exp.Expr]) -> exp.Expr:
    active = closure(context.account, context.told.active(context.account).direct)
    return _role_in(account_roles(active), arguments, "IS_ROLE_IN_SESSION")


def _database_role_in_session(context: Context, arguments: list[exp.Expr]) -> exp.Expr:
    """Looked up in the database of the protected table, of the view or of the session (R32); a name with a dot is
    nobody's name."""
    if not context.database:
        name = arguments[0].sql(dialect="snowflake") if arguments else ""
        raise SnowflakeError(
            1008,
            "22023",
            f"SQL compilation error:\nCould not resolve the database for IS_DATABASE_ROLE_IN_SESSION({name})",
        )
    active = closure(context.account, context.told.principals(context.account))
    return _role_in(database_roles(active, context.database), arguments, "IS_DATABASE_ROLE_IN_SESSION")


def _to_invoker(context: Context, arguments: list[exp.Expr]) -> exp.Expr:
    below = closure(context.account, [context.invoker]) if isinstance(context.invoker, str) else frozenset()
    return _role_in(account_roles(below), arguments, "IS_GRANTED_TO_INVOKER_ROLE")


def _tag_on_column(context: Context, arguments: list[exp.Expr]) -> exp.Expr:
    if context.column is None:
        raise not_implemented("SYSTEM$GET_TAG_ON_CURRENT_COLUMN outside a masking policy", "call it in a policy body")
    return _tag_of(context, arguments, "SYSTEM$GET_TAG_ON_CURRENT_COLUMN", context.column)


def _tag_on_table(context: Context, arguments: list[exp.Expr]) -> exp.Expr:
    """In masking and row access policies only (T34)."""
    if context.protected is None:
        raise not_implemented("SYSTEM$GET_TAG_ON_CURRENT_TABLE outside a policy", "call it in a policy body")
    return _tag_of(context, arguments, "SYSTEM$GET_TAG_ON_CURRENT_TABLE", (context.protected, ""))


def _tag_of(context: Context, arguments: list[exp.Expr], name: str, target: tuple[ObjectRef, str]) -> exp.Expr:
    """The value of a tag in force on a target; the tag's name is completed with the policy's own schema."""
    parts = identifiers.split(_literal(arguments, name))
    ref = ObjectRef(ObjectType.TAG, (context.database, context.schema)[: 3 - len(parts)] + parts)
    if context.account.tag(ref) is None:
        raise SnowflakeError(2003, "02000", f"Tag '{ref.fqn}' does not exist or not authorized.")
    found = effective_tags(context.account, *target).get(ref)
    return _text(found.value if found else None)


def _literal(arguments: list[exp.Expr], name: str) -> str:
    if len(arguments) != 1 or not arguments[0].is_string:
        raise not_implemented(f"{name} with anything but one string literal")
    return str(arguments[0].this)


def texts(arguments: list[exp.Expr], name: str) -> list[str]:
    """The values of arguments that must be string literals."""
    if not all(a.is_string for a in arguments):
        raise not_implemented(f"{name} with anything but string literals")
    return [str(a.this) for a in arguments]


def _get_tag(context: Context, arguments: list[exp.Expr]) -> exp.Expr:
    from snowmesh.local import virtual

    return _text(virtual.get_tag(context.account, context.session, texts(arguments, "SYSTEM$GET_TAG")))


def _allowed_values(context: Context, arguments: list[exp.Expr]) -> exp.Expr:
    from snowmesh.local import virtual

    found = texts(arguments, "SYSTEM$GET_TAG_ALLOWED_VALUES")
    return _text(virtual.get_tag_allowed_values(context.account, context.session, found))


def _last_query_id(context: Context, arguments: list[exp.Expr]) -> exp.Expr:
    if len(arguments) > 1 or not all(a.is_int for a in arguments):
        raise not_implemented("LAST_QUERY_ID with anything but one whole number")
    return _text(context.history.query_id(int(arguments[0].to_py()) if arguments else -1))


def _get_ddl(context: Context, arguments: list[exp.Expr]) -> exp.Expr:
    from snowmesh.local import ddl

    qualified = arguments[2:]
    if len(arguments) not in (2, 3) or not all(isinstance(a, exp.Boolean) for a in qualified):
        raise not_implemented("GET_DDL with anything but two string literals and TRUE or FALSE")
    kind, name = texts(arguments[:2], "GET_DDL")
    return _text(ddl.get_ddl(context.account, context.session, kind, name, bool(qualified and qualified[0].this)))


def _constant(get: Callable[[Context], str]) -> _Function:
    return lambda context, _arguments: _text(get(context) or None)


_CLASSES: dict[type[exp.Expr], str] = {
    exp.CurrentRole: "CURRENT_ROLE",
    exp.CurrentUser: "CURRENT_USER",
    exp.CurrentDatabase: "CURRENT_DATABASE",
    exp.CurrentSchema: "CURRENT_SCHEMA",
    exp.CurrentWarehouse: "CURRENT_WAREHOUSE",
    exp.CurrentAccount: "CURRENT_ACCOUNT",
    exp.CurrentSecondaryRoles: "CURRENT_SECONDARY_ROLES",
    exp.CurrentAvailableRoles: "CURRENT_AVAILABLE_ROLES",
}
FUNCTIONS: dict[str, _Function] = {
    "CURRENT_ROLE": _constant(lambda c: c.told.role),
    "CURRENT_USER": _constant(lambda c: c.told.user),
    "CURRENT_DATABASE": _constant(lambda c: c.database),
    "CURRENT_SCHEMA": _constant(lambda c: c.schema),
    "CURRENT_WAREHOUSE": _constant(lambda c: c.session.warehouse),
    "CURRENT_ACCOUNT": _constant(lambda c: c.account.name),
    "CURRENT_ACCOUNT_NAME": _constant(lambda c: c.account.name),
    "CURRENT_SESSION": _constant(lambda c: c.session_id),
    "CURRENT_SECONDARY_ROLES": _constant(_secondary),
    "CURRENT_AVAILABLE_ROLES": _constant(_available),
    "INVOKER_ROLE": _constant(lambda c: c.invoker if isinstance(c.invoker, str) else ""),
    "LAST_QUERY_ID": _last_query_id,
    "IS_ROLE_IN_SESSION": _in_session,
    "IS_DATABASE_ROLE_IN_SESSION": _database_role_in_session,
    "IS_GRANTED_TO_INVOKER_ROLE": _to_invoker,
    "SYSTEM$GET_TAG_ON_CURRENT_COLUMN": _tag_on_column,
    "SYSTEM$GET_TAG_ON_CURRENT_TABLE": _tag_on_table,
    "SYSTEM$GET_TAG": _get_tag,
    "GET_DDL": _get_ddl,
    "SYSTEM$GET_TAG_ALLOWED_VALUES": _allowed_values,
}
# an unknown member of these families would silently mean something else in the engine
_GUARDED = ("SYSTEM$", "CURRENT_ROLE", "IS_DATABASE_ROLE", "IS_ROLE", "IS_GRANTED", "INVOKER_", "POLICY_CONTEXT")
