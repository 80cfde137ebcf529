"""MERGE runs as DuckDB's own, in one statement.

fakesnow takes it apart and finds the rows of the target again by the values that ON compares: where several rows have
the same, a condition of WHEN that holds for one of them would change all.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

ACTION = "merge_action"
_RESULTS = {"INSERT": "number of rows inserted", "UPDATE": "number of rows updated", "DELETE": "number of rows deleted"}


def native(tree: exp.Expr) -> exp.Expr:
    """The statement for DuckDB, which tells what it did to each row; other statements as they are."""
    if isinstance(tree, exp.Merge):
        for update in tree.find_all(exp.Update):
            for change in update.expressions:
                if isinstance(change, exp.EQ) and isinstance(change.this, exp.Column):
                    change.this.set("table", None)
        tree.set("returning", exp.Returning(expressions=[exp.column(ACTION)]))
    return tree


def counted(tree: exp.Merge, actions: pa.Table) -> tuple[pa.Table, int]:
    """Snowflake's result: one count for each kind of action that the statement names; and their sum."""
    whens = tree.args["whens"].expressions
    named = {_action(when.args["then"]) for when in whens}
    counts = {
        result: pc.sum(pc.equal(actions.column(0), action)).as_py() or 0
        for action, result in _RESULTS.items()
        if action in named
    }
    table = pa.table({name: pa.array([count], type=pa.int64()) for name, count in counts.items()})
    return table, sum(counts.values())


def _action(then: exp.Expr) -> str:
    if isinstance(then, exp.Insert):
        return "INSERT"
    return "UPDATE" if isinstance(then, exp.Update) else "DELETE"
