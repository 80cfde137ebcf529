"""The words of a SQL statement or of a grant as people write it, to compare two of them. Nothing is parsed beyond."""

from __future__ import annotations

from snowmesh.bootstrap.problems import BootstrapError, printable

_SYMBOLS = ".,=()"


def words(text: str) -> tuple[str, ...]:
    """Bare words in upper case, the text of quoted names, symbols; a final semicolon is left out.

    Raises BootstrapError when a quote has no end.
    """
    found: list[str] = []
    rest = text.strip().removesuffix(";").strip()
    while rest:
        if rest[0] in "\"'":
            word, rest = _quoted(rest, text)
        elif rest[0] in _SYMBOLS:
            word, rest = rest[0], rest[1:]
        else:
            end = next((i for i, c in enumerate(rest) if c.isspace() or c in _SYMBOLS + "\"'"), len(rest))
            word, rest = rest[:end].upper(), rest[end:]
        found.append(word)
        rest = rest.lstrip()
    return tuple(found)


def _quoted(rest: str, text: str) -> tuple[str, str]:
    mark, chars, at = rest[0], [], 1
    while at < len(rest):
        if mark == "'" and rest[at] == "\\" and at + 1 < len(rest):
            chars.append(rest[at + 1])
            at += 2
        elif rest[at] != mark:
            chars.append(rest[at])
            at += 1
        elif rest[at : at + 2] == mark * 2:
            chars.append(mark)
            at += 2
        else:
            return "".join(chars), rest[at + 1 :]
    raise BootstrapError(f"{printable(text)} has a {mark} that does not end.", "close the quote.")
