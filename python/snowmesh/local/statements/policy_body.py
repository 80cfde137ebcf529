"""Compiling the body of a policy: it must be one expression, over known names, of the declared type (M3)."""

from __future__ import annotations

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from snowmesh.account.authorization import Authority
from snowmesh.account.data_types import UnknownDataType, family
from snowmesh.account.objects import Policy, Relation
from snowmesh.account.state import Account
from snowmesh.local import errors, names
from snowmesh.local.errors import SnowflakeError
from snowmesh.local.statements import constraint_body

# context functions that are written without parentheses and that sqlglot reads as columns (I8)
_CONTEXT = {"CURRENT_ROLE", "CURRENT_USER", "CURRENT_ACCOUNT", "CURRENT_DATABASE", "CURRENT_SCHEMA", "SYSDATE"}
# branches of these families meet by implicit conversion: what comes out is left to the query
_COERCED = ({"VARCHAR", "DATE", "TIME", "TIMESTAMP_NTZ", "TIMESTAMP_LTZ", "TIMESTAMP_TZ"}, {"NUMBER", "FLOAT"})
_TEXT_FUNCTIONS = (
    exp.Concat,
    exp.ConcatWs,
    exp.DPipe,
    exp.Left,
    exp.Lower,
    exp.MD5,
    exp.RegexpReplace,
    exp.Repeat,
    exp.Replace,
    exp.Right,
    exp.SHA,
    exp.SHA2,
    exp.Substring,
    exp.ToChar,
    exp.Trim,
    exp.Upper,
)


class _Disagreement(Exception):
    """The branches of a CASE have types that do not meet (E8)."""


def check(account: Account, policy: Policy) -> None:
    """Raise a SnowflakeError unless the body compiles."""
    body = parsed(policy.body)
    _check_names(account, policy, body)
    if policy.ref.type in constraint_body.FUNCTIONS:
        constraint_body.check(policy, body)
    else:
        _check_type(policy, body)


def parsed(body: str) -> exp.Expr:
    """The body as one expression."""
    try:
        found = [e for e in sqlglot.parse(body, dialect="snowflake") if e is not None]
    except SqlglotError as error:
        raise errors.syntax_error(f"in the policy's body: {str(error).splitlines()[0]}") from None
    if len(found) != 1 or not isinstance(found[0], (exp.Condition, exp.Subquery)):
        raise errors.syntax_error("in the policy's body: it must be one expression")
    return found[0]


# -- names -------------------------------------------------------------------------------------------------


def _check_names(account: Account, policy: Policy, body: exp.Expr) -> None:
    """Columns are arguments of the policy, or columns of a table that a subquery reads."""
    arguments = {name for name, _ in policy.signature}
    relations, derived = _tables(account, policy, body)
    if derived:
        return  # a derived table or common table expression names columns of its own
    inner = {c.name for r in relations for c in r.columns} | {names.stored(a.args["alias"]) for a in _aliases(body)}
    for column in body.find_all(exp.Column):
        if not isinstance(column.this, exp.Identifier):
            continue
        name = names.stored(column.this)
        nested = column.find_ancestor(exp.Select) is not None
        if column.args.get("table") is None and (name in arguments or (name in _CONTEXT and not column.this.quoted)):
            continue
        if not (nested and name in inner):
            raise _unknown(column, name)


def _tables(account: Account, policy: Policy, body: exp.Expr) -> tuple[list[Relation], bool]:
    """The relations that subqueries read, and whether a subquery reads anything else.

    They are read with the rights of the policy's owner (M6).
    """
    owner = Authority(account, [policy.owner])
    found = []
    derived = next(body.find_all(exp.CTE), None) is not None
    for source in (s for node in body.find_all(exp.From, exp.Join) for s in [node.this]):
        if not isinstance(source, exp.Table):
            derived = True
            continue
        if derived:
            continue
        parts = names.parts_of(source)
        full = (*policy.ref.name[: 3 - len(parts)], *parts)
        relation = account.relation(full)
        if relation is None or not owner.may_use(relation.ref, "SELECT"):
            text = f"SQL compilation error:\nObject '{'.'.join(full)}' does not exist or not authorized."
            raise SnowflakeError(2003, "42S02", text)
        found.append(relation)
    return found, derived


def _aliases(body: exp.Expr) -> list[exp.Expr]:
    return [a for a in body.find_all(exp.Alias) if isinstance(a.args.get("alias"), exp.Identifier)]


def _unknown(column: exp.Column, name: str) -> SnowflakeError:
    position = column.this.meta.get("start", 0)
    qualified = ".".join([*(p.name.upper() for p in column.parts[:-1]), name])
    return SnowflakeError(
        904,
        "42000",
        f"SQL compilation error: error line 1 at position {position}\ninvalid identifier '{qualified}'",
    )


# -- types -------------------------------------------------------------------------------------------------


def _check_type(policy: Policy, body: exp.Expr) -> None:
    arguments = {name: family(data_type) for name, data_type in policy.signature}
    try:
        actual = _family(body, arguments)
    except _Disagreement:
        kind = policy.ref.type.value.capitalize()
        raise errors.invalid(f"{kind} function argument and return type mismatch.") from None
    if actual is not None and actual != family(policy.returns):
        raise SnowflakeError(
            90207,
            "42601",
            f"SQL compilation error:\nDeclared return type '{policy.returns}' is incompatible with actual return type "
            f"'{_printed(body, actual)}'",
        )


def _family(node: exp.Expr, arguments: dict[str, str]) -> str | None:
    """The type family of an expression, or None where it is not known: that is left to the query."""
    if isinstance(node, exp.Paren):
        return _family(node.this, arguments)
    if isinstance(node, exp.Column) and isinstance(node.this, exp.Identifier):
        return arguments.get(names.stored(node.this)) if node.args.get("table") is None else None
    if isinstance(node, exp.Literal):
        return "VARCHAR" if node.is_string else _number_family(node)
    if isinstance(node, (exp.Case, exp.If, exp.Coalesce)):
        return _agreed(_branches(node), arguments)
    if isinstance(node, exp.Cast):
        return _cast_family(node)
    if isinstance(node, (exp.Boolean, exp.Predicate, exp.Connector, exp.Not)):
        return "BOOLEAN"
    return "VARCHAR" if isinstance(node, _TEXT_FUNCTIONS) else None


def _branches(node: exp.Expr) -> list[exp.Expr]:
    if isinstance(node, exp.Case):
        found = [branch.args["true"] for branch in node.args["ifs"]]
        return [*found, node.args["default"]] if node.args.get("default") else found
    if isinstance(node, exp.If):
        return [e for e in (node.args.get("true"), node.args.get("false")) if e is not None]
    return [node.this, *node.expressions]


def _agreed(branches: list[exp.Expr], arguments: dict[str, str]) -> str | None:
    found = [_family(branch, arguments) for branch in branches if not isinstance(branch, exp.Null)]
    known = {f for f in found if f is not None}
    if "VARIANT" in known or (len(known) > 1 and any(known <= together for together in _COERCED)):
        return None
    if len(known) > 1:
        raise _Disagreement
    return next(iter(known)) if known and None not in found else None


def _cast_family(node: exp.Cast) -> str | None:
    try:
        return family(node.to.sql(dialect="snowflake"))
    except UnknownDataType:
        return None


def _number_family(node: exp.Literal) -> str:
    return "FLOAT" if "e" in node.this.lower() else "NUMBER"


def _printed(node: exp.Expr, kind: str) -> str:
    if isinstance(node, exp.Literal) and not node.is_string:
        whole, _, fraction = node.this.partition(".")
        return f"NUMBER({len(whole) + len(fraction)},{len(fraction)})"
    return "VARCHAR(134217728)" if kind == "VARCHAR" else kind
