"""Write a mesh file: short lines for what is short, one thing a line for what is long, quotes where YAML needs them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

WIDTH = 110
# plain in every reading of YAML: no other type, no indicator
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_$.]*( [A-Za-z_][A-Za-z0-9_$.]*)*")
_WORDS = frozenset(("null", "true", "false", "yes", "no", "on", "off", "y", "n"))


def write(data: dict[str, Any]) -> str:
    """YAML of mappings, lists, texts, numbers and flags."""
    blocks = ("\n".join(_entry(key, value, 0)) for key, value in data.items())
    return "\n\n".join(blocks) + "\n"


def _entry(key: str, value: Any, depth: int) -> Iterator[str]:
    indent = "  " * depth
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if value == {} and depth == 1:  # a domain or role with every default
        yield f"{indent}{_key(key)}:"
        return
    short = f"{indent}{_key(key)}: {_flow(value)}"
    simple = not any(isinstance(item, dict) for item in inner) and (depth > 0 or isinstance(value, list))
    if not inner or (len(short) <= WIDTH and (simple or depth > 1)):
        yield short
        return
    yield f"{indent}{_key(key)}:"
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _entry(name, item, depth + 1)
    else:
        yield from (f"{indent}  - {_flow(item)}" for item in value)


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(key)}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(item) for item in value) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int) else scalar(value)


def _key(text: str) -> str:
    return text if text == "on" else scalar(text)  # a word of the language, and read as text


def scalar(text: str) -> str:
    """A text as YAML reads it back."""
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    if text.isprintable() and not ("'" in text and '"' not in text):
        return "'" + text.replace("'", "''") + "'"
    return '"' + "".join(_escaped(char) for char in text) + '"'


def _escaped(char: str) -> str:
    if char in '\\"':
        return "\\" + char
    return char if char.isprintable() else f"\\U{ord(char):08x}"
