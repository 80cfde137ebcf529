"""Whether a query refers to nothing outside it: a correlated one decides, row by row, on what is around it."""

from __future__ import annotations

from sqlglot import exp

from snowmesh.local.lineage import Lineage
from snowmesh.local.shapes import NOTHING, Marks, Scope, Shape

_CLAUSES = ("where", "group", "having", "qualify", "order", "windows", "distinct", "limit", "offset")


def closed(query: exp.Expr, ctes: dict[str, Shape]) -> bool:
    """Whether every name in every clause of a query is one of its own. What is not sure is not closed."""
    names = _Names(query)
    names.shape(query, Scope(dict(ctes)))
    return not names.outside


class _Names(Lineage):
    """Looks every name of a query up."""

    def __init__(self, statement: exp.Expr) -> None:
        super().__init__(statement)
        self.outside = False

    def marks(self, node: exp.Expr, scope: Scope) -> Marks:
        """Look into what lineage may skip as well."""
        if isinstance(node, exp.Column):
            return self._column(node, scope)
        if isinstance(node, exp.Query):
            return self.shape(node, scope).all
        return self._inside(node, scope)

    def scope(self, select: exp.Select, ctes: dict[str, Shape], parent: Scope | None) -> Scope:
        """The scope, once the names of every clause are looked up in it."""
        scope = super().scope(select, ctes, parent)
        scope.aliases.update({item.alias.upper(): NOTHING for item in select.expressions if item.alias})
        for key in _CLAUSES:
            if isinstance(clause := select.args.get(key), exp.Expr):
                self._inside(clause, scope)
        for join in select.args.get("joins") or []:
            if isinstance(on := join.args.get("on"), exp.Expr):
                self.marks(on, scope)
        return scope

    def _of_source(self, alias: str, name: str, scope: Scope) -> Marks:
        known = any(other.upper() == alias.upper() for at in scope.chain() for other, _ in at.sources)
        return NOTHING if known else self._bare(alias, scope)

    def _bare(self, name: str, scope: Scope) -> Marks:
        for at in scope.chain():
            own = any(other.upper() == name.upper() or shape.of(name) is not None for other, shape in at.sources)
            if own or name.upper() in at.aliases:
                return NOTHING
        self.outside = True
        return NOTHING

    def _set_operation(self, node: exp.SetOperation, scope: Scope) -> Shape:
        shape = super()._set_operation(node, scope)
        order = node.args.get("order")
        if isinstance(order, exp.Expr):
            inner = Scope(scope.ctes, scope, [("", shape)])
            self._inside(order, inner)
        return shape
