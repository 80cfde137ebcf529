"""Read a statement token by token, for the statements that sqlglot does not parse.

The tokens are sqlglot's; multi-word tokens (`ORDER BY`) are taken apart, so that grammar is one word at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from sqlglot.dialects.snowflake import Snowflake
from sqlglot.errors import TokenError
from sqlglot.tokenizer_core import TokenType

from snowmesh.local.errors import SnowflakeError, syntax_error

_STRINGS = (TokenType.STRING, TokenType.RAW_STRING, TokenType.HEREDOC_STRING)


@dataclass(frozen=True)
class Word:
    """One token: `kind` is 'word', 'quoted', 'string', 'number' or 'symbol'; `start`, `end` are offsets."""

    kind: str
    text: str
    start: int
    end: int


@lru_cache(maxsize=8)  # a statement is read by several parsers, one after the other
def tokenize(sql: str) -> tuple[Word, ...]:
    """Split a statement into words; comments and the final semicolon are left out. Raises SnowflakeError."""
    try:
        tokens = Snowflake().tokenize(sql)
    except TokenError as error:
        raise syntax_error(f"in the statement: {str(error).splitlines()[0]}") from None
    words: list[Word] = []
    for token in tokens:
        words.extend(_words(sql, token.token_type, token.text, token.start, token.end + 1))
    while words and words[-1].text == ";" and words[-1].kind == "symbol":
        words.pop()
    return tuple(words)


def _words(sql: str, token_type: TokenType, text: str, start: int, end: int) -> list[Word]:
    if token_type in _STRINGS:
        return [Word("string", text, start, end)]
    if token_type is TokenType.IDENTIFIER:
        return [Word("quoted", text, start, end)]
    if token_type is TokenType.NUMBER:
        return [Word("number", text, start, end)]
    if not (text[:1].isalpha() or text[:1] in ("_", "$")):
        return [Word("symbol", text, start, end)]
    found, position = [], start
    for part in text.split():
        at = sql.find(part, position)
        found.append(Word("word", part, at, at + len(part)))
        position = at + len(part)
    return found


class Cursor:
    """A position in a statement; every `expect_…` raises a SnowflakeError that names what was found."""

    def __init__(self, sql: str) -> None:
        self.sql, self.words, self.position = sql, tokenize(sql), 0

    @property
    def done(self) -> bool:
        """Whether all words are read."""
        return self.position >= len(self.words)

    def peek(self, ahead: int = 0) -> str:
        """The upper-case text of an unquoted word or symbol ahead; '' for anything else or the end."""
        at = self.position + ahead
        if at >= len(self.words) or self.words[at].kind not in ("word", "symbol"):
            return ""
        return self.words[at].text.upper()

    def accept(self, phrase: str) -> bool:
        """Read the words of a phrase if they all come next; report whether they did."""
        wanted = phrase.upper().split()
        if any(self.peek(i) != word for i, word in enumerate(wanted)):
            return False
        self.position += len(wanted)
        return True

    def accept_one(self, *phrases: str) -> str:
        """Read the first of the phrases that comes next and return it, or ''."""
        return next((p for p in phrases if self.accept(p)), "")

    def expect(self, *phrases: str) -> str:
        """Read one of the phrases and return it."""
        found = self.accept_one(*phrases)
        if not found:
            raise self.unexpected(*phrases)
        return found

    def identifier(self) -> str:
        """Read one identifier and return its stored form (I1, I2)."""
        if self.done or self.words[self.position].kind not in ("word", "quoted"):
            raise self.unexpected("an identifier")
        word = self.words[self.position]
        self.position += 1
        return word.text if word.kind == "quoted" else word.text.upper()

    def name(self) -> tuple[str, ...]:
        """Read a dotted name, IDENTIFIER('…') included, and return its stored parts (I5, I10)."""
        if self.peek() == "IDENTIFIER" and self.peek(1) == "(":
            return self._identifier_function()
        parts = [self.identifier()]
        while self.accept("."):
            if self.accept("."):
                parts.append("PUBLIC")
            parts.append(self.identifier())
        return tuple(parts)

    def string(self) -> str:
        """Read a string literal and return its value."""
        if self.done or self.words[self.position].kind != "string":
            raise self.unexpected("a string literal")
        self.position += 1
        return self.words[self.position - 1].text

    def value(self) -> str:
        """Read a property value: a string, a number or a bare word (upper-cased)."""
        if self.done or self.words[self.position].kind == "symbol":
            raise self.unexpected("a value")
        word = self.words[self.position]
        self.position += 1
        return word.text.upper() if word.kind == "word" else word.text

    def rest(self) -> str:
        """Read everything that is left and return it as written."""
        start = self.words[self.position].start if not self.done else len(self.sql)
        end = self.words[-1].end if self.words else 0
        self.position = len(self.words)
        return self.sql[start:end]

    def expect_end(self) -> None:
        """Raise unless the statement is read to its end."""
        if not self.done:
            raise self.unexpected("the end of the statement")

    def unexpected(self, *wanted: str) -> SnowflakeError:
        """The error for the word at this position."""
        found = self.words[self.position].text if not self.done else "<EOF>"
        offset = self.words[self.position].start if not self.done else len(self.sql)
        line = self.sql.count("\n", 0, offset) + 1
        column = offset - (self.sql.rfind("\n", 0, offset) + 1)
        return syntax_error(f"line {line} at position {column} unexpected '{found}'. Expected: {' or '.join(wanted)}.")

    def _identifier_function(self) -> tuple[str, ...]:
        from snowmesh.account.identifiers import IdentifierError, split

        self.position += 2
        text = self.string()
        self.expect(")")
        try:
            return split(text)
        except IdentifierError as error:
            raise syntax_error(f"in IDENTIFIER(): {error}") from None
