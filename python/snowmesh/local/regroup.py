"""A query that aggregates a constrained table, rewritten so that every group has the minimum size (A23).

Groups below it become one remainder group, whose keys are NULL; a remainder that is still too small, like an aggregate
over too few rows, is NULL in every column. HAVING, ORDER BY and LIMIT see the groups after that.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from snowmesh.local.carried import Group, Source, required, violated
from snowmesh.local.errors import SnowflakeError
from snowmesh.local.group_checks import has_aggregate, no_such_column, refuse_clauses
from snowmesh.local.lineage import Lineage
from snowmesh.local.names import output_name, quoted, stored
from snowmesh.local.select_lists import candidates, expanded, own, plain
from snowmesh.local.shapes import Scope, Shape

_TOTALS = (exp.Cube, exp.Rollup, exp.GroupingSets)
_ENOUGH, _KEPT = "_ENOUGH", "_KEPT"


def regrouped(select: exp.Select, sources: list[Source], ctes: dict[str, Shape], lineage: Lineage) -> exp.Select:
    """The query over groups of the minimum size. Raises SnowflakeError for what is not allowed."""
    return _Regrouping(select, sources, Scope(ctes), lineage).result()


class _Regrouping:
    """One query; keys are _K0, _K1, ..., arguments of aggregates _A0, ..., their values _G0, ..."""

    def __init__(self, select: exp.Select, sources: list[Source], outside: Scope, lineage: Lineage) -> None:
        self.select, self.sources, self.lineage = select, sources, lineage
        self.scope = lineage.scope(select, outside.ctes, None)
        refuse_clauses(select)
        self.items = [self._item(item) for item in expanded(select, sources)]
        self.groups = [(s.alias, group) for s in sources for group in s.known.carried]
        self.keys = [self._qualified(key) for key in self._key_expressions()]
        self.arguments: list[exp.Expr] = []
        self.values: list[exp.Expr] = []

    def result(self) -> exp.Select:
        """The outermost of the queries."""
        shown = [exp.alias_(self._if_enough(self._over_groups(i.this)), i.args["alias"].copy()) for i in self.items]
        having = self.select.args.get("having")
        condition = self._over_groups(having.this) if having is not None else None
        order = self._order()
        found = exp.select(*shown, copy=False).from_(self._folded(), copy=False)
        found.set("where", exp.Where(this=condition) if condition is not None else None)
        found.set("order", order)
        for key in ("limit", "offset", "with_"):
            found.set(key, self.select.args.get(key))
        return found

    # -- what is grouped -------------------------------------------------------------------------------

    def _item(self, item: exp.Expr) -> exp.Alias:
        inner = item.this if isinstance(item, exp.Alias) else item
        return exp.Alias(this=inner.copy(), alias=quoted(output_name(item)))

    def _key_expressions(self) -> list[exp.Expr]:
        group, distinct = self.select.args.get("group"), self.select.args.get("distinct")
        keyless = [item.this for item in self.items if not has_aggregate(item.this)]
        if distinct is not None:
            if group is not None or len(keyless) != len(self.items) or distinct.args.get("on"):
                raise violated("DISTINCT beside aggregates is not allowed")
            return keyless
        if group is None:
            return []
        if any(value for key, value in group.args.items() if key not in ("expressions", "all")):
            raise violated("of the grouping constructs only GROUP BY is allowed")
        if group.args.get("all"):
            return keyless
        if any(isinstance(e, _TOTALS) for e in group.expressions):
            raise violated("of the grouping constructs only GROUP BY is allowed")
        return [self._key(e) for e in group.expressions]

    def _key(self, written: exp.Expr) -> exp.Expr:
        """A position or an alias of the select list stands for its expression; a column goes before an alias."""
        found: exp.Expr | None = written
        if isinstance(written, exp.Literal):
            number = int(written.this) if written.is_int else 0
            found = self.items[number - 1].this if 0 < number <= len(self.items) else None
        elif (
            isinstance(written, exp.Column) and not written.args.get("table") and not candidates(written, self.sources)
        ):
            found = self._aliased(written)
        if found is None or has_aggregate(found):
            raise violated(f"{written.sql(dialect='snowflake')} is no valid group")
        return found

    def _aliased(self, column: exp.Column) -> exp.Expr | None:
        name = stored(column.this) if isinstance(column.this, exp.Identifier) else ""
        return next((i.this for i in self.items if i.alias.upper() == name.upper()), None)

    def _qualified(self, node: exp.Expr) -> exp.Expr:
        """The expression with every column under the name of its source, as only then equal ones look equal."""

        def qualify(found: exp.Expr) -> exp.Expr:
            if not isinstance(found, exp.Column):
                return found
            if not isinstance(found.this, exp.Identifier) or found.args.get("db"):
                raise violated(f"{found.sql(dialect='snowflake')} is not allowed")
            hits = [source for source, _ in candidates(found, self.sources)]
            using = any(found.name.upper() == c.name.upper() for c in self._using())
            if len(hits) == 1 or (hits and using and found.args.get("table")):
                return exp.column(quoted(stored(found.this)), table=quoted(hits[0].alias))
            if len(hits) > 1 and using:
                return exp.column(quoted(stored(found.this)))
            raise no_such_column(found, hits)

        return _transformed(node, qualify)

    def _using(self) -> list[exp.Expr]:
        return [c for join in self.select.args.get("joins") or [] for c in join.args.get("using") or []]

    # -- expressions over groups -------------------------------------------------------------------------

    def _over_groups(self, node: exp.Expr, depth: int = 0) -> exp.Expr:
        """The expression over the columns of the folded groups."""
        if isinstance(node, exp.AggFunc):
            return self._aggregate(node)
        if not has_aggregate(node) and (number := self._position(node)) is not None:
            return exp.column(quoted(f"_K{number}"))
        if isinstance(node, exp.Column):
            found_in = candidates(node, self.sources)
            aliased = None if found_in or depth else self._aliased(node)
            if aliased is None:
                raise required() if len(found_in) == 1 else no_such_column(node, found_in)
            return self._over_groups(aliased, depth + 1)
        if isinstance(node, exp.Star):
            raise required()
        if isinstance(node, exp.Query):
            return node.copy()
        found = node.copy()
        for child in list(found.iter_expressions()):
            if not isinstance(child, (exp.Identifier, exp.DataType)):
                child.replace(self._over_groups(child, depth))
        return found

    def _position(self, node: exp.Expr) -> int | None:
        if isinstance(node, (exp.Literal, exp.Identifier)) or not any(isinstance(n, exp.Column) for n in own(node)):
            return None
        try:
            qualified = self._qualified(node)
        except SnowflakeError:
            return None
        return next((number for number, key in enumerate(self.keys) if key == qualified), None)

    def _aggregate(self, call: exp.Expr) -> exp.Expr:
        found = call.copy()
        inner = found.this
        if isinstance(inner, exp.Distinct):
            inner.set("expressions", [self._argument(e, call) for e in inner.expressions])
        elif not (isinstance(call, exp.Count) and type(inner) is exp.Star):
            found.set("this", self._argument(inner, call))
        if isinstance(found, (exp.Count, exp.Hll)) and found.expressions:
            found.set("expressions", [self._argument(e, call) for e in found.expressions])
        if isinstance(found, exp.Hll) and not found.expressions:  # the engine knows it by its other name
            found = exp.ApproxDistinct(this=found.this)
        self.values.append(found)
        return exp.column(quoted(f"_G{len(self.values) - 1}"))

    def _argument(self, node: exp.Expr, call: exp.Expr) -> exp.Expr:
        """What is aggregated: a column of a table as it is, or that tried as another type; a constant."""
        inner = node.this if isinstance(node, (exp.TryCast, exp.Paren)) else node
        constant = isinstance(node, (exp.Literal, exp.Boolean, exp.Null))
        if not constant and not plain(inner, self.sources):
            text = call.sql(dialect="snowflake", comments=False).upper()
            raise SnowflakeError(3549, "42601", f"SQL compilation error: {text} violated Aggregation Policy.")
        if not constant and self.lineage.marks(inner, self.scope):  # COUNT counts them elsewhere
            text = "a projection constrained column is not allowed as an argument of a function"
            raise violated(text)
        self.arguments.append(node if constant else self._qualified(node))
        return exp.column(quoted(f"_A{len(self.arguments) - 1}"))

    def _order(self) -> exp.Expr | None:
        order = self.select.args.get("order")
        if order is None:
            return None
        names = {item.alias.upper(): item.args["alias"] for item in self.items}
        for entry in order.expressions:
            by = entry.this
            if isinstance(by, exp.Literal):
                continue
            bare = isinstance(by, exp.Column) and not by.args.get("table")
            if bare and by.name.upper() in names:
                by.replace(exp.Column(this=names[by.name.upper()].copy()))
            else:
                by.replace(self._if_enough(self._over_groups(by)))
        found: exp.Expr = order
        return found

    # -- the queries, from the inside out ------------------------------------------------------------------

    def _folded(self) -> exp.Subquery:
        """The groups, with the aggregates NULL where there are too few rows even in the remainder."""
        keys = [_column("_K", n) for n in range(len(self.keys))]
        values = [_named(self._if_enough(_column("_G", n)), "_G", n) for n in range(len(self.values))]
        groups = exp.select(*keys, *values, exp.column(quoted(_ENOUGH)), copy=False)
        return _subquery(groups.from_(self._grouped(), copy=False), "_FOLDED")

    def _grouped(self) -> exp.Subquery:
        """The large groups by their keys, all others as one; whether there are enough rows in each."""
        kept = exp.column(quoted(_KEPT))
        keys = [exp.Case(ifs=[exp.If(this=kept.copy(), true=_column("_K", n))]) for n in range(len(self.keys))]
        items = [_named(key, "_K", n) for n, key in enumerate(keys)]
        items += [_named(value, "_G", n) for n, value in enumerate(self.values)]
        items.append(exp.alias_(self._sizes(over=False), quoted(_ENOUGH)))
        groups = exp.select(*items, copy=False).from_(self._sized(), copy=False)
        if self.keys:
            groups.set("group", exp.Group(expressions=[*(key.copy() for key in keys), kept]))
        return _subquery(groups, "_GROUPED")

    def _sized(self) -> exp.Subquery:
        """The rows, with whether their group is large enough."""
        columns = [_column("_K", n) for n in range(len(self.keys))]
        columns += [_column("_A", n) for n in range(len(self.arguments))]
        columns += [_column("_I", n) for n in range(len(self.groups))]
        size = self._sizes(over=True) if self.keys else exp.true()
        rows = exp.select(*columns, exp.alias_(size, quoted(_KEPT)), copy=False)
        return _subquery(rows.from_(self._rows(), copy=False), "_SIZED")

    def _rows(self) -> exp.Subquery:
        """What the query groups, under names of this module."""
        items = [_named(key.copy(), "_K", n) for n, key in enumerate(self.keys)]
        items += [_named(argument.copy(), "_A", n) for n, argument in enumerate(self.arguments)]
        for n, (alias, group) in enumerate(self.groups):
            items.append(_named(exp.column(quoted(group.column), table=quoted(alias)), "_I", n))
        rows = exp.Select(expressions=items)
        for key in ("from_", "joins", "where"):
            rows.set(key, self.select.args.get(key))
        return _subquery(rows, "_ROWS")

    def _sizes(self, over: bool) -> exp.Expr:
        """Whether a group has enough of what every constrained table is counted in."""
        found: list[exp.Expr] = []
        for n, (_, group) in enumerate(self.groups):
            once = group.once and len(self.sources) == 1  # a join may repeat a row
            counted = _column("_I", n)
            count: exp.Expr = exp.Count(this=counted if once else exp.Distinct(expressions=[counted]))
            if over:
                count = exp.Window(this=count, partition_by=[_column("_K", k) for k in range(len(self.keys))])
            found.append(_at_least(count, group))
        return exp.and_(*found)

    @staticmethod
    def _if_enough(value: exp.Expr) -> exp.Expr:
        return exp.Case(ifs=[exp.If(this=exp.column(quoted(_ENOUGH)), true=value)])


def _at_least(count: exp.Expr, group: Group) -> exp.Expr:
    return exp.GTE(this=count, expression=exp.Literal.number(group.minimum))


def _column(prefix: str, number: int) -> exp.Expr:
    return exp.column(quoted(f"{prefix}{number}"))


def _named(value: exp.Expr, prefix: str, number: int) -> exp.Expr:
    return exp.Alias(this=value, alias=quoted(f"{prefix}{number}"))


def _subquery(query: exp.Expr, name: str) -> exp.Subquery:
    return exp.Subquery(this=query, alias=exp.TableAlias(this=quoted(name)))


def _transformed(node: exp.Expr, change: Callable[[exp.Expr], exp.Expr]) -> exp.Expr:
    """A copy with a change made to every node of its own, not to queries in it."""
    found = node.copy()
    changed = change(found)
    if changed is not found:
        return changed
    if not isinstance(found, exp.Query):
        for child in list(found.iter_expressions()):
            child.replace(_transformed(child, change))
    return found
