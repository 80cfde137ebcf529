"""A dbt project's YAML as documents that can be edited and keep their comments, and who may have a block in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import YAMLError

from snowmesh.errors import UserError

_FOLDERS = {
    "models": ("model-paths", ["models"]),
    "seeds": ("seed-paths", ["seeds"]),
    "snapshots": ("snapshot-paths", ["snapshots"]),
}
_SINGULAR = {"models": "model", "seeds": "seed", "snapshots": "snapshot", "sources": "source"}


@dataclass(frozen=True)
class Document:
    """One YAML file: `data` is edited in place, `text` stays what the file says now."""

    path: Path
    name: str
    text: str
    data: Any

    def dump(self) -> str:
        """The document as it is now, in the style of the file."""
        stream = StringIO()
        _yaml(self.text).dump(self.data, stream)
        text = stream.getvalue() if self.text.endswith("\n") else stream.getvalue().removesuffix("\n")
        return text.replace("\n", "\r\n") if "\r\n" in self.text else text


@dataclass(frozen=True)
class Owner:
    """A model, seed, snapshot, source table or column, and where it stands."""

    kind: str
    name: str
    entry: CommentedMap
    where: str
    column: str | None = None


@dataclass(frozen=True)
class Project:
    """dbt_project.yml, the files that describe nodes, and the texts that name packages."""

    root: Path
    main: Document
    documents: tuple[Document, ...]
    packages: str

    @property
    def name(self) -> str:
        """The project's name; empty when it has none."""
        return str(self.main.data.get("name", ""))

    def variable(self, name: str, default: Any = None) -> Any:
        """A var of dbt_project.yml; what stands under the project's name wins, as in dbt."""
        variables = self.main.data.get("vars") or {}
        own = variables.get(self.name) or {}
        return own.get(name, variables.get(name, default))

    def paths(self, key: str, default: Sequence[str]) -> list[str]:
        """One of the lists of folders of dbt_project.yml."""
        return [str(path) for path in self.main.data.get(key) or default]

    def owners(self) -> Iterator[Owner]:
        """Everything in the YAML files that may have a governance block."""
        for document in self.documents:
            if isinstance(document.data, Mapping):
                yield from _owners(document)


def read_project(root: Path) -> Project:
    """Read a project. Raises UserError when it is none, or when a file is not YAML."""
    main = root / "dbt_project.yml"
    if not main.is_file():
        raise UserError(f"{root} is no dbt project: it has no dbt_project.yml.", "name the folder of a dbt project.")
    project = _read(root, main)
    if not isinstance(project.data, CommentedMap):
        raise UserError(f"{main} is not a mapping.", "correct the file; `dbt parse` says what is wrong.")
    folders = [str(path) for key, default in _FOLDERS.values() for path in project.data.get(key) or default]
    files = {file for folder in folders for end in ("yml", "yaml") for file in (root / folder).rglob(f"*.{end}")}
    texts = [root / name for name in ("packages.yml", "dependencies.yml") if (root / name).is_file()]
    packages = "\n".join(file.read_text(encoding="utf-8", errors="replace") for file in texts)
    return Project(root, project, tuple(_read(root, file) for file in sorted(files)), packages)


def _read(root: Path, path: Path) -> Document:
    name = path.relative_to(root).as_posix()
    try:
        text = path.read_bytes().decode()  # not read_text, which would lose the ends of lines
        return Document(path, name, text, _yaml(text).load(text))
    except (OSError, UnicodeDecodeError, YAMLError) as error:
        what = f"{name} cannot be read: {' '.join(str(error).split())}."
        raise UserError(what, "correct the file; `dbt parse` says what is wrong.") from None


def _yaml(text: str) -> YAML:
    """A reader and writer that keeps comments and quotes, and indents lists as the file does."""
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 1_000_000
    offset = _offset_of_lists(text)
    yaml.indent(mapping=2, sequence=offset + 2, offset=offset)
    return yaml


def _offset_of_lists(text: str) -> int:
    """How much further right the first list under a key stands than its key."""
    previous = ""
    for line in text.splitlines():
        content = line.strip()
        if content.startswith("- ") and previous.rstrip().endswith(":") and not previous.strip().startswith("- "):
            return max(0, len(line) - len(line.lstrip()) - (len(previous) - len(previous.lstrip())))
        if content and not content.startswith("#"):
            previous = line
    return 2


def _owners(document: Document) -> Iterator[Owner]:
    for kind in ("models", "seeds", "snapshots"):
        for entry in _entries(document.data.get(kind)):
            yield from _with_columns(document, kind, entry)
            for version in _entries(entry.get("versions")):
                yield from _columns(document, kind, entry, version)
    for source in _entries(document.data.get("sources")):
        for table in _entries(source.get("tables")):
            yield from _with_columns(document, "sources", table)


def _with_columns(document: Document, kind: str, entry: CommentedMap) -> Iterator[Owner]:
    name = str(entry.get("name", "?"))
    yield Owner(kind, name, entry, _where(document, entry, f"{_SINGULAR[kind]} {name}"))
    yield from _columns(document, kind, entry, entry)


def _columns(document: Document, kind: str, entry: CommentedMap, holder: CommentedMap) -> Iterator[Owner]:
    name = str(entry.get("name", "?"))
    for column in _entries(holder.get("columns")):
        if "name" in column:  # `include:` of a version has none
            text = f"{_SINGULAR[kind]} {name}, column {column['name']}"
            yield Owner(kind, name, column, _where(document, column, text), str(column["name"]))


def _entries(found: Any) -> list[CommentedMap]:
    return [entry for entry in found if isinstance(entry, CommentedMap)] if isinstance(found, list) else []


def _where(document: Document, entry: CommentedMap, text: str) -> str:
    return f"{document.name}:{entry.lc.line + 1}: {text}"
