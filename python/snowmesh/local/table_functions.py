"""Table functions and INFORMATION_SCHEMA views: answered from the catalog, never by the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from snowmesh.account.objects import ObjectRef, ObjectType
from snowmesh.local import virtual
from snowmesh.local.errors import SnowflakeError, not_found, not_implemented
from snowmesh.local.names import dotted, parts_of, quoted, visit_tables
from snowmesh.local.session import ResultSet
from snowmesh.local.virtual import account_usage as usage

if TYPE_CHECKING:
    from snowmesh.local.rewrite import Reader

# the engine runs these; they read nothing but their arguments
_ENGINE = (exp.Explode, exp.Generator, exp.Unnest)


def catalog_view(parts: tuple[str, ...], reader: Reader) -> exp.Expr:
    """The table that holds the rows of an INFORMATION_SCHEMA view. Raises not_found for an unknown one."""
    database = parts[0] if len(parts) == 3 else reader.context.database
    ref = ObjectRef(ObjectType.VIEW, (database or "?", *parts[-2:]))
    if not reader.authority.has_any(ref.parents[0]) and not reader.authority.sees(ref.parents[0]):
        raise not_found(ref)
    found = virtual.view(database, parts[-1], reader.context.account, reader.context.session)
    if found is None:
        raise not_found(ref)
    return _registered(found, reader)


def account_usage(name: str, reader: Reader) -> exp.Expr:
    """The table that holds the rows of a view of SNOWFLAKE.ACCOUNT_USAGE."""
    return _registered(usage.answer(reader.context.account, name), reader)


def replace(node: exp.TableFromRows, reader: Reader) -> None:
    """Replace TABLE(f(...)) in place, or leave it when the engine runs it; anything else is refused."""
    call = node.this
    if isinstance(call, _ENGINE):
        return
    if isinstance(call, exp.Literal) and call.is_string:
        _replace_name(node, call, reader)
        return
    path, function = _split(call)
    name = str(function.this).upper() if function is not None else ""
    if function is None:
        raise not_implemented(f"TABLE({call.sql(dialect='snowflake')})")
    source = _result_scan(function, reader) if name == "RESULT_SCAN" and not path else _rows(path, function, reader)
    alias = node.args.get("alias") or exp.TableAlias(this=quoted(name))
    source.set("alias", alias.copy())
    for key in ("joins", "pivots", "sample"):
        if node.args.get(key):
            source.set(key, node.args[key])
    node.replace(source)


def _replace_name(node: exp.TableFromRows, call: exp.Literal, reader: Reader) -> None:
    """TABLE('db.schema.t') is a table reference."""
    table = exp.Table(this=exp.DynamicIdentifier(this=call.copy()), alias=node.args.get("alias"))
    parts_of(table)
    holder = exp.Paren(this=table)
    visit_tables(holder, reader.replace_reference)
    node.replace(holder.this)


def _split(call: exp.Expr) -> tuple[tuple[str, ...], exp.Anonymous | None]:
    if isinstance(call, exp.Anonymous):
        return (), call
    if isinstance(call, exp.Dot) and isinstance(call.expression, exp.Anonymous):
        return dotted(call.this), call.expression
    return (), None


def _result_scan(function: exp.Anonymous, reader: Reader) -> exp.Expr:
    if len(function.expressions) != 1 or not function.expressions[0].is_string:
        raise not_implemented("RESULT_SCAN of anything but a query id")
    return _scanned(str(function.expressions[0].this), reader)


def step(parameter: exp.Parameter, reader: Reader) -> exp.Expr:
    """`FROM $1`: the result of an earlier step of a statement with the pipe operator ->>."""
    return _scanned(reader.context.history.step(parameter.name), reader)


def _scanned(query_id: str, reader: Reader) -> exp.Expr:
    name = f"_RESULT_{len(reader.findings.scanned)}"
    reader.findings.scanned[name] = query_id
    return exp.Table(this=quoted(name))


def _rows(path: tuple[str, ...], function: exp.Anonymous, reader: Reader) -> exp.Expr:
    name = str(function.this).upper()
    database = path[0] if len(path) == 2 else reader.context.database
    if not path or path[-1] != "INFORMATION_SCHEMA":
        raise SnowflakeError(2141, "42601", f"SQL compilation error:\nUnknown table function {name}")
    arguments = tuple(_argument(a) for a in function.expressions)
    found = virtual.table_function(database, name, arguments, reader.context.account, reader.context.session)
    if found is None:
        raise not_implemented(f"table function {'.'.join((*path, name))}")
    return _registered(found, reader)


def _argument(node: exp.Expr) -> tuple[str | None, object]:
    if isinstance(node, exp.Kwarg):
        return str(node.this.name).upper(), _argument(node.expression)[1]
    if isinstance(node, exp.Literal):
        return None, node.to_py()
    raise not_implemented(f"table function argument {node.sql(dialect='snowflake')}", "write a literal")


def _registered(rows: ResultSet, reader: Reader) -> exp.Expr:
    name = f"_ROWS_{len(reader.findings.virtual)}"
    reader.findings.virtual[name] = rows
    return exp.Table(this=quoted(name))
