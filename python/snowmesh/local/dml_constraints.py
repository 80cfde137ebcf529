"""INSERT, UPDATE, DELETE and MERGE under projection and aggregation policies (A23, A26).

What a statement writes may not derive from a projection constrained column. UPDATE, DELETE and MERGE answer with a
number of rows for any condition, so they may read nothing that must be aggregated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from snowmesh.account.objects import Relation
from snowmesh.local import constrained_results
from snowmesh.local.errors import SnowflakeError, not_implemented
from snowmesh.local.names import quoted, strip_qualifiers, visit_tables

if TYPE_CHECKING:
    from snowmesh.local.rewrite import Reader


def check(node: exp.Expr, relation: Relation, reader: Reader) -> None:
    """Raise SnowflakeError unless the statement, whose context functions are folded, keeps the policies.

    Of an INSERT only the values are checked here: its query is, once it is rewritten.
    """
    account = reader.context.account
    if isinstance(node, exp.Insert) or not (account.projections or account.aggregations):
        return
    reads = exp.Select(expressions=[exp.alias_(v.copy(), f"V{n}") for n, v in enumerate(_values(node))])
    for key in ("with_", "where"):
        if node.args.get(key):
            reads.set(key, node.args[key].copy())
    sources = [source.copy() for source in _sources(node)]
    reads.set("from_", exp.From(this=exp.Placeholder()))
    reads.set("joins", [exp.Join(this=source) for source in sources])
    conditions = [c.copy() for c in _conditions(node)]
    reads.set("having", exp.Having(this=exp.and_(*conditions)) if conditions else None)
    visit_tables(reads, reader.replace_reference)
    strip_qualifiers(reads)
    target = reader.source(relation)
    alias = node.this.args.get("alias") or exp.TableAlias(this=quoted(relation.ref.name[-1]))
    target.set("alias", alias.copy())
    reads.args["from_"].set("this", target)
    constrained_results.check_stored(reads)
    if reader.findings.aggregated:
        raise SnowflakeError(
            3549,
            "42601",
            "SQL compilation error: Aggregation policy violation: aggregation required. UPDATE, DELETE and MERGE read "
            "single rows; a role for which the policy yields NO_AGGREGATION_CONSTRAINT() may run them.",
        )


def of_insert(node: exp.Insert, reader: Reader) -> None:
    """Replace the rewritten query of an INSERT by what may be stored of it. Raises SnowflakeError."""
    query = node.expression
    if not reader.findings.constrained or query is None:
        return
    if node.args.get("with_"):
        raise not_implemented("WITH before INSERT", "write it before the SELECT")
    node.set("expression", constrained_results.of_stored(query, reader))


def _values(node: exp.Expr) -> list[exp.Expr]:
    """The expressions that the statement writes."""
    if isinstance(node, exp.Update):
        return [change.expression for change in node.expressions]
    found: list[exp.Expr] = []
    for when in node.args["whens"].expressions if isinstance(node, exp.Merge) else ():
        then = when.args["then"]
        if isinstance(then, exp.Update):
            found.extend(change.expression for change in then.expressions)
        elif isinstance(then, exp.Insert):
            values = then.args.get("expression")
            found.extend(values.expressions if isinstance(values, exp.Tuple) else [values or exp.Star()])
    return found


def _sources(node: exp.Expr) -> list[exp.Expr]:
    if isinstance(node, exp.Merge):
        return [node.args["using"]]
    if isinstance(node, exp.Update):
        return [node.args["from_"].this] if node.args.get("from_") else []
    return list(node.args.get("using") or [])


def _conditions(node: exp.Expr) -> list[exp.Expr]:
    """What else is read: a filter decides about rows, but not of a table whose rows must be aggregated."""
    if not isinstance(node, exp.Merge):
        return []
    found = [node.args["on"], *(when.args.get("condition") for when in node.args["whens"].expressions)]
    return [condition for condition in found if condition is not None]
