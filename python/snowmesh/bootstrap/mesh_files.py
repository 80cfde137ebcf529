"""Which files make the mesh, and which of its environments is meant."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class MeshFiles:
    """Files or folders as they were named; `environment` is one of those that the mesh declares, or None."""

    paths: tuple[Path, ...] = (Path("mesh.yml"),)
    environment: str | None = None
