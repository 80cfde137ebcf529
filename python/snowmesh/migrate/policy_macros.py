"""Masking policies that a macro of the project creates, as dbt-tags and dbt-snow-mask have it.

Such a macro renders `create masking policy … as (val string) returns string -> body`, one or more. It is rendered with
stand-ins for its arguments; what needs dbt to be rendered, and what cannot be read, becomes a note.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from jinja2 import StrictUndefined, TemplateError, nodes
from jinja2.sandbox import SandboxedEnvironment

from snowmesh.local.errors import SnowflakeError
from snowmesh.local.tokens import Cursor, Word
from snowmesh.migrate.found import MaskingPolicy, Note

PREFIX = "create_masking_policy_"
_VALUE = "val"


def read_policies(root: Path, folders: Iterable[str]) -> tuple[dict[str, MaskingPolicy], list[Note]]:
    """The policies by lower-case name, from every `create_masking_policy_*` macro of these folders of a project."""
    found: dict[str, MaskingPolicy] = {}
    notes: list[Note] = []
    files = [file for folder in folders for file in sorted((root / folder).rglob("*.sql"))]
    for file in files:
        where = file.relative_to(root).as_posix()
        text = file.read_text(encoding="utf-8", errors="replace")
        if PREFIX not in text:
            continue
        try:
            for rendered in _rendered(text):
                found.update({policy.name.lower(): policy for policy in parse_policies(rendered)})
        except (TemplateError, TypeError, SnowflakeError) as error:
            what = f"a masking policy is created here in a way that cannot be read: {str(error).splitlines()[0]}"
            notes.append(Note(where, what, "copy its body to dbt_project.yml, vars: snowmesh: masking_policies"))
    return found, notes


def _rendered(text: str) -> Iterable[str]:
    """Each policy macro of a file, called with stand-ins."""
    environment = SandboxedEnvironment(undefined=StrictUndefined, extensions=["jinja2.ext.do"])
    macros = [m for m in environment.parse(text).find_all(nodes.Macro) if m.name.startswith(PREFIX)]
    module = environment.from_string(text).module
    for macro in macros:
        arguments = [_VALUE if argument.name == "masked_column" else "stand_in" for argument in macro.args]
        yield str(getattr(module, macro.name)(*arguments))


def parse_policies(sql: str) -> list[MaskingPolicy]:
    """The policies of a text of CREATE MASKING POLICY statements. Raises SnowflakeError for anything else."""
    cursor = Cursor(sql)
    policies = []
    while not cursor.done:
        if not cursor.accept(";"):
            policies.append(_policy(cursor))
    return policies


def _policy(cursor: Cursor) -> MaskingPolicy:
    cursor.expect("CREATE")
    cursor.accept("OR REPLACE")
    cursor.expect("MASKING POLICY")
    cursor.accept("IF NOT EXISTS")
    name = cursor.name()[-1].lower()
    cursor.expect("AS")
    signature = _signature(cursor)
    cursor.expect("RETURNS")
    while not cursor.accept("->"):
        cursor.value() if cursor.peek() not in ("(", ")", ",") else cursor.expect("(", ")", ",")
    body = _body(cursor, signature[0][0])
    return MaskingPolicy(name, signature[0][1], body, tuple(signature[1:]))


def _signature(cursor: Cursor) -> list[tuple[str, str]]:
    """`(val string, country varchar(2))` as [(name, type)]."""
    cursor.expect("(")
    arguments = []
    while True:
        name, data_type = cursor.identifier().lower(), cursor.value().lower()
        if cursor.accept("("):
            data_type += f"({cursor.value()}" + (f", {cursor.value()}" if cursor.accept(",") else "") + ")"
            cursor.expect(")")
        arguments.append((name, data_type))
        if cursor.expect(",", ")") == ")":
            return arguments


def _body(cursor: Cursor, value: str) -> str:
    """The text up to the next semicolon, in which the first argument is called `val`."""
    words: list[Word] = []
    while not cursor.done and cursor.peek() != ";":
        words.append(cursor.words[cursor.position])
        cursor.position += 1
    if not words:
        raise cursor.unexpected("the policy's body")
    body = cursor.sql[words[0].start : words[-1].end]
    for word in reversed(_references(words, value)):
        start = word.start - words[0].start
        body = body[:start] + _VALUE + body[start + word.end - word.start :]
    return "\n".join(line.rstrip() for line in body.splitlines())


def _references(words: list[Word], name: str) -> list[Word]:
    before = [replace(words[0], text="", kind="symbol"), *words]
    return [
        word
        for previous, word in zip(before, words, strict=False)
        if word.kind == "word" and word.text.lower() == name and previous.text != "."
    ]
