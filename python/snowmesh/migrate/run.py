"""From a project to the project with `snowmesh` blocks: what changes where, and what a person has to look at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from typing import Any

from ruamel.yaml.comments import CommentedMap

from snowmesh.migrate import dbt_snow_mask, dbt_tags, edit, native
from snowmesh.migrate.found import Definitions, MaskingPolicy, Note, Taken
from snowmesh.migrate.policy_macros import read_policies
from snowmesh.migrate.project import Document, Project, read_project
from snowmesh.migrate.sql_files import notes_on_sql_files

_OLD_VARIABLES = (
    *("dbt_tags__allowed_tags", "dbt_tags__database", "dbt_tags__opt_in_default_naming_config", "dbt_tags__schema"),
    *("dbt_tags__policy_data_types", "dbt_tags__resource_types", "dbt_tags__tag_name_separator"),
    *("dbt_tags__tag_source_columns", "use_force_applying_masking_policy", "create_masking_policy_schema"),
    *("use_common_masking_policy_db", "use_common_masking_policy_schema_only", "common_masking_policy_db"),
    *("common_masking_policy_schema", "custom_materializations_map"),
)


_NO_NEWLINE = "\\ No newline at end of file"


@dataclass(frozen=True)
class Changed:
    """A file with its text before and after."""

    path: Path
    name: str
    before: str
    after: str

    @property
    def diff(self) -> str:
        """The change as a unified diff."""
        old, new = self.before.splitlines(keepends=True), self.after.splitlines(keepends=True)
        lines = unified_diff(old, new, f"a/{self.name}", f"b/{self.name}")
        return "".join(line if line.endswith("\n") else f"{line}\n{_NO_NEWLINE}\n" for line in lines)


@dataclass(frozen=True)
class Migration:
    """What a migration would write, how many declarations it read, and what it leaves to a person."""

    files: tuple[Changed, ...]
    declarations: int
    notes: tuple[Note, ...]


class _Collector:
    """What the declarations of a project need to be defined."""

    def __init__(self, project: Project, policies: Mapping[str, MaskingPolicy], notes: list[Note]) -> None:
        self.project, self.policies, self.notes = project, policies, notes
        self.definitions, self.declarations = Definitions(), 0

    def add(self, taken: Taken, where: str, by_tags: bool = False) -> None:
        """Take note of what one declaration refers to."""
        self.notes.extend(taken.notes)
        self.declarations += bool(taken.block)
        for tag in taken.tags:
            self._add_tag(tag, dbt_tags.masking_policies(tag, self.project, self.policies) if by_tags else [], where)
        for name in taken.masking_policies:
            self._add_masking_policy(name, where)
        for key, name in taken.other_policies:
            if name not in self.definitions.other_policies.setdefault(key, {}):
                self.definitions.other_policies[key][name] = None
                self._note_body(name, key, where)
        self.definitions.schemas.extend(s for s in taken.schemas if s not in self.definitions.schemas)

    def _add_tag(self, tag: str, policies: list[str], where: str) -> None:
        if tag not in self.definitions.tags:
            self.definitions.tags[tag] = [name.lower() for name in policies]
            for name in policies:
                self._add_masking_policy(name, where)

    def _add_masking_policy(self, name: str, where: str) -> None:
        known = self.policies.get(name.lower())
        if known is not None:
            self.definitions.masking_policies[name] = known
        elif name not in self.definitions.other_policies.setdefault("masking_policies", {}):
            self.definitions.other_policies["masking_policies"][name] = None
            self._note_body(name, "masking_policies", where)

    def _note_body(self, name: str, key: str, where: str) -> None:
        what = f"the policy {name} is made outside of this project, so its body is not known here"
        text = f"fill in vars: snowmesh: {key}: {name} from select get_ddl('POLICY', '<database>.<schema>.{name}')"
        self.notes.append(Note(where, what, f"{text}; until then snowmesh refuses to run"))


def migrate(root: Path) -> Migration:
    """Read a project and work out the change; nothing is written. Raises UserError for what is no dbt project."""
    project = read_project(root)
    policies, notes = read_policies(root, project.paths("macro-paths", ["macros"]))
    collector = _Collector(project, policies, notes)
    readers = [reader for reader in (dbt_tags, dbt_snow_mask) if reader.is_used(project)]
    for owner in project.owners():
        for reader in readers:
            taken = reader.read(owner, project)
            _take(owner.entry, taken, owner.where, collector, by_tags=reader is dbt_tags)
        _take(owner.entry, native.read(owner), owner.where, collector)
    _take_folders(project, collector)
    collector.definitions.schemas[:0] = [s for s in (reader.schema(project) for reader in readers) if s]
    notes.extend(notes_on_sql_files(project))
    if collector.declarations:
        _finish(project, collector)
    return Migration(tuple(_changed(project)), collector.declarations, tuple(notes))


def _take(entry: CommentedMap, taken: Taken, where: str, collector: _Collector, by_tags: bool = False) -> None:
    collector.add(taken, where, by_tags)
    if taken.block:
        edit.write_block(entry, taken)


def _take_folders(project: Project, collector: _Collector) -> None:
    """`+table_tag` and `+row_access_policy` of folders become layers of their own name."""
    for kind in ("models", "seeds", "snapshots"):
        for path, folder in _folders(project.main.data.get(kind), ()):
            where = f"dbt_project.yml:{folder.lc.line + 1}: {': '.join((kind, *path))}"
            taken = native.read_config(folder, where, (), plus="+")
            collector.add(taken, where)
            if taken.block:
                edit.write_folder_layer(folder, f"snowmesh_{path[-1] if path else kind}", taken)


def _folders(folder: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], CommentedMap]]:
    if isinstance(folder, CommentedMap):
        yield path, folder
        for key, inner in list(folder.items()):
            if not str(key).startswith("+"):
                yield from _folders(inner, (*path, str(key)))


def _finish(project: Project, collector: _Collector) -> None:
    """Definitions, hooks and the dispatch line."""
    main, definitions, notes = project.main.data, collector.definitions, collector.notes
    if len(definitions.schemas) > 1:
        what = f"tags and policies live in several schemas ({', '.join(definitions.schemas)}), and snowmesh has one"
        notes.append(Note("dbt_project.yml", what, "choose one for vars: snowmesh: schema"))
    elif not definitions.schemas:
        definitions.schemas.append("governance")
        what = "the schema of tags and policies is not declared; `governance` was written"
        notes.append(Note("dbt_project.yml, vars: snowmesh: schema", what, "correct it, or create the schema"))
    edit.write_definitions(main, definitions, _OLD_VARIABLES)
    _write_hooks(project, notes)
    edit.add_dispatch(main)
    if dbt_tags.is_used(project) or dbt_snow_mask.is_used(project):
        text = "replace the package by snowmesh, run dbt deps, and delete the macros create_masking_policy_*"
        notes.append(Note("packages.yml", "the package that snowmesh replaces is still installed", text))


def _write_hooks(project: Project, notes: list[Note]) -> None:
    main = project.main.data
    for kind in ("models", "seeds", "snapshots"):
        for _, folder in _folders(main.get(kind), ()):
            for key in [key for key in folder if str(key).lstrip("+").replace("_", "-") in ("post-hook", "pre-hook")]:
                replacement = edit.APPLY if "post" in str(key) else None
                _note_hooks(edit.replace_hooks(folder, key, replacement), f"{kind}: {key}", notes)
    for key, replacement in (("on-run-start", edit.CREATE), ("on-run-end", None)):
        _note_hooks(edit.replace_hooks(main, key, replacement), key, notes)
    if edit.CREATE not in str(main.get("on-run-start", "")):
        hooks = main.get("on-run-start") or []
        main["on-run-start"] = [edit.CREATE, *(hooks if isinstance(hooks, list) else [hooks])]
    models = main.setdefault("models", CommentedMap())
    if edit.APPLY not in str(models):
        models.insert(0, "+post-hook", edit.APPLY)


def _note_hooks(hooks: list[str], where: str, notes: list[Note]) -> None:
    for hook in hooks:
        what = f"the hook does more than call the package: {' '.join(hook.split())[:80]}"
        notes.append(Note(f"dbt_project.yml, {where}", what, "take the call of the package out"))


def _changed(project: Project) -> Iterator[Changed]:
    for document in (project.main, *project.documents):
        if isinstance(document.data, Mapping):
            after = document.dump()
            if _is_changed(document, after):
                yield Changed(document.path, document.name, document.text, after)


def _is_changed(document: Document, after: str) -> bool:
    """Whether the document says something else, not only in another layout."""
    from ruamel.yaml import YAML

    loader = YAML(typ="safe", pure=True)
    return bool(loader.load(document.text) != loader.load(after))
