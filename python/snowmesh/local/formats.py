"""TO_CHAR with a format, which must be constant; those of numbers are refused."""

from __future__ import annotations

from sqlglot import exp
from sqlglot.dialects.snowflake import Snowflake
from sqlglot.time import format_time

from snowmesh.local.errors import not_implemented

_DATE_ELEMENTS = ("YYYY", "YY", "MMMM", "MON", "MM", "DD", "DY", "HH24", "HH12", "AM", "PM", "MI", "SS", "FF")
_NUMBER_FORMAT = frozenset("0123456789.,$GDXSMIEBT-+ ")


def formatted(node: exp.Expr) -> None:
    """TO_CHAR with a format: sqlglot knows that it is a date's only by the value, and not when it is put together.

    A number's format, and one that is not constant, is refused.
    """
    found = node.args.get("format")
    if found is None:
        return
    text = _constant(found)
    if text is None:
        raise not_implemented(f"TO_CHAR with a format that is not constant ({found.sql(dialect='snowflake')})")
    if isinstance(node, exp.TimeToStr) and is_text(found):  # sqlglot has read it already, but upper case only
        text = format_time(text, Snowflake.INVERSE_TIME_MAPPING, Snowflake.INVERSE_TIME_TRIE) or text
    if _NUMBER_FORMAT.issuperset(text.upper()) and not set("09X").isdisjoint(text.upper()):
        raise not_implemented(f"TO_CHAR with the number format '{text}'")
    written = exp.cast(exp.Null(), "TIMESTAMP").sql(dialect="snowflake")
    literal = exp.Literal.string(_upper_elements(text)).sql()
    written_out: exp.Expr = exp.maybe_parse(f"TO_CHAR({written}, {literal})", dialect="snowflake")
    written_out.set("this", node.this)
    node.replace(written_out)


def _upper_elements(text: str) -> str:
    """The elements of a date's format in upper case, as sqlglot wants them; what is in double quotes without them."""
    found, at = "", 0
    while at < len(text):
        end = text.find('"', at + 1) if text[at] == '"' else -1
        if end > 0:
            found, at = found + text[at + 1 : end], end + 1
            continue
        element = next((e for e in _DATE_ELEMENTS if text[at : at + len(e)].upper() == e), text[at])
        found, at = found + element, at + len(element)
    return found


def _constant(node: exp.Expr) -> str | None:
    """The value of a text that is made of literals, else None."""
    if is_text(node):
        return str(node.this)
    if isinstance(node, exp.Paren):
        return _constant(node.this)
    if isinstance(node, exp.DPipe):
        left, right = _constant(node.this), _constant(node.expression)
        return left + right if left is not None and right is not None else None
    return None


def is_text(node: exp.Expr) -> bool:
    """Whether the expression is a string literal."""
    return isinstance(node, exp.Literal) and node.is_string
