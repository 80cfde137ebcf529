"""Build the expression that stands for a masked column (facts M25, M36, M44-M47)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import sqlglot
from sqlglot import exp

from snowmesh.account.data_types import UnknownDataType, family
from snowmesh.account.masking import EffectiveMask, MaskingConflict, effective_mask
from snowmesh.account.objects import Policy, Relation
from snowmesh.local import secure
from snowmesh.local.errors import SnowflakeError, not_implemented
from snowmesh.local.functions import fold
from snowmesh.local.names import quoted, stored

if TYPE_CHECKING:
    from snowmesh.local.rewrite import Reader


def masks_of(reader: Reader, relation: Relation) -> dict[str, EffectiveMask]:
    """The policies in force on a relation's columns. Raises SnowflakeError on a conflict (M35, M36)."""
    found = {}
    for column in relation.columns:
        try:
            mask = effective_mask(reader.context.account, relation, column.name)
        except MaskingConflict as conflict:
            raise SnowflakeError(3549, "42601", f"SQL execution error: {conflict}") from None
        except UnknownDataType as error:
            raise SnowflakeError(3549, "42601", f"SQL execution error: column {column.name}: {error}") from None
        if mask is not None:
            found[column.name] = mask
    return found


def masked_column(reader: Reader, relation: Relation, column: str, mask: EffectiveMask, qualifier: str) -> exp.Expr:
    """The policy body with its arguments bound to the columns of `qualifier`, context functions folded.

    CURRENT_ROLE and friends answer for the querying session, CURRENT_SCHEMA for the protected table (R37),
    look-up tables are read with the policy owner's rights (M6).
    """
    body = policy_value(reader, relation, mask.policy, mask.arguments, qualifier, column=column)
    return exp.paren(_fit(body, relation, column))


def policy_value(
    reader: Reader, relation: Relation, policy: Policy, columns: tuple[str, ...], qualifier: str, *, column: str = ""
) -> exp.Expr:
    """The body of a policy of any kind over the columns of `qualifier`; `column` is the one that it masks."""
    if relation.ref in reader.inside:
        raise SnowflakeError(
            3549, "42601", f"SQL execution error: a policy on {relation.ref.fqn} reads {relation.ref.fqn} itself."
        )
    context = replace(
        reader.context,
        database=relation.ref.name[0],
        schema=relation.ref.name[1],
        column=(relation.ref, column) if column else None,
        protected=relation.ref,
    )
    arguments: dict[str, exp.Expr] = {
        name: exp.column(quoted(bound), table=quoted(qualifier))
        for (name, _), bound in zip(policy.signature, columns, strict=False)
    }
    with secure.compiling(reader, policy.ref):
        body = fold(bind(policy.body, arguments), context)
        secure.running(reader, policy.ref, body)
        _refuse_capture(body, qualifier)
        home = policy.ref.name
        owner = reader.as_owner(policy.owner, home[0], home[1])
        owner.inside = reader.inside | {relation.ref}
        owner.read(body)
    reader.findings.policies.add((relation.ref, policy.ref))
    return body


def _refuse_capture(body: exp.Expr, qualifier: str) -> None:
    """A table of the body under the name of the protected one would take its columns over."""
    for table in body.find_all(exp.Table, exp.Subquery, exp.CTE):
        if table.alias_or_name.upper() == qualifier.upper():
            raise not_implemented(
                f"a policy whose body names a table {qualifier}, like the protected one", "give it another alias"
            )


def bind(body: str, arguments: dict[str, exp.Expr]) -> exp.Expr:
    """A policy body with its argument names replaced by expressions."""
    parsed = sqlglot.parse_one(body, read="snowflake")

    def replace_argument(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Column) and not node.table and isinstance(node.this, exp.Identifier):
            bound = arguments.get(stored(node.this))
            if bound is not None:
                return bound.copy()
        return node

    return exp.paren(parsed.transform(replace_argument))


def _fit(body: exp.Expr, relation: Relation, column: str) -> exp.Expr:
    """A masked value has the column's type: too many digits fail, the scale is cut (M25); text stays (M25a)."""
    found = relation.column(column)
    if found is None or family(found.data_type) in ("VARCHAR", "VARIANT", "OBJECT", "ARRAY"):
        return body
    return exp.cast(body, found.data_type, dialect="snowflake")
