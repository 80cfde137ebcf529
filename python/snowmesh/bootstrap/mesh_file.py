"""Load mesh files: read, validate, put together, and raise every problem at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from snowmesh.bootstrap import checks, schema, yaml_tree
from snowmesh.bootstrap.declarations import Domain, Mesh
from snowmesh.bootstrap.mesh_files import MeshFiles
from snowmesh.bootstrap.problems import BootstrapError, MeshError, one_of, printable
from snowmesh.bootstrap.reader import Reader

SUFFIXES = (".yml", ".yaml")


def load(path: Path) -> Mesh:
    """The mesh that a file or a folder declares, without an environment. Raises BootstrapError."""
    return _load([path])


def load_files(files: MeshFiles) -> Mesh:
    """The mesh that files declare together, in one of its environments. Raises BootstrapError."""
    mesh = _load(files.paths)
    return replace(mesh, environment=_chosen(mesh, files.environment))


def load_all(files: MeshFiles) -> Mesh:
    """As `load_files`, and when no environment is named none is chosen. Raises BootstrapError."""
    mesh = _load(files.paths)
    if files.environment is not None:
        _chosen(mesh, files.environment)
    return mesh


def loads(text: str, file: str = "mesh.yml") -> Mesh:
    """The mesh that a text declares; `file` is only named in errors. Raises MeshError."""
    return _whole([(file, text)])


def _load(paths: Iterable[Path]) -> Mesh:
    files = [(str(path), yaml_tree.text(path)) for path in dict.fromkeys(_files(paths))]
    return replace(_whole(files), sources=tuple(files))


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    """Files as they are named; of a folder the YAML files in it, by name."""
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        found = sorted(p for p in path.iterdir() if p.suffix in SUFFIXES and not p.name.startswith("."))
        if not found:
            raise BootstrapError(f"the folder {path} has no mesh file.", "a mesh file ends in .yml or .yaml.")
        yield from found


def _whole(files: list[tuple[str, str]]) -> Mesh:
    """Read each file, put them together, then check the whole: names may be declared in one and used in another."""
    reader = Reader()
    trees = []
    for name, text in files:
        try:
            trees.append(yaml_tree.parse(text, name))
        except MeshError as error:  # what is not YAML stops one file; the others are still looked at
            reader.problems += error.problems
    mesh = _joined([schema.read_mesh(tree, reader) for tree in trees], reader)
    if len(trees) == len(files):  # else every name that the broken file declares would be unknown
        if not any(schema.has_domains(tree) for tree in trees):
            reader.problem(trees[0].place, "the mesh needs the key 'domains'")
        reader.problems += checks.problems(mesh)
    if reader.problems:
        raise MeshError(reader.problems)
    return mesh


def _joined(parts: list[Mesh], reader: Reader) -> Mesh:
    domains: dict[str, Domain] = {}
    for part in parts:
        for stored, domain in part.domains.items():
            first = domains.setdefault(stored, domain)
            if first is not domain:
                where = checks.first_at(first.place, domain.place)
                reader.problem(domain.place, f"domain '{domain.label}' is there twice; {where}")
    return Mesh(
        file=", ".join(part.file for part in parts),
        domains=domains,
        roles=tuple(role for part in parts for role in part.roles),
        users=tuple(user for part in parts for user in part.users),
        grants=tuple(grant for part in parts for grant in part.grants),
        tests=tuple(test for part in parts for test in part.tests),
        environments=tuple(environment for part in parts for environment in part.environments),
    )


def _chosen(mesh: Mesh, name: str | None) -> str:
    """The label of the environment that is meant; empty without one. Raises BootstrapError."""
    labels = [e.label for e in mesh.environments]
    if name is None:
        if labels:
            raise BootstrapError(f"{mesh.file} declares environments.", f"name one with --env: {', '.join(labels)}.")
        return ""
    if not labels:
        raise BootstrapError(f"--env {printable(name)} was given and {mesh.file} declares no environments.")
    if name not in labels:
        raise BootstrapError(f"{mesh.file} has no environment '{printable(name)}'; {one_of(name, labels)}.")
    return name
