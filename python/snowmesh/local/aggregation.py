"""Aggregation policies: rows of a constrained table leave a statement in groups of the minimum size only (A23).

https://docs.snowflake.com/en/user-guide/aggregation-policies
A reference to such a table carries hidden columns that tell its rows, or entities, apart. Queries that neither group
nor limit pass them on to the query around them; the one that groups folds small groups (regroup). What is left with
them at the end - a result, a filter, a set operation - is refused, and so is every shape not known to be safe.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

from sqlglot import exp

from snowmesh.local.closure import closed
from snowmesh.local.errors import SnowflakeError
from snowmesh.local.lineage import Lineage, Scope, Shape
from snowmesh.local.names import output_name, quoted, stored

if TYPE_CHECKING:
    from snowmesh.local.constraints import Constraints
    from snowmesh.local.rewrite import Findings, Reader

_LEAF, _BUILT = "snowmesh_aggregation", "snowmesh_built"
_PASSED_ON = {"expressions", "from_", "joins", "where", "with_", "order"}
_JOINS = ("", "INNER", "OUTER", "CROSS")
_SIDES = ("", "LEFT", "RIGHT", "FULL")


@dataclass(frozen=True)
class Group:
    """A hidden column by name, and how many of its values a group must have."""

    column: str
    minimum: int


@dataclass(frozen=True)
class Known:
    """What a query yields: its columns, each with whether it is a column of a table as it is, and what it carries."""

    columns: tuple[tuple[str, bool], ...] | None
    carried: tuple[Group, ...] = ()

    def names(self, name: str) -> list[bool]:
        """Whether each column of that name is one of a table."""
        return [plain for other, plain in self.columns or () if other.upper() == name.upper()]


@dataclass(frozen=True)
class Source:
    """What a FROM or JOIN names."""

    alias: str
    known: Known


@dataclass
class Names:
    """The common table expressions at one place, as this module and as lineage know them."""

    known: dict[str, Known]
    shapes: dict[str, Shape]

    def copy(self) -> Names:
        """The same, to be added to."""
        return Names(dict(self.known), dict(self.shapes))


def groups(bound: Constraints, columns: list[exp.Expr], findings: Findings) -> dict[Group, exp.Expr]:
    """The hidden columns of a constrained relation: the number of the row, or the text of every entity key.

    `columns` are its visible ones, as masked: entities are counted by what the session may see of them.
    """
    if bound.minimum is None:
        return {}
    visible = {column.alias: column.this for column in columns}
    found: dict[Group, exp.Expr] = {}
    for key in bound.keys or ((),):
        texts: list[exp.Expr] = [exp.cast(visible[name].copy(), "VARCHAR") for name in key]
        # a separator can make two entities one, never one two; an entity with a NULL in it counts for nothing
        value = reduce(_joined, texts) if texts else exp.Window(this=exp.RowNumber())
        findings.aggregated += 1
        group = Group(f"_AGG_{findings.aggregated}", bound.minimum)
        found[group] = exp.alias_(value, quoted(group.column))
    return found


def _joined(left: exp.Expr, right: exp.Expr) -> exp.Expr:
    return exp.DPipe(this=exp.DPipe(this=left, expression=exp.Literal.string("|")), expression=right)


def leaf(source: exp.Subquery, hidden: tuple[Group, ...]) -> exp.Subquery:
    """Note on a reference that its table is constrained; `hidden` are columns that it has already."""
    if hidden:
        source.meta[_LEAF] = tuple((g.column, g.minimum) for g in hidden)
    return source


def built(select: exp.Expr) -> exp.Expr:
    """Note on a query that the gateway wrote it: it hands on every row of what it reads."""
    select.meta[_BUILT] = True
    return select


def enforced(query: exp.Expr, reader: Reader) -> exp.Expr:
    """The query with small groups folded. Raises SnowflakeError when rows would leave it."""
    if not reader.findings.aggregated:
        return query
    return Aggregation(query).enforce(query)


def required() -> SnowflakeError:
    """Rows would leave the statement."""
    return violated("aggregation required")


def violated(what: str) -> SnowflakeError:
    """A query that does not meet the requirements of the policy."""
    return SnowflakeError(3549, "42601", f"SQL compilation error: Aggregation policy violation: {what}.")


class Aggregation:
    """The enforcement in one statement."""

    def __init__(self, statement: exp.Expr) -> None:
        self.lineage = Lineage(statement)
        self._fresh = 0

    def enforce(self, query: exp.Expr) -> exp.Expr:
        """The whole statement."""
        found, known = self.query(query, Names({}, {}))
        if known.carried:
            raise required()
        return found

    def fresh(self) -> str:
        """A name for a hidden column, once in a statement."""
        self._fresh += 1
        return f"_AGG_{self._fresh}_"

    def query(self, node: exp.Expr, names: Names) -> tuple[exp.Expr, Known]:
        """A query as it may run, and what it yields."""
        if isinstance(node, exp.Select):
            return self._select(node, self._ctes(node, names))
        if isinstance(node, exp.SetOperation):
            return node, self._set_operation(node, self._ctes(node, names))
        if isinstance(node, (exp.Subquery, exp.Paren)) and isinstance(node.this, exp.Query):
            inner, known = self.query(node.this, self._ctes(node, names))
            node.set("this", inner)
            if known.carried and any(v for k, v in node.args.items() if k not in ("this", "alias", "with_")):
                raise required()
            return node, known
        self.refuse_inside(node)
        return node, Known(None)

    def refuse_inside(self, *nodes: exp.Expr | None) -> None:
        """Raise when a constrained table stands where it cannot be aggregated."""
        if any(_constrained(node) for node in nodes if node is not None):
            raise required()

    # -- parts of a query ------------------------------------------------------------------------------

    def _ctes(self, query: exp.Expr, names: Names) -> Names:
        with_ = query.args.get("with_")
        if not isinstance(with_, exp.With):
            return names
        names = names.copy()
        for cte in with_.expressions:
            if with_.recursive:
                self.refuse_inside(cte)
            name = stored(cte.args["alias"].this).upper()
            names.shapes[name] = self.lineage.shape(cte.this, Scope(dict(names.shapes)))
            inner, known = self.query(cte.this, names)
            cte.set("this", inner)
            names.known[name] = _renamed(cte, known)
            _name_hidden(cte, known)
        return names

    def _select(self, select: exp.Select, names: Names) -> tuple[exp.Expr, Known]:
        from_, joins = select.args.get("from_"), select.args.get("joins") or []
        holders = ([from_] if from_ else []) + joins
        sources = [self._source(holder.this, names) for holder in holders]
        self.refuse_inside(*(select.args.get("laterals") or []))
        carried = any(source.known.carried for source in sources)
        for nested in _nested(select, holders):
            self._nested(nested, names, carried)
        if not carried:
            return select, Known(_names_of(select) or self._columns(select, names))
        if select.meta.get(_BUILT):
            return select, self._passed_on(select, sources, trusted=True)
        self._check_sources(select, sources, names)
        if _aggregates(select):
            from snowmesh.local.regroup import regrouped

            return regrouped(select, sources, names.shapes, self.lineage), Known(_names_of(select))
        return select, self._passed_on(select, sources, trusted=False)

    def _columns(self, select: exp.Select, names: Names) -> tuple[tuple[str, bool], ...] | None:
        columns = self.lineage.shape(select, Scope(dict(names.shapes))).columns
        return None if columns is None else tuple((column.name, True) for column in columns)

    def _nested(self, query: exp.Expr, names: Names, carried: bool) -> None:
        """A query in an expression: it carries nothing out, and where rows are constrained it refers to nothing
        outside it."""
        if (carried or _constrained(query)) and not closed(query, names.shapes):
            raise violated("a correlated subquery is not allowed")
        inner, known = self.query(query, names)
        if known.carried:
            raise required()
        if inner is not query:
            query.replace(inner)

    def _source(self, node: exp.Expr, names: Names) -> Source:
        """A source with its name, which a hidden column needs."""
        alias = node.args.get("alias")
        name = stored(alias.this) if isinstance(alias, exp.TableAlias) and alias.this else ""
        known = self._known(node, names)
        if known.carried and any(node.args.get(key) for key in ("pivots", "sample", "joins", "laterals")):
            raise violated("PIVOT, SAMPLE and parenthesised joins are not allowed")
        if known.carried and not name:
            name = node.name if isinstance(node, exp.Table) else self.fresh()
            node.set("alias", exp.TableAlias(this=quoted(name)))
        _name_hidden(node, known)
        return Source(name, known)

    def _known(self, node: exp.Expr, names: Names) -> Known:
        if isinstance(node, exp.Subquery) and isinstance(node.this, exp.Query):
            written = _BUILT not in node.this.meta
            if written and _constrained(node.this) and not closed(node.this, names.shapes):
                raise violated("a lateral join is not allowed")
            inner, known = self.query(node.this, names)
            node.set("this", inner)
            leaves = tuple(Group(*group) for group in node.meta.get(_LEAF, ()))
            hidden = {group.column for group in leaves}
            columns = None if known.columns is None else tuple(c for c in known.columns if c[0] not in hidden)
            if columns is not None and node.meta.get(_LEAF) and not known.carried:
                columns = tuple((name, True) for name, _ in columns)  # those of the protected object itself
            # the select list ends in its own hidden columns, those of what it reads come after
            return _renamed(node, Known(columns, (*leaves, *known.carried)))
        if isinstance(node, exp.Table) and not node.args.get("db") and isinstance(node.this, exp.Identifier):
            found = names.known.get(stored(node.this).upper())
            if found is not None:
                return _renamed(node, found)
        self.refuse_inside(node)
        shape = self.lineage.source_shape(node, names.shapes)
        return Known(None if shape.columns is None else tuple((c.name, True) for c in shape.columns))

    def _check_sources(self, select: exp.Select, sources: list[Source], names: Names) -> None:
        """Beside a constrained table: plain joins, of sources whose columns are known and that refer to no other."""
        if any(source.known.columns is None for source in sources):
            raise violated("a source whose columns are not known stands beside the constrained table")
        joins = select.args.get("joins") or []
        for join in joins:
            plain = str(join.kind or "").upper() in _JOINS and str(join.side or "").upper() in _SIDES
            method = str(join.args.get("method") or "").upper()
            if not plain or method not in ("", "NATURAL") or isinstance(join.this, exp.Lateral):
                raise violated(f"{join.sql(dialect='snowflake').split('(')[0].strip()} is not allowed")
        for source in [select.args["from_"].this, *(join.this for join in joins)]:
            own_names = source.this.meta.get(_BUILT) if isinstance(source, exp.Subquery) else True
            if not own_names and not closed(source.this, names.shapes):
                raise violated("a lateral join is not allowed")

    # -- handing rows on -------------------------------------------------------------------------------

    def _passed_on(self, select: exp.Select, sources: list[Source], trusted: bool) -> Known:
        """Add the hidden columns to the select list, and say what it yields."""
        if not trusted:
            others = [key for key, value in select.args.items() if value and key not in _PASSED_ON]
            if others or any(isinstance(n, exp.Window) for e in select.expressions for n in own(e)):
                raise required()
        items = expanded(select, sources)
        columns = tuple((output_name(item), plain(item, sources)) for item in items)
        carried = []
        for source in sources:
            for group in source.known.carried:
                name = self.fresh()
                hidden = exp.column(quoted(group.column), table=quoted(source.alias))
                items.append(exp.alias_(hidden, quoted(name)))
                carried.append(Group(name, group.minimum))
        select.set("expressions", items)
        return Known(columns, tuple(carried))

    def _set_operation(self, node: exp.SetOperation, names: Names) -> Known:
        (left, one), (right, other) = self.query(node.this, names), self.query(node.expression, names)
        node.set("this", left)
        node.set("expression", right)
        if not (one.carried or other.carried):
            return Known(one.columns)
        extra = any(node.args.get(key) for key in ("distinct", "by_name", "limit", "offset", "order"))
        if not isinstance(node, exp.Union) or extra or one.columns is None or other.columns is None:
            raise violated("of the set operators only UNION ALL is allowed")
        _insert_nulls(left, len(other.carried), 0)
        _insert_nulls(right, len(one.carried), len(other.carried))
        pairs = zip(one.columns, other.columns, strict=False)
        names_of_right = tuple(Group(self.fresh(), g.minimum) for g in other.carried)
        _rename_last(left, [g.column for g in names_of_right])
        return Known(tuple((a, p and q) for (a, p), (_, q) in pairs), (*one.carried, *names_of_right))


def own(node: exp.Expr) -> Iterator[exp.Expr]:
    """The nodes of an expression that are not inside a query in it; of such a query only itself."""
    yield node
    if not isinstance(node, exp.Query):
        for child in node.iter_expressions():
            yield from own(child)


def expanded(select: exp.Select, sources: list[Source]) -> list[exp.Expr]:
    """The select list with the visible columns in place of `*`."""
    found: list[exp.Expr] = []
    for item in select.expressions:
        star = item if isinstance(item, exp.Star) else item.this if isinstance(item, exp.Column) else None
        if not isinstance(star, exp.Star):
            if isinstance(item, exp.Aliases) or item.is_star:
                raise violated(f"{item.sql(dialect='snowflake')} is not allowed in the select list")
            found.append(item)
            continue
        if any(value for key, value in star.args.items() if key != "except_"):
            raise violated("of the clauses of * only EXCLUDE is allowed")
        left_out = {column.name.upper() for column in star.args.get("except_") or []}
        table = item.args.get("table") if isinstance(item, exp.Column) else None
        wanted = [s for s in sources if table is None or s.alias.upper() == stored(table).upper()]
        if not wanted or any(s.known.columns is None for s in wanted):
            raise violated("* is not allowed where the columns are not known")
        if table is None and any(j.args.get("using") or j.args.get("method") for j in select.args.get("joins") or []):
            raise violated("* is not allowed with USING; name the columns")
        found.extend(
            exp.alias_(exp.column(quoted(name), table=quoted(s.alias)), quoted(name))
            for s in wanted
            for name, _ in s.known.columns or ()
            if name.upper() not in left_out
        )
    return found


def plain(item: exp.Expr, sources: list[Source]) -> bool:
    """Whether an expression is a column of a table as it is."""
    inner = item.this if isinstance(item, exp.Alias) else item
    if not isinstance(inner, exp.Column) or not isinstance(inner.this, exp.Identifier):
        return False
    found = [known for _, known in candidates(inner, sources)]
    return bool(found) and all(found)


def candidates(column: exp.Column, sources: list[Source]) -> list[tuple[Source, bool]]:
    """The sources that have a column, and whether it is one of a table there."""
    table = column.args.get("table")
    wanted = [s for s in sources if table is None or s.alias.upper() == stored(table).upper()]
    return [(s, is_plain) for s in wanted for is_plain in s.known.names(stored(column.this))]


def _constrained(node: exp.Expr) -> bool:
    return any(_LEAF in n.meta for n in node.walk())


def _nested(select: exp.Select, holders: list[exp.Expr]) -> list[exp.Expr]:
    """The queries in the expressions of a SELECT, outermost only; not its sources and common table expressions."""
    found: list[exp.Expr] = []
    sources = {id(holder.this) for holder in holders}

    def look(node: exp.Expr) -> None:
        for key, value in node.args.items():
            if key == "with_":
                continue
            for child in value if isinstance(value, list) else [value]:
                if not isinstance(child, exp.Expr) or id(child) in sources:
                    continue
                if isinstance(child, exp.Query):
                    found.append(child)
                else:
                    look(child)

    look(select)
    return found


def _aggregates(select: exp.Select) -> bool:
    parts = [*select.expressions, *(select.args[k] for k in ("having", "order") if select.args.get(k))]
    calls = (n for part in parts for n in own(part) if isinstance(n, exp.AggFunc))
    within = any(not isinstance(call.parent, exp.Window) for call in calls)
    return bool(select.args.get("group") or select.args.get("distinct") or within)


def _names_of(select: exp.Expr) -> tuple[tuple[str, bool], ...] | None:
    items = select.expressions if isinstance(select, exp.Select) else []
    if any(item.is_star or isinstance(item, exp.Aliases) for item in items):
        return None
    return tuple((output_name(item), True) for item in items)


def _renamed(node: exp.Expr, known: Known) -> Known:
    """What is known under the column names of an alias."""
    alias = node.args.get("alias")
    names = [stored(c) for c in alias.args.get("columns") or []] if isinstance(alias, exp.TableAlias) else []
    if not names:
        return known
    if known.columns is None:
        return Known(tuple((name, False) for name in names), known.carried)
    if len(names) != len(known.columns):
        raise violated("the column names of an alias do not fit the columns")
    return Known(tuple((n, is_plain) for n, (_, is_plain) in zip(names, known.columns, strict=True)), known.carried)


def _name_hidden(node: exp.Expr, known: Known) -> None:
    """Where an alias names the columns, let it name the hidden ones too."""
    alias = node.args.get("alias")
    if isinstance(alias, exp.TableAlias) and alias.args.get("columns"):
        hidden = [quoted(group.column) for group in known.carried]
        alias.set("columns", [*alias.args["columns"], *hidden])


def _insert_nulls(branch: exp.Expr, count: int, before: int) -> None:
    """Put NULL for the hidden columns of the other branch before the last `before` columns of this one."""
    if isinstance(branch, exp.SetOperation):
        _insert_nulls(branch.this, count, before)
        _insert_nulls(branch.expression, count, before)
    elif isinstance(branch, (exp.Subquery, exp.Paren)):
        _insert_nulls(branch.this, count, before)
    elif isinstance(branch, exp.Select):
        at = len(branch.expressions) - before
        nulls: list[exp.Expr] = [exp.alias_(exp.Null(), quoted(f"_NULL_{n}")) for n in range(count)]
        branch.set("expressions", [*branch.expressions[:at], *nulls, *branch.expressions[at:]])
    elif count:
        raise violated("VALUES in UNION ALL is not allowed")


def _rename_last(branch: exp.Expr, names: list[str]) -> None:
    """Name the last columns of the first query of a set operation: its names are those of the result."""
    while not isinstance(branch, exp.Select):
        branch = branch.this
    for item, name in zip(branch.expressions[len(branch.expressions) - len(names) :], names, strict=True):
        item.set("alias", quoted(name))
