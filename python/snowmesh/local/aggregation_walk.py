"""The walk through a statement that reads constrained tables: which of its queries hands rows on, which groups them.

Queries that neither group nor limit hand hidden columns on to the query around them; the one that groups folds small
groups (regroup). What is left with them at the end - a result, a filter, a set operation - is refused.
"""

from __future__ import annotations

from sqlglot import exp

from snowmesh.local.carried import (
    Group,
    Known,
    Names,
    Source,
    insert_nulls,
    name_hidden,
    rename_last,
    renamed,
    required,
    violated,
)
from snowmesh.local.closure import closed
from snowmesh.local.lineage import Lineage
from snowmesh.local.names import output_name, quoted, stored
from snowmesh.local.regroup import regrouped
from snowmesh.local.select_lists import expanded, own, plain
from snowmesh.local.shapes import Scope

LEAF, BUILT = "snowmesh_aggregation", "snowmesh_built"
_PASSED_ON = {"expressions", "from_", "joins", "where", "with_", "order"}
_JOINS = ("", "INNER", "OUTER", "CROSS")
_SIDES = ("", "LEFT", "RIGHT", "FULL")


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
            names.known[name] = renamed(cte, known)
            name_hidden(cte, known)
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
        if select.meta.get(BUILT):
            return select, self._passed_on(select, sources, trusted=True)
        self._check_sources(select, sources, names)
        if _aggregates(select):
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
        name_hidden(node, known)
        return Source(name, known)

    def _known(self, node: exp.Expr, names: Names) -> Known:
        if isinstance(node, exp.Subquery) and isinstance(node.this, exp.Query):
            written = BUILT not in node.this.meta
            if written and _constrained(node.this) and not closed(node.this, names.shapes):
                raise violated("a lateral join is not allowed")
            inner, known = self.query(node.this, names)
            node.set("this", inner)
            leaves = tuple(Group(*group) for group in node.meta.get(LEAF, ()))
            hidden = {group.column for group in leaves}
            columns = None if known.columns is None else tuple(c for c in known.columns if c[0] not in hidden)
            if columns is not None and node.meta.get(LEAF) and not known.carried:
                columns = tuple((name, True) for name, _ in columns)  # those of the protected object itself
            # the select list ends in its own hidden columns, those of what it reads come after
            return renamed(node, Known(columns, (*leaves, *known.carried)))
        if isinstance(node, exp.Table) and not node.args.get("db") and isinstance(node.this, exp.Identifier):
            found = names.known.get(stored(node.this).upper())
            if found is not None:
                return renamed(node, found)
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
                words = [method, str(join.side or ""), str(join.kind or ""), "JOIN"]
                raise violated(f"{' '.join(word.upper() for word in words if word)} is not allowed")
        for source in [select.args["from_"].this, *(join.this for join in joins)]:
            own_names = source.this.meta.get(BUILT) if isinstance(source, exp.Subquery) else True
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
                carried.append(Group(name, group.minimum, group.once and len(sources) == 1))
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
        insert_nulls(left, len(other.carried), 0)
        insert_nulls(right, len(one.carried), len(other.carried))
        pairs = zip(one.columns, other.columns, strict=False)
        names_of_right = tuple(Group(self.fresh(), g.minimum, g.once) for g in other.carried)
        rename_last(left, [g.column for g in names_of_right])
        return Known(tuple((a, p and q) for (a, p), (_, q) in pairs), (*one.carried, *names_of_right))


def _constrained(node: exp.Expr) -> bool:
    return any(LEAF in n.meta for n in node.walk())


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
