"""The dbt plugin: read the declaration, inject the public models, complete them, explain refs that do not resolve."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from dbt.exceptions import dbtPluginError
from dbt.flags import get_flags
from dbt.parser.manifest import ManifestLoader
from dbt.plugins.manager import dbt_hook, dbtPlugin
from dbt.plugins.manifest import PluginNodes
from dbt_common.events.base_types import EventLevel
from dbt_common.events.functions import fire_event
from dbt_common.events.types import Note

from dbt_snowmesh.declaration import Declaration, loom_projects, read_declaration
from dbt_snowmesh.inject import InjectedModel, complete, node_args, unresolved_references
from dbt_snowmesh.locate import locate
from dbt_snowmesh.problem import Problem, report
from dbt_snowmesh.references import Reference, explain
from dbt_snowmesh.upstream import Model, Upstream, read_upstream

# The one patch of dbt, and why: docs/decisions/0010-one-patch-of-dbt.md.
_ORIGINAL = ManifestLoader.inject_external_nodes


@dataclass(frozen=True)
class Injection:
    """What one upstream project gives to dbt."""

    upstream: Upstream
    models: tuple[tuple[InjectedModel, Model], ...]


class SnowmeshPlugin(dbtPlugin):  # type: ignore[misc]  # dbt is not typed for us: its classes are Any
    """Cross-project ref for the projects that the root project's dependencies.yml names."""

    def initialize(self) -> None:
        """Learn what is declared. When that is nothing, dbt stays as it is.

        dbt makes a new plugin for every command, and several commands may run in one process.
        """
        self.project_root = Path(getattr(get_flags(), "PROJECT_DIR", None) or Path.cwd()).resolve()
        self.declaration = read_declaration(self.project_root)
        self.elsewhere = _projects_of_loom()
        self.installed: Collection[str] = ()
        self.injections: dict[str, Injection | Problem] = {}
        ManifestLoader.inject_external_nodes = _ORIGINAL if self.declaration == Declaration() else _extended(self)

    @dbt_hook  # type: ignore[untyped-decorator]  # as above
    def get_nodes(self) -> PluginNodes:
        """The public models of the declared projects. What is wrong with a project is told when a ref needs it."""
        names = [name for name in self.declaration.projects if name not in {*self.elsewhere, *self.installed}]
        self.injections = {name: _injection(name, self.project_root) for name in names}
        nodes = PluginNodes()
        for injection in self._injected():
            for arguments, _ in injection.models:
                nodes.add_model(arguments)
        return nodes

    def complete(self, manifest: Any) -> None:
        """Give the injected nodes the columns and descriptions that dbt's plugin API cannot carry."""
        for injection in self._injected():
            for arguments, model in injection.models:
                node = manifest.nodes.get(arguments.unique_id)
                if node is not None and node.is_external_node:
                    _complete(node, model, injection.upstream)

    def _injected(self) -> list[Injection]:
        return [injection for injection in self.injections.values() if isinstance(injection, Injection)]

    def check(self, manifest: Any) -> None:
        """Refuse refs that cannot resolve, all at once. A problem that no ref meets is a warning."""
        upstreams = {name: _upstream(injection) for name, injection in self.injections.items()}
        problems = explain(_unresolved(manifest), upstreams, {*self.installed, *self.elsewhere})
        if problems:
            raise dbtPluginError(report([*self.declaration.problems, *problems]))
        broken = [upstream for upstream in upstreams.values() if isinstance(upstream, Problem)]
        if self.declaration.problems or broken:
            _warn(report([*self.declaration.problems, *broken]))


def _extended(plugin: SnowmeshPlugin) -> Callable[[Any], bool]:
    """dbt's injection of external nodes, followed by what the plugin API has no hook for."""

    def inject_external_nodes(loader: Any) -> bool:
        plugin.installed = tuple(loader.all_projects)
        modified: bool = _ORIGINAL(loader)
        plugin.complete(loader.manifest)
        plugin.check(loader.manifest)
        return modified

    return inject_external_nodes


def _injection(name: str, project_root: Path) -> Injection | Problem:
    """Nothing that a manifest holds may break dbt: whatever cannot be understood is a problem of that project."""
    path = locate(name, project_root, os.environ)
    if isinstance(path, Problem):
        return path
    try:
        upstream = read_upstream(name, path)
        if isinstance(upstream, Problem):
            return upstream
        return Injection(upstream, tuple((node_args(model), model) for model in upstream.public))
    except Exception as error:
        what = f"the manifest {path} of project '{name}' cannot be understood ({type(error).__name__}: {error})."
        return Problem(what, f"write it again: run `dbt parse` in the project '{name}'.")


def _complete(node: Any, model: Model, upstream: Upstream) -> None:
    try:
        complete(node, model, upstream)
    except Exception as error:
        _warn(f"{node.unique_id} has no columns and no description here: {type(error).__name__}: {error}")


def _unresolved(manifest: Any) -> list[Reference]:
    try:
        return list(unresolved_references(manifest))
    except Exception as error:
        _warn(f"refs to other projects are not checked: {type(error).__name__}: {error}")
        return []


def _upstream(injection: Injection | Problem) -> Upstream | Problem:
    return injection if isinstance(injection, Problem) else injection.upstream


def _projects_of_loom() -> frozenset[str]:
    """The projects that an installed dbt-loom injects; it looks for its configuration in the same way."""
    if find_spec("dbt_loom") is None:
        return frozenset()
    return loom_projects(Path(os.environ.get("DBT_LOOM_CONFIG", "dbt_loom.config.yml")))


def _warn(message: str) -> None:
    fire_event(Note(msg=f"snowmesh: {message}"), level=EventLevel.WARN)
