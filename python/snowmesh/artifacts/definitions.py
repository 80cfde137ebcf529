"""`vars: snowmesh:` of a dbt project: the tags and masking policies that it defines, names as written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from snowmesh.artifacts.problems import ArtifactError


@dataclass(frozen=True)
class Mask:
    """A masking policy: clear for roles of `unmasked_for`, else the SQL of `masked`; or a whole `body`."""

    name: str
    data_type: str
    unmasked_for: tuple[str, ...] = ()
    masked: str = ""
    body: str = ""
    using: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class TagDefinition:
    """A tag and the masking policies set on it."""

    name: str
    allowed_values: tuple[str, ...] | None = None
    masking_policies: tuple[str, ...] = ()


@dataclass(frozen=True)
class Definitions:
    """All of them. `schema` is where tags and policies live: a schema of the model's database, or database.schema."""

    file: Path
    schema: str = ""
    tags: tuple[TagDefinition, ...] = ()
    masks: tuple[Mask, ...] = ()


def read(project_dir: Path) -> Definitions:
    """Read dbt_project.yml of a project. Raises ArtifactError."""
    path = project_dir / "dbt_project.yml"
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ArtifactError(f"{path} cannot be read: {error.strerror}.", "name the folder of a dbt project.") from error
    except yaml.YAMLError as error:
        raise ArtifactError(f"{path} is not YAML: {error}.", "correct it; `dbt parse` checks it too.") from error
    variables = document.get("vars") or {} if isinstance(document, Mapping) else {}
    of_project = variables.get(document.get("name")) if variables else None
    raw = (of_project or {}).get("snowmesh", variables.get("snowmesh")) or {}
    try:
        return parse(raw, path)
    except (TypeError, AttributeError, ValueError) as error:
        raise ArtifactError(
            f"vars: snowmesh: in {path} cannot be read: {error}.", "compare with the example in README.md."
        ) from error


def parse(raw: Mapping[str, Any], file: Path) -> Definitions:
    """The definitions in a `snowmesh` mapping."""
    return Definitions(
        file,
        raw.get("schema") or "",
        tuple(_tag(name, body or {}) for name, body in (raw.get("tags") or {}).items()),
        tuple(_mask(name, body) for name, body in (raw.get("masking_policies") or {}).items()),
    )


def _tag(name: str, body: Mapping[str, Any]) -> TagDefinition:
    allowed = body.get("allowed_values")
    return TagDefinition(name, tuple(allowed) if allowed else None, tuple(body.get("masking_policies") or ()))


def _mask(name: str, body: Mapping[str, Any]) -> Mask:
    masked = body.get("masked")
    return Mask(
        name=name,
        data_type=str(body.get("data_type")),
        unmasked_for=tuple(body.get("unmasked_for") or ()),
        masked="null" if masked is None else str(masked).lower() if isinstance(masked, bool) else str(masked),
        body=body.get("body") or "",
        using=tuple((body.get("using") or {}).items()),
    )
