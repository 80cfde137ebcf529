"""EXECUTE USING POLICY_CONTEXT (…) AS SELECT …: a query as the policies would answer it in another session (M66).

The rights are those of the session, whose roles must own every protected table that is read and hold APPLY on every
policy; only what context functions answer, in the query and in the policies, is what the statement says.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, replace

from sqlglot import exp

from snowmesh.account.privileges import OWNERSHIP
from snowmesh.local import denials, errors
from snowmesh.local.functions import Context
from snowmesh.local.rewrite import Reader
from snowmesh.local.tokens import Cursor


@dataclass(frozen=True)
class Simulated:
    """The values of context functions by name, and the text of the query."""

    values: dict[str, str]
    query: str

    def rewrite(self, node: exp.Expr, reader: Reader) -> exp.Expr:
        """The query in the simulated context. Raises SnowflakeError when the session may not simulate it."""
        if not isinstance(node, (exp.Select, exp.SetOperation, exp.Subquery)):
            raise errors.not_implemented("EXECUTE USING POLICY_CONTEXT of anything but a query")
        context = reader.context
        for name, value in self.values.items():
            context = _SETTERS[name](context, value)
        reader.context = context
        query = reader.query(node)
        _authorize(reader)
        return query


def parse(sql: str) -> Simulated | None:
    """The statement, or None when it is another one."""
    outer = Cursor(sql)
    if not outer.accept("EXECUTE") or outer.done:
        return None
    cursor = Cursor(outer.words[outer.position].text)  # for sqlglot what follows EXECUTE is one string
    if not cursor.accept("USING POLICY_CONTEXT"):
        return None
    cursor.expect("(")
    values: dict[str, str] = {}
    while not values or cursor.accept(","):
        name = cursor.identifier()
        if name not in _SETTERS:
            raise errors.not_implemented(f"{name} in POLICY_CONTEXT", f"it knows {', '.join(_SETTERS)}")
        if name in values:
            raise errors.invalid(f"{name} stands twice in POLICY_CONTEXT.")
        cursor.expect("=>")
        values[name] = _value(cursor)
    cursor.expect(")")
    cursor.expect("AS")
    return Simulated(values, cursor.rest())


def _value(cursor: Cursor) -> str:
    """A string; Snowflake's own examples write a list of roles in double quotes."""
    if not cursor.done and cursor.words[cursor.position].kind == "quoted":
        return cursor.identifier()
    return cursor.string()


def _role(context: Context, value: str) -> Context:
    """The session as if its only active role were this one."""
    ref = denials.find_role(context.account, value)
    told = replace(context.told, role=ref.name[0], secondary="NONE")
    return replace(context, simulated=told, invoker=ref.name[0])


def _user(context: Context, value: str) -> Context:
    return replace(context, simulated=replace(context.told, user=value))


def _available_roles(context: Context, value: str) -> Context:
    try:
        found = ast.literal_eval(value)
    except (ValueError, SyntaxError):
        found = None
    if not isinstance(found, list) or not all(isinstance(name, str) for name in found):
        raise errors.invalid(f"CURRENT_AVAILABLE_ROLES takes a list of role names, ['A', 'B'], not {value!r}.")
    return replace(context, available_roles=tuple(found))


_SETTERS: dict[str, Callable[[Context, str], Context]] = {
    "CURRENT_ROLE": _role,
    "CURRENT_USER": _user,
    "CURRENT_AVAILABLE_ROLES": _available_roles,
}


def _authorize(reader: Reader) -> None:
    account, authority = reader.context.account, reader.authority
    for relation, policy in sorted(reader.findings.policies):
        if not authority.owns(relation):
            raise denials.denied(account, reader.context.session, OWNERSHIP, relation)
        apply = f"APPLY {policy.type.value}"
        if not (authority.holds_on_account(apply) or authority.holds("APPLY", policy)):
            raise denials.denied(account, reader.context.session, "APPLY", policy)
