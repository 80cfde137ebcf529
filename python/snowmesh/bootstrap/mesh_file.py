"""Load a mesh file: read, validate, and raise every problem at once."""

from __future__ import annotations

from pathlib import Path

from snowmesh.bootstrap import checks, schema, yaml_tree
from snowmesh.bootstrap.declarations import Mesh
from snowmesh.bootstrap.mesh_files import MeshFiles
from snowmesh.bootstrap.problems import MeshError
from snowmesh.bootstrap.reader import Reader


def load(path: Path) -> Mesh:
    """The mesh that a file declares. Raises BootstrapError."""
    return _build(yaml_tree.read(path), str(path))


def load_files(files: MeshFiles) -> Mesh:
    """The mesh that files declare together. Raises BootstrapError."""
    (path,) = files.paths
    return load(path)


def loads(text: str, file: str = "mesh.yml") -> Mesh:
    """The mesh that a text declares; `file` is only named in errors. Raises MeshError."""
    return _build(yaml_tree.parse(text, file), file)


def _build(root: yaml_tree.Node, file: str) -> Mesh:
    reader = Reader()
    mesh = schema.read_mesh(root, file, reader)
    problems = [*reader.problems, *checks.problems(mesh)]
    if problems:
        raise MeshError(problems)
    return mesh
