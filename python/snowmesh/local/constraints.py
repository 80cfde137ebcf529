"""What the projection and aggregation policies of a relation ask of a session: their bodies, computed (A21-A27).

A body is an expression over context functions, and for projection policies over mapping tables, which are read with
the policy owner's rights. What yields no constraint at all closes: NULL allows nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp

from snowmesh.account.objects import AggregationPolicy, ObjectRef, Policy, ProjectionPolicy, Relation
from snowmesh.local.errors import SnowflakeError
from snowmesh.local.masks import policy_value
from snowmesh.local.statements import constraint_body
from snowmesh.local.statements.constraint_body import AGGREGATION, NO_AGGREGATION, PROJECTION

if TYPE_CHECKING:
    from snowmesh.local.rewrite import Reader

FAIL, NULLIFY = constraint_body.ENFORCEMENTS
_ALLOW, _NONE, _NOTHING = "ALLOW", "NONE", "NOTHING"


@dataclass(frozen=True)
class Constraints:
    """`columns`: those that may not be in a result, with FAIL or NULLIFY. `minimum`: the size of a group, or None.

    `keys`: the columns whose values, not rows, are counted in a group.
    """

    columns: Mapping[str, str]
    minimum: int | None = None
    keys: tuple[tuple[str, ...], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.columns) or self.minimum is not None


def of(reader: Reader, relation: Relation) -> Constraints:
    """The constraints of a relation for the session. Raises SnowflakeError where they cannot be computed."""
    account = reader.context.account
    columns: dict[str, str] = {}
    for name in (c.name for c in relation.columns) if account.projections else ():
        policy = account.projections.get((relation.ref, name))
        mode = _projection(reader, relation, name, policy) if policy else _ALLOW
        if mode != _ALLOW:
            columns[name] = mode
    reference = account.aggregations.get(relation.ref)
    minimum = _minimum(reader, relation, reference.policy) if reference else None
    found = Constraints(columns, minimum, reference.entity_keys if reference else ())
    if found:
        reader.findings.filtered = reader.findings.constrained = True
        _refuse_in_policy(reader, relation)
    return found


def _projection(reader: Reader, relation: Relation, column: str, ref: ObjectRef) -> str:
    policy = _policy(reader, relation, ref, ProjectionPolicy)
    found = _value(reader, relation, policy, column)
    return found if found in (_ALLOW, NULLIFY) else FAIL


def _minimum(reader: Reader, relation: Relation, ref: ObjectRef) -> int | None:
    policy = _policy(reader, relation, ref, AggregationPolicy)
    found = _value(reader, relation, policy, "")
    if found == _NONE:
        return None
    try:
        size = int(found)
    except ValueError:
        size = -1
    if size < 0:
        raise SnowflakeError(
            3549,
            "42601",
            f"SQL execution error: the aggregation policy on {relation.ref.fqn} yields no minimum group size. "
            "Please contact the policy administrator.",
        )
    return size


def _policy(reader: Reader, relation: Relation, ref: ObjectRef, kind: type[Policy]) -> Policy:
    found = reader.context.account.policy(ref)
    if not isinstance(found, kind):
        raise SnowflakeError(
            3549,
            "42601",
            f"SQL execution error: {relation.ref.fqn} has {'an' if ref.type.value[0] == 'A' else 'a'} "
            f"{ref.type.value.lower()} that does not exist. Please contact the policy administrator.",
        )
    return found


def _value(reader: Reader, relation: Relation, policy: Policy, column: str) -> str:
    """The body as text: ALLOW, FAIL, NULLIFY, a number, NONE; NOTHING where it is NULL."""
    body = policy_value(reader, relation, policy, (), "_T", column=column).transform(_as_text)
    computed, key = reader.findings.computed, body.sql(dialect="snowflake")
    if key not in computed:  # one policy is often on many columns
        computed[key] = reader.compute(body) or _NOTHING
    return computed[key]


def _as_text(node: exp.Expr) -> exp.Expr:
    name = constraint_body.called(node)
    if name == NO_AGGREGATION:
        return exp.Literal.string(_NONE)
    if name == AGGREGATION:
        return exp.cast(constraint_body.arguments(node)["MIN_GROUP_SIZE"], "VARCHAR")
    if name == PROJECTION:
        given = constraint_body.arguments(node)
        mode = given["ENFORCEMENT"].name.upper() if "ENFORCEMENT" in given else FAIL
        allowed = exp.If(this=given["ALLOW"], true=exp.Literal.string(_ALLOW))
        return exp.Case(ifs=[allowed], default=exp.Literal.string(mode))
    return node


def _refuse_in_policy(reader: Reader, relation: Relation) -> None:
    """A policy's body reads nothing that is constrained: what it computes would tell of it."""
    if reader.inside:
        raise SnowflakeError(
            3549,
            "42601",
            f"SQL execution error: a policy reads {relation.ref.fqn}, which is protected by a projection or "
            "aggregation policy.",
        )
