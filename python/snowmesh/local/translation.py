"""fakesnow's translation of a query for DuckDB: the transforms that what the gateway sends can need, and no others.

fakesnow walks a statement some seventy times, most of them for SHOW, stages, tags and comments, which the gateway
answers itself. Here a transform runs only where the statement has the nodes that it looks at; its order is fakesnow's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fakesnow import transforms as fs
from fakesnow.transforms import transforms as more
from sqlglot import exp

Nodes = tuple[type[exp.Expr], ...]
_AGGREGATES = (
    exp.Sum,
    exp.Avg,
    exp.Variance,
    exp.Stddev,
    exp.StddevSamp,
    exp.StddevPop,
    exp.VariancePop,
    exp.Median,
)
# a transform, and the nodes without which it changes nothing
_STEPS: tuple[tuple[Any, Nodes], ...] = (
    (fs.current_version, (exp.CurrentVersion,)),
    (fs.semi_structured_types, (exp.DataType,)),
    (fs.try_parse_json, (exp.Anonymous,)),
    (fs.split, (exp.Split,)),
    (fs.trim_cast_varchar, (exp.Trim,)),
    (fs.indices_to_json_extract, (exp.Bracket,)),
    (fs.json_extract_cast_as_varchar, (exp.JSONExtract,)),
    (fs.json_extract_cased_as_varchar, (exp.JSONExtract,)),
    (fs.json_extract_precedence, (exp.JSONExtract, exp.JSONExtractScalar)),
    (fs.flatten_value_cast_as_varchar, (exp.Explode,)),
    (fs.flatten, (exp.Explode,)),
    (fs.regex_replace, (exp.RegexpReplace,)),
    (fs.regex_substr, (exp.RegexpExtract,)),
    (fs.values_columns, (exp.Values,)),
    (fs.to_date, (exp.Anonymous,)),
    (fs.timestamp_offsets, (exp.Cast,)),
    (fs.to_decimal, (exp.ToNumber,)),
    (fs.to_timestamp, (exp.UnixToTime, exp.Anonymous, exp.Cast)),
    (fs.to_variant, (exp.ToVariant,)),
    (fs.object_construct, (exp.StarMap, exp.Struct, exp.JSONObject)),
    (fs.timestamp_ntz, (exp.DataType,)),
    (fs.float_to_double, (exp.DataType,)),
    (fs.integer_precision, (exp.DataType,)),
    (fs.sample, (exp.TableSample,)),
    (fs.array_size, (exp.ArraySize,)),
    (fs.random, (exp.Rand,)),
    (fs.array_agg_within_group, (exp.ArrayAgg,)),
    (fs.array_agg, (exp.ArrayAgg,)),
    (fs.object_agg, (exp.ObjectAgg,)),
    (fs.array_construct_etc, (exp.ArrayConstructCompact, exp.Array, exp.ArrayConcat)),
    (fs.dateadd_date_cast, (exp.DateAdd,)),
    (fs.dateadd_string_literal_timestamp_cast, (exp.DateAdd,)),
    (fs.datediff_string_literal_timestamp_cast, (exp.DateDiff,)),
    (fs.haversine, (exp.Anonymous,)),
    (more.hex_string, (exp.HexString,)),
    (fs.sha256, (exp.SHA2, exp.SHA2Digest, exp.Anonymous)),
    (fs.alias_in_join, (exp.Join,)),
    (more.numeric_agg_implicit_cast, _AGGREGATES),
)


def translated(tree: exp.Expr) -> exp.Expr:
    """The statement in the terms of DuckDB; the tree that is given is used up."""
    for identifier in tree.find_all(exp.Identifier):
        if not identifier.args.get("quoted") and isinstance(identifier.this, str):
            identifier.set("this", identifier.this.upper())
    present = _kinds(tree)
    for change, nodes in _STEPS:
        if any(issubclass(kind, nodes) for kind in present):
            tree = _apply(tree, change)
            present = _kinds(tree)
    return tree


def _apply(tree: exp.Expr, change: Callable[[exp.Expr], exp.Expr]) -> exp.Expr:
    found = tree.transform(change, copy=False)
    return found.copy() if change is fs.array_size else found  # it puts one node in two places


def _kinds(tree: exp.Expr) -> set[type[exp.Expr]]:
    return {type(node) for node in tree.walk()}
