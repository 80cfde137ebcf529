"""A rewritten statement as the text that goes to the engine."""

from __future__ import annotations

from sqlglot import exp


def engine_sql(node: exp.Expr) -> str:
    """Snowflake SQL with every identifier in its stored form and quoted (I1), in the tree too.

    The engine reserves other words than Snowflake: a column named `at` is an ordinary name here.
    """
    for identifier in node.find_all(exp.Identifier):
        if not identifier.args.get("quoted") and not isinstance(identifier.parent, (exp.DataType, exp.Dot)):
            identifier.set("this", identifier.name.upper())
            identifier.set("quoted", True)
    return str(node.sql(dialect="snowflake"))
