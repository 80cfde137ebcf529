"""`config()` calls of SQL files that declare governance: named, never edited, since the block belongs into YAML."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from jinja2 import TemplateError, nodes
from jinja2.sandbox import SandboxedEnvironment

from snowmesh.migrate.found import Note
from snowmesh.migrate.project import Project

_KEYS = ("table_tag", "row_access_policy")
_PACKAGES = ("dbt_tags", "dbt_snow_mask")


def notes_on_sql_files(project: Project) -> Iterator[Note]:
    """A note for each native key, and for each hook of a replaced package, in a `config()`."""
    folders = [*project.paths("model-paths", ["models"]), *project.paths("snapshot-paths", ["snapshots"])]
    for file in (file for folder in folders for file in sorted((project.root / folder).rglob("*.sql"))):
        yield from _notes(file, file.relative_to(project.root).as_posix())


def _notes(file: Path, name: str) -> Iterator[Note]:
    text = file.read_text(encoding="utf-8", errors="replace")
    if not any(word in text for word in (*_KEYS, *_PACKAGES)):
        return
    try:
        tree = SandboxedEnvironment(extensions=["jinja2.ext.do"]).parse(text)
    except TemplateError:
        yield Note(name, "the file mentions governance and cannot be read as a template", "look through its config()")
        return
    for call in tree.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name == "config":
            for argument in call.kwargs:
                yield from _note(argument, f"{name}:{argument.lineno}")


def _note(argument: nodes.Keyword, where: str) -> Iterator[Note]:
    if argument.key in _KEYS:
        what = f"config() in SQL has {argument.key}"
        yield Note(where, what, "move it to config: of the YAML file and migrate again")
    texts = [constant.value for constant in argument.find_all(nodes.Const) if isinstance(constant.value, str)]
    if any(f"{package}." in text for package in _PACKAGES for text in texts):
        yield Note(where, f"config() in SQL has a {argument.key} of the replaced package", "remove it")
