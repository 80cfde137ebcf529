"""The body of a projection or aggregation policy: an expression that ends in a call of its constraint functions.

https://docs.snowflake.com/en/sql-reference/sql/create-projection-policy
https://docs.snowflake.com/en/sql-reference/sql/create-aggregation-policy
"""

from __future__ import annotations

from sqlglot import exp

from snowmesh.account.objects import AggregationPolicy, ObjectType, Policy
from snowmesh.local import errors
from snowmesh.local.errors import SnowflakeError

PROJECTION, AGGREGATION, NO_AGGREGATION = (
    "PROJECTION_CONSTRAINT",
    "AGGREGATION_CONSTRAINT",
    "NO_AGGREGATION_CONSTRAINT",
)
FUNCTIONS = {
    ObjectType.PROJECTION_POLICY: (PROJECTION,),
    ObjectType.AGGREGATION_POLICY: (AGGREGATION, NO_AGGREGATION),
}
ENFORCEMENTS = ("FAIL", "NULLIFY")


def check(policy: Policy, body: exp.Expr) -> None:
    """Raise a SnowflakeError unless every branch of the body is a call of a constraint function, well written."""
    if isinstance(policy, AggregationPolicy):
        _refuse_reading(body)
    results = [result for result in branches(body) if not isinstance(result, exp.Null)]
    for result in results:
        name = called(result)
        if name not in FUNCTIONS[policy.ref.type]:
            raise SnowflakeError(
                90207,
                "42601",
                f"SQL compilation error:\nDeclared return type '{policy.returns}' is incompatible with the body: "
                f"'{result.sql(dialect='snowflake')}' is no call of {' or '.join(FUNCTIONS[policy.ref.type])}.",
            )
        _check_call(name, result)
    calls = [node for node in body.find_all(exp.Anonymous) if called(node) in (PROJECTION, AGGREGATION, NO_AGGREGATION)]
    if not results or len(calls) != len(results):
        raise errors.invalid(
            f"The body must be a call of {' or '.join(FUNCTIONS[policy.ref.type])}, or CASE or IFF with such calls as "
            "its results."
        )


def branches(body: exp.Expr) -> list[exp.Expr]:
    """The expressions of which one is the value of the body: through parentheses, CASE and IFF."""
    if isinstance(body, exp.Paren):
        return branches(body.this)
    if isinstance(body, exp.Case):
        default = body.args.get("default")
        results = [branch.args["true"] for branch in body.args["ifs"]] + ([default] if default else [])
    elif isinstance(body, exp.If):
        results = [body.args["true"], *([body.args["false"]] if body.args.get("false") else [])]
    else:
        return [body]
    return [found for result in results for found in branches(result)]


def called(node: exp.Expr) -> str:
    """The upper-case name of the function that a node calls, if sqlglot does not know it; else ''."""
    return str(node.this).upper() if isinstance(node, exp.Anonymous) and isinstance(node.this, str) else ""


def arguments(call: exp.Expr) -> dict[str, exp.Expr]:
    """The named arguments of a call, `ALLOW => TRUE`. Raises SnowflakeError for a positional one or a second."""
    found: dict[str, exp.Expr] = {}
    for argument in call.expressions:
        name = argument.this.name.upper() if isinstance(argument, exp.Kwarg) else ""
        if not name or name in found:
            raise _wrong_arguments(called(call))
        found[name] = argument.expression
    return found


def _check_call(name: str, call: exp.Expr) -> None:
    given = arguments(call)
    needed, optional = _ARGUMENTS[name]
    if not needed <= set(given) <= needed | optional:
        raise _wrong_arguments(name)
    enforcement = given.get("ENFORCEMENT")
    if enforcement is not None and not (enforcement.is_string and enforcement.name.upper() in ENFORCEMENTS):
        raise errors.invalid(
            f"Invalid argument ENFORCEMENT of function {PROJECTION}. Allowed: {', '.join(map(repr, ENFORCEMENTS))}."
        )


_ARGUMENTS: dict[str, tuple[set[str], set[str]]] = {
    PROJECTION: ({"ALLOW"}, {"ENFORCEMENT"}),
    AGGREGATION: ({"MIN_GROUP_SIZE"}, set()),
    NO_AGGREGATION: (set(), set()),
}
_HINTS = {
    PROJECTION: "Please specify allow=>true or allow=>false as the input.",
    AGGREGATION: "Please specify min_group_size=>n as the input.",
    NO_AGGREGATION: "It takes no argument.",
}


def _wrong_arguments(name: str) -> SnowflakeError:
    return errors.invalid(f"Invalid argument for function {name}. {_HINTS[name]}")


def _refuse_reading(body: exp.Expr) -> None:
    """The body of an aggregation policy reads nothing (A21)."""
    if body.find(exp.Query, exp.Table):
        raise errors.invalid("The body of an aggregation policy cannot refer to a table or view.")
