"""What SHOW prints, back to stored names and property words.

Names come back bare, quoted, or raw and mixed-case, by column and by release; none of it is guessed to be upper case.
"""

from __future__ import annotations

from snowmesh.account import identifiers
from snowmesh.account.objects import ObjectType

_SIZES = {"2XLARGE": "XXLARGE", "3XLARGE": "XXXLARGE", "4XLARGE": "X4LARGE", "5XLARGE": "X5LARGE", "6XLARGE": "X6LARGE"}
# the words that changed or differ between columns -> ours (BCR-2371, V3)
_TYPE_WORDS = {"ACCOUNT ROLE": "ROLE"}


def name(text: object) -> str:
    """The stored form of a single name: `FOO`, `"foo"`, and a raw `foo` alike."""
    found = str(text or "")
    if len(found) > 1 and found.startswith('"') and found.endswith('"'):
        return found[1:-1].replace('""', '"')
    return found


def parts(text: object) -> tuple[str, ...]:
    """The stored parts of a dotted name; a dot inside double quotes does not separate."""
    found: list[str] = []
    current = ""
    quoted = False
    for char in str(text or ""):
        if char == '"':
            quoted = not quoted
        if char == "." and not quoted:
            found.append(current)
            current = ""
        else:
            current += char
    return tuple(name(part) for part in (*found, current))


def object_type(text: object) -> ObjectType | None:
    """The object type of a granted_on column, or None for one that mesh-bootstrap does not handle (S10)."""
    word = str(text or "").upper().replace("_", " ")
    word = _TYPE_WORDS.get(word, word)
    return ObjectType(word) if word in {t.value for t in ObjectType} else None


def warehouse_size(text: object) -> str:
    """The SQL word of a size: `X-Small` -> XSMALL, `2X-Large` -> XXLARGE."""
    word = str(text or "").upper().replace("-", "")
    return _SIZES.get(word, word)


def namespace(text: object) -> str:
    """A default namespace as Snowflake prints a qualified name."""
    return identifiers.display_all(parts(text)) if text else ""
