"""A pytest plugin that plants one fault in the local Snowflake, so that a suite can be seen to fail.

`pytest -p tests.faults` with SNOWMESH_FAULT set to one of FAULTS.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sqlglot import exp


def mask_returns_the_value() -> None:
    """A policy body that gives the value back."""
    from snowmesh.local import masks

    masks.bind = lambda _body, arguments: next(iter(arguments.values())).copy()


def tag_is_not_applied() -> None:
    """SET TAG and WITH TAG succeed and do nothing."""
    from snowmesh.local import attachments

    attachments.set_tag = lambda account, *_args, **_options: account


def grants_reach_public() -> None:
    """Every grant of SELECT goes to PUBLIC as well."""
    from snowmesh.account.state import Account

    original = Account.with_grants

    def with_grants(self: Account, grants: Any) -> Account:
        found = list(grants)
        return original(
            self, [*found, *(replace(g, role="PUBLIC") for g in found if g.privilege in ("SELECT", "USAGE"))]
        )

    Account.with_grants = with_grants


def views_are_not_authorized() -> None:
    """Reading a view asks for no privilege."""
    from snowmesh.local.rewrite import Reader

    original = Reader.authorize
    Reader.authorize = lambda self, relation: None if relation.is_view else original(self, relation)


def where_clauses_are_not_masked() -> None:
    """The mask stands in the select list only."""
    from snowmesh.local.rewrite import Reader

    original = Reader.query

    def query(self: Reader, node: exp.Expr) -> exp.Expr:
        found = original(self, node)
        where = found.args.get("where")
        if isinstance(where, exp.Where):
            where.set("this", exp.true())
        return found

    Reader.query = query


def rows_are_not_filtered() -> None:
    """A row access policy is kept and shown, and hides nothing."""
    from snowmesh.local import row_access

    row_access.row_filter = lambda *_args: None


def changes_reach_hidden_rows() -> None:
    """UPDATE and DELETE find rows that the session does not see."""
    from snowmesh.local import rewrite

    original = rewrite.visible_rows

    def visible_rows(*args: Any) -> exp.Subquery:
        found = original(*args)
        if args[-1] is True:  # with the row's id: for a change
            found.this.set("where", None)
        return found

    rewrite.visible_rows = visible_rows


def changes_need_no_privilege() -> None:
    """INSERT, UPDATE, DELETE, MERGE and TRUNCATE ask for nothing."""
    from snowmesh.local import dml

    dml._require = lambda *_args: None


def merge_reads_clear_values() -> None:
    """What a MERGE reads of its own target is neither masked nor filtered."""
    from snowmesh.local import dml

    dml._protect = lambda *_args: None


def sources_are_read_clear() -> None:
    """INSERT ... SELECT and CREATE TABLE AS read the stored rows."""
    from snowmesh.local import rewrite

    rewrite.masks_of = lambda *_args: {}


FAULTS: dict[str, Callable[[], None]] = {
    f.__name__: f
    for f in (
        mask_returns_the_value,
        tag_is_not_applied,
        grants_reach_public,
        views_are_not_authorized,
        where_clauses_are_not_masked,
        rows_are_not_filtered,
        changes_reach_hidden_rows,
        changes_need_no_privilege,
        merge_reads_clear_values,
        sources_are_read_clear,
    )
}


def pytest_configure() -> None:
    """Plant the fault that the environment names."""
    name = os.environ.get("SNOWMESH_FAULT")
    if name:
        FAULTS[name]()
