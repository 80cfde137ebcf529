"""From which marked columns the columns of a rewritten query derive.

An answer may hold too much, never too little: what cannot be decided derives from every mark of the statement.
Filters - WHERE, ON, HAVING, EXISTS - and the arguments of COUNT decide about rows; their values reach no result.
"""

from __future__ import annotations

from sqlglot import exp

from snowmesh.local.names import output_name, stored
from snowmesh.local.shapes import NOTHING, Marks, Output, Scope, Shape, merged, renamed, upper_name

_MARK, _COLUMNS = "snowmesh_mark", "snowmesh_columns"
# their result is a number of rows, whatever the values
COUNTS = (exp.Count, exp.Hll, exp.ApproxDistinct)
_STAR_CLAUSES = ("except_", "replace", "rename")


def mark(node: exp.Expr, value: str) -> exp.Expr:
    """Mark an aliased column of a rewritten query; copies of the node keep the mark."""
    node.meta[_MARK] = value
    return node


def name_columns(table: exp.Expr, names: tuple[str, ...]) -> exp.Expr:
    """Note the columns of a table on a reference to it."""
    table.meta[_COLUMNS] = names
    return table


class Lineage:
    """The lineage of one statement."""

    def __init__(self, statement: exp.Expr) -> None:
        self._every: Marks = frozenset(n.meta[_MARK] for n in statement.walk() if _MARK in n.meta)

    @property
    def unknown(self) -> Shape:
        """What is not understood."""
        return Shape(None, self._every)

    def shape(self, query: exp.Expr, parent: Scope | None = None) -> Shape:
        """The columns of a query."""
        ctes = self._ctes(query, dict(parent.ctes) if parent else {}, parent)
        if isinstance(query, exp.Select):
            return self._select(query, self.scope(query, ctes, parent))
        if isinstance(query, exp.SetOperation):
            return self._set_operation(query, Scope(ctes, parent))
        if isinstance(query, (exp.Subquery, exp.Paren)) and not query.args.get("pivots"):
            return self.shape(query.this, Scope(ctes, parent))
        if isinstance(query, exp.Values):
            return Shape(None, self._inside(query, Scope(ctes, parent)))
        return self.unknown

    def marks(self, node: exp.Expr, scope: Scope) -> Marks:
        """The marks that the value of an expression derives from."""
        if isinstance(node, exp.Column):
            return self._column(node, scope)
        if isinstance(node, exp.Exists) or (isinstance(node, COUNTS) and not _qualified(node)):
            return NOTHING
        if isinstance(node, exp.Query):
            return self.shape(node, scope).all
        if isinstance(node, exp.Star):
            return NOTHING.union(*(shape.all for _, shape in scope.sources)) if scope.sources else self._every
        if isinstance(node, (exp.Columns, exp.Parameter, exp.Table)):
            return self._every
        return self._inside(node, scope)

    def scope(self, select: exp.Select, ctes: dict[str, Shape], parent: Scope | None) -> Scope:
        """What names mean in a SELECT; each source may refer to those before it."""
        scope = Scope(ctes, parent)
        from_ = select.args.get("from_")
        for source in [from_.this] if from_ else []:
            self._source(source, scope)
        for join in [*(select.args.get("joins") or []), *(select.args.get("laterals") or [])]:
            self._source(join.this if isinstance(join, exp.Join) else join, scope)
        return scope

    def source_shape(self, node: exp.Expr, ctes: dict[str, Shape]) -> Shape:
        """The columns of one source of a FROM, under its alias."""
        scope = Scope(ctes)
        self._source(node, scope)
        return (
            scope.sources[0][1]
            if len(scope.sources) == 1
            else Shape(None, NOTHING.union(*(s.all for _, s in scope.sources)))
        )

    def _inside(self, node: exp.Expr, scope: Scope) -> Marks:
        return NOTHING.union(*(self.marks(child, scope) for child in node.iter_expressions()))

    # -- names ---------------------------------------------------------------------------------------

    def _column(self, column: exp.Column, scope: Scope) -> Marks:
        table = column.args.get("table")
        if isinstance(column.this, exp.Star):
            return self._of_source(stored(table), "", scope) if table is not None else self._every
        name = stored(column.this) if isinstance(column.this, exp.Identifier) else ""
        if not name or column.args.get("db"):
            return self._every
        return self._of_source(stored(table), name, scope) if table is not None else self._bare(name, scope)

    def _of_source(self, alias: str, name: str, scope: Scope) -> Marks:
        """A column of a source by its alias; all of them when it is not one of its columns, or none is named."""
        for at in scope.chain():
            found = [shape for other, shape in at.sources if other.upper() == alias.upper()]
            if found:
                one = [shape.of(name) if name else None for shape in found]
                return NOTHING.union(*(s.all if m is None else m for s, m in zip(found, one, strict=True)))
        return self._bare(alias, scope) if name else self._every

    def _bare(self, name: str, scope: Scope) -> Marks:
        """A bare name: of the innermost scope that has it; also an alias, or a whole row by its table's name."""
        possible: Marks = NOTHING
        uncertain = False
        for at in scope.chain():
            alias = at.aliases.get(name.upper())
            rows = [shape.all for other, shape in at.sources if other.upper() == name.upper()]
            columns = [m for _, shape in at.sources if (m := shape.of(name)) is not None]
            unknown = [shape.rest for _, shape in at.sources if shape.columns is None]
            possible = possible.union(alias or NOTHING, *rows, *columns, *unknown)
            uncertain = uncertain or bool(unknown) or alias is not None
            if columns or rows:
                return possible
        return possible if uncertain else self._every

    # -- sources -------------------------------------------------------------------------------------

    def _source(self, node: exp.Expr, scope: Scope) -> None:
        """Add what a FROM or JOIN names to the scope."""
        alias = node.args.get("alias")
        name = stored(alias.this) if isinstance(alias, exp.TableAlias) and alias.this else ""
        nested = isinstance(node, exp.Subquery) and not isinstance(node.this, exp.Query)
        if nested and not name and not node.args.get("pivots"):
            self._source(node.this, scope)
        else:
            shape = self._parenthesised(node, scope) if nested else self._shape_of_source(node, scope)
            if not name and isinstance(node, exp.Table):
                name = node.name
            scope.sources.append((name, renamed(node, shape)))
        for key in ("joins", "laterals"):
            for join in node.args.get(key) or []:
                if not (nested and name):
                    self._source(join.this if isinstance(join, exp.Join) else join, scope)

    def _parenthesised(self, node: exp.Expr, scope: Scope) -> Shape:
        """`(a JOIN b) AS x`: the columns of all, under one name."""
        inner = Scope(scope.ctes, scope)
        self._source(node.this, inner)
        for join in node.args.get("joins") or []:
            self._source(join.this if isinstance(join, exp.Join) else join, inner)
        return Shape(None, NOTHING.union(*(shape.all for _, shape in inner.sources)))

    def _shape_of_source(self, node: exp.Expr, scope: Scope) -> Shape:
        if isinstance(node, exp.Table):
            return self._table(node, scope)
        if isinstance(node, exp.Subquery):
            return self.shape(node.this, scope)
        if isinstance(node, exp.Lateral) and isinstance(node.this, exp.Subquery):
            return self.shape(node.this, scope)
        if isinstance(node, (exp.Lateral, exp.TableFromRows, exp.Unnest, exp.Values)):
            return Shape(None, self._inside(node, scope))
        return self.unknown

    def _table(self, node: exp.Table, scope: Scope) -> Shape:
        names = node.meta.get(_COLUMNS)
        if names is not None:
            return Shape(tuple(Output(name, NOTHING) for name in names))
        if not isinstance(node.this, exp.Identifier):
            return self.unknown
        found = None if node.args.get("db") else scope.ctes.get(stored(node.this).upper())
        return found or Shape(None)

    def _ctes(self, query: exp.Expr, ctes: dict[str, Shape], parent: Scope | None) -> dict[str, Shape]:
        with_ = query.args.get("with_")
        if not isinstance(with_, exp.With):
            return ctes
        for cte in with_.expressions:
            name = stored(cte.args["alias"].this).upper()
            if with_.recursive:
                ctes[name] = renamed(cte, self._recursive(cte, name, ctes, parent))
            else:
                ctes[name] = renamed(cte, self.shape(cte.this, Scope(dict(ctes), parent)))
        return ctes

    def _recursive(self, cte: exp.CTE, name: str, ctes: dict[str, Shape], parent: Scope | None) -> Shape:
        """The least shape that its own query keeps; the names of a recursive one decide by themselves."""
        found = Shape(None)
        while True:
            following = self.shape(cte.this, Scope({**ctes, name: renamed(cte, found)}, parent))
            following = Shape(None, following.all | found.all)
            if following == found:
                return found
            found = following

    # -- results -------------------------------------------------------------------------------------

    def _set_operation(self, node: exp.SetOperation, scope: Scope) -> Shape:
        left, right = self.shape(node.this, scope), self.shape(node.expression, scope)
        same = left.columns is not None and right.columns is not None and len(left.columns) == len(right.columns)
        if not same or node.args.get("by_name"):
            return Shape(None, left.all | right.all)
        pairs = zip(left.columns or (), right.columns or (), strict=True)
        return Shape(tuple(Output(a.name, a.marks | b.marks) for a, b in pairs))

    def _select(self, select: exp.Select, scope: Scope) -> Shape:
        if select.args.get("match") or select.args.get("kind"):
            return self.unknown
        while True:
            before = dict(scope.aliases)
            found = [output for item in select.expressions for output in self._outputs(item, select, scope)]
            for output in (o for o in found if isinstance(o, Output) and o.marks):
                name = output.name.upper()
                scope.aliases[name] = scope.aliases.get(name, NOTHING) | output.marks
            if scope.aliases == before:
                break
        known = [output for output in found if isinstance(output, Output)]
        if len(known) != len(found):
            return Shape(None, NOTHING.union(*(o.marks if isinstance(o, Output) else o.all for o in found)))
        return Shape(tuple(known))

    def _item_marks(self, item: exp.Expr, scope: Scope) -> Marks:
        own = item.meta.get(_MARK)
        found = self.marks(item.this if isinstance(item, exp.Alias) else item, scope)
        return found | {own} if own else found

    def _outputs(self, item: exp.Expr, select: exp.Select, scope: Scope) -> list[Output | Shape]:
        """The columns that one entry of the select list yields; a Shape where they are not known."""
        star = item if isinstance(item, exp.Star) else item.this if isinstance(item, exp.Column) else None
        if isinstance(star, exp.Star):
            return self._star(item, star, select, scope)
        if isinstance(item, exp.Aliases) or item.is_star:
            return [self.unknown]
        return [Output(output_name(item), self._item_marks(item, scope))]

    def _star(self, item: exp.Expr, star: exp.Star, select: exp.Select, scope: Scope) -> list[Output | Shape]:
        table = item.args.get("table") if isinstance(item, exp.Column) else None
        sources = [s for a, s in scope.sources if table is None or a.upper() == stored(table).upper()]
        clauses = {key: value for key, value in star.args.items() if value}
        if not sources or any(s.columns is None for s in sources) or not clauses.keys() <= set(_STAR_CLAUSES):
            rest = NOTHING.union(*(s.all for s in sources)) if sources else self._every
            return [Shape(None, rest.union(*(self._clause(c, scope) for c in clauses.values())))]
        left_out = {upper_name(c) for c in clauses.get("except_", [])}
        replaced = {c.alias.upper(): self.marks(c.this, scope) for c in clauses.get("replace", [])}
        renamed = {upper_name(c.this): stored(c.args["alias"]) for c in clauses.get("rename", [])}
        return [
            Output(renamed.get(c.name.upper(), c.name), replaced.get(c.name.upper(), c.marks))
            for c in (merged(sources, select) if table is None else [c for s in sources for c in s.columns or ()])
            if c.name.upper() not in left_out
        ]

    def _clause(self, clause: object, scope: Scope) -> Marks:
        nodes = clause if isinstance(clause, list) else [clause]
        return NOTHING.union(*(self.marks(n, scope) for n in nodes if isinstance(n, exp.Expr)))


def _qualified(count: exp.Expr) -> bool:
    """Whether a COUNT is more than that: over a window, with a filter."""
    return isinstance(count.parent, (exp.Window, exp.Filter, exp.WithinGroup, exp.IgnoreNulls, exp.RespectNulls))
