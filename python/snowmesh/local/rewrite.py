"""Authorize and rewrite what a statement reads: section 13.1 of the facts.

A reference to a protected table becomes a derived table that already holds the masked values, so that every
position of the statement - select list, where, join, group by, a view or a common table expression around it -
sees them (M44, M45). A view becomes its query, read with its owner's rights (P19).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import sqlglot
from sqlglot import exp

from snowmesh.account.authorization import Authority
from snowmesh.account.objects import ObjectRef, ObjectType, Relation, RoleName
from snowmesh.local import aggregation, constraints, errors, lineage, secure, table_functions
from snowmesh.local.constraints import Constraints
from snowmesh.local.errors import SnowflakeError, not_found, not_implemented
from snowmesh.local.functions import Context, fold
from snowmesh.local.labels import label
from snowmesh.local.masks import masked_column, masks_of
from snowmesh.local.names import TableLike, full_table, parts_of, quoted, strip_qualifiers, visit_tables
from snowmesh.local.row_access import ROW_ID, visible_rows
from snowmesh.local.session import ResultSet
from snowmesh.local.virtual import account_usage

MAX_VIEW_DEPTH = 50
# what may hang on a table reference; anything else (time travel, changes, ...) is refused by name
_CARRIED = ("joins", "pivots", "laterals", "sample", "hints")
_NAME_PARTS = ("this", "db", "catalog", "alias", "only")
_INNER = "_T"
_UNSAFE = (
    (exp.Into, "SELECT INTO"),
    (exp.ReadCSV, "READ_CSV"),
    (exp.ReadParquet, "READ_PARQUET"),
    (exp.Connect, "CONNECT BY"),
    (exp.Prior, "PRIOR"),
)


@dataclass
class Findings:
    """What a rewrite learned: catalog rows to register under a name, relations read, results scanned.

    `constrained`: a projection or aggregation policy constrains what is read; `aggregated`: by how many counts.
    `filtered`: rows or values are hidden, and what the engine says of them must not be told (E17).
    `policies`: those that were read, with what each is on; `computed`: the values of bodies that decide beforehand.
    """

    virtual: dict[str, ResultSet]
    scanned: dict[str, str]
    reads: set[ObjectRef]
    filtered: bool = False
    constrained: bool = False
    aggregated: int = 0
    policies: set[tuple[ObjectRef, ObjectRef]] = field(default_factory=set)
    computed: dict[str, str] = field(default_factory=dict)

    @classmethod
    def none(cls) -> Findings:
        """Nothing learned yet."""
        return cls({}, {}, set())


class Reader:
    """Rewrites reads for one context (session, view or policy) and one set of rights."""

    def __init__(
        self,
        context: Context,
        authority: Authority,
        physical: Mapping[ObjectRef, tuple[str, ...]],
        findings: Findings,
        depth: int = 0,
    ) -> None:
        self.context, self.authority, self.physical = context, authority, physical
        self.findings, self.depth = findings, depth
        self.inside: frozenset[ObjectRef] = frozenset()  # the relations whose policies are being read
        self.searches_public = depth == 0  # not inside views and policies (I13)
        self.compute: Callable[[exp.Expr], str | None] = _cannot_compute
        self.described = False  # only the shape of the result is asked for: nothing is constrained

    def query(self, node: exp.Expr) -> exp.Expr:
        """Return the query with context functions folded, names resolved, rights checked, masks applied."""
        refuse_unsafe(node)
        folded = fold(label(node.copy()), self.context)
        self.read(folded)
        return folded

    def read(self, node: exp.Expr) -> None:
        """The same in place, for an expression whose context functions are folded already."""
        visit_tables(node, self.replace_reference)
        strip_qualifiers(node)

    def as_owner(self, owner: RoleName, database: str, schema: str) -> Reader:
        """A reader with an owner role's rights, for the inside of a view or policy (P19, M6)."""
        context = replace(self.context, database=database, schema=schema, column=None, protected=None)
        authority = Authority(self.context.account, [owner])
        reader = Reader(context, authority, self.physical, self.findings, self.depth + 1)
        reader.inside, reader.compute, reader.described = self.inside, self.compute, self.described
        return reader

    def resolve(self, parts: tuple[str, ...]) -> Relation:
        """The relation a query means by a name: the current schema, then PUBLIC (I12). Raises not_found."""
        here = replace(self.context.session, database=self.context.database, schema=self.context.schema)
        ref = here.resolve(ObjectType.TABLE, parts)
        found = self.context.account.relation(ref.name)
        if found is None and len(parts) == 1 and self.searches_public:
            found = self.context.account.relation((ref.name[0], "PUBLIC", ref.name[2]))
        if found is None and account_usage.answers(self.context.account, ref.name) and self.authority.reaches(ref):
            raise not_implemented(f"view {ref.fqn}", f"it has {', '.join(account_usage.VIEWS)}")
        if found is None:
            raise not_found(ref)
        return found

    def authorize(self, relation: Relation) -> None:
        """Raise unless SELECT is allowed; an invisible object 'does not exist' (P17, P27)."""
        if self.authority.may_use(relation.ref, "SELECT"):
            return
        if self.authority.reaches(relation.ref) and self.authority.has_any(relation.ref):
            raise errors.forbidden(relation.ref, "SELECT")
        raise not_found(relation.ref)

    # -- replacing a reference -------------------------------------------------------------------

    def replace_reference(self, node: TableLike) -> None:
        if isinstance(node, exp.TableFromRows):
            table_functions.replace(node, self)
            return
        if isinstance(node.this, exp.Parameter):
            node.replace(_dressed(node, table_functions.step(node.this, self), "_STEP"))
            return
        parts = parts_of(node)
        _refuse_extras(node)
        if len(parts) > 1 and parts[-2] == "INFORMATION_SCHEMA":
            node.replace(_dressed(node, table_functions.catalog_view(parts, self), parts[-1]))
            return
        relation = self.resolve(parts)
        self.authorize(relation)
        self.findings.reads.add(relation.ref)
        node.replace(_dressed(node, self.source(relation), relation.ref.name[-1]))

    def source(self, relation: Relation, with_row_id: bool = False) -> exp.Expr:
        """What is read instead of the relation: its table, or a query with views expanded and masks applied.

        `with_row_id`: the visible rows of a table, with what tells each from the others in a column ROW_ID.
        """
        masks = masks_of(self, relation)
        bound = Constraints({}) if self.described else constraints.of(self, relation)
        inner = self._view(relation) if relation.is_view else self._table(relation)
        if with_row_id or relation.ref in self.context.account.row_policies:
            inner = visible_rows(self, relation, _as(inner, relation), _INNER, with_row_id)
        elif not masks and not relation.is_view and not bound:
            return inner
        columns = []
        for column in relation.columns:
            plain: exp.Expr = exp.column(quoted(column.name), table=quoted(_INNER))
            if column.name in masks:
                plain = masked_column(self, relation, column.name, masks[column.name], _INNER)
            columns.append(exp.alias_(plain, quoted(column.name)))
            if column.name in bound.columns:
                lineage.mark(columns[-1], bound.columns[column.name])
        if with_row_id:
            columns.append(exp.column(quoted(ROW_ID), table=quoted(_INNER)))
        groups = aggregation.groups(bound, columns, self.findings)
        query = exp.select(*columns, *groups.values(), copy=False).from_(_as(inner, relation), copy=False)
        return aggregation.leaf(exp.Subquery(this=aggregation.built(query)), tuple(groups))

    def _table(self, relation: Relation) -> exp.Expr:
        table = full_table(self.physical.get(relation.ref, relation.physical))
        return lineage.name_columns(table, tuple(c.name for c in relation.columns))

    def _view(self, relation: Relation) -> exp.Expr:
        if account_usage.answers(self.context.account, relation.ref.name):
            return table_functions.account_usage(relation.ref.name[2], self)
        if self.depth >= MAX_VIEW_DEPTH:
            raise SnowflakeError(2037, "42601", f"View '{relation.ref.fqn}' is nested more than {MAX_VIEW_DEPTH} deep.")
        reader = self.as_owner(relation.owner, *relation.ref.name[:2])
        reader.context = replace(reader.context, invoker=relation.owner)
        if self.context.account.is_secure(relation):
            with secure.compiling(self, relation.ref):
                query = reader.query(sqlglot.parse_one(relation.query, read="snowflake"))
            secure.running(self, relation.ref)
            return exp.Subquery(this=query.unnest() if isinstance(query, exp.Subquery) else query)
        try:
            query = reader.query(sqlglot.parse_one(relation.query, read="snowflake"))
        except SnowflakeError as error:
            raise SnowflakeError(
                2037,
                "42601",
                f"SQL compilation error:\nFailure during expansion of view '{relation.ref.name[-1]}': {error.message}",
            ) from None
        return exp.Subquery(this=query.unnest() if isinstance(query, exp.Subquery) else query)


def _cannot_compute(expression: exp.Expr) -> str | None:
    raise SnowflakeError(3549, "42601", "SQL execution error: a policy cannot be computed here.")


def refuse_unsafe(node: exp.Expr) -> None:
    """Refuse what sqlglot parses and Snowflake has not, or what the engine would read on its own."""
    for kind, what in _UNSAFE:
        if node.find(kind):
            raise not_implemented(what)


def _refuse_extras(node: exp.Table) -> None:
    for key, value in node.args.items():
        if value and key not in _CARRIED and key not in _NAME_PARTS:
            raise not_implemented(f"{key.upper()} on a table reference ({node.sql(dialect='snowflake')})")


def _as(inner: exp.Expr, relation: Relation) -> exp.Expr:
    names = [quoted(c.name) for c in relation.columns] if relation.is_view else None
    inner.set("alias", exp.TableAlias(this=quoted(_INNER), columns=names))
    return inner


def _dressed(node: exp.Table, source: exp.Expr, name: str) -> exp.Expr:
    """The source under the alias of the reference it replaces, with its joins, pivots and sample."""
    alias = node.args.get("alias") or exp.TableAlias(this=quoted(name))
    source.set("alias", alias.copy())
    for key in _CARRIED:
        value: Any = node.args.get(key)
        if value:
            source.set(key, value)
    return source
