"""Write the project to disk, and run dbt on it in this process, parsed once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from leaks.relations import COLUMNS, MODELS, ROWS, SEED

DATABASE, SCHEMA, SOURCE_SCHEMA, GOVERNANCE = "LEAKS", "PEOPLE", "PROD", "GOVERNANCE"
BUILDER, BUILDER_ROLE, WAREHOUSE, READER_ROLE = "LEAKS_BUILDER", "LEAKS_BUILDER", "LEAKS_WH", "LEAKS_PII_READER"
CONSUMER_ROLE = "LEAKS_CONSUMER"
NAME = "leaks"
ONE_SCHEMA = "{% macro generate_schema_name(custom_schema_name, node) %}{{ return(target.schema) }}{% endmacro %}"


@dataclass(frozen=True)
class Files:
    """What one system adds to the project."""

    project: dict[str, Any]
    columns: dict[str, dict[str, Any]]
    packages: dict[str, Path]
    macros: dict[str, str]


@dataclass
class Project:
    """A project on disk, and its manifest once it is parsed."""

    path: Path
    manifest: Any = None

    def dbt(self, *arguments: str, target: str = "dev") -> str:
        """Run dbt; '' when it succeeded, else what it says."""
        from dbt.cli.main import dbtRunner
        from dbt.deprecations import reset_deprecations

        reset_deprecations()  # dbt counts them over all runs of a process
        where = ["--project-dir", str(self.path), "--profiles-dir", str(self.path), "--target", target]
        options = [*where, "--quiet", "--no-use-colors", "--log-level", "none", "--threads", "1"]
        manifest = self.manifest if target == "dev" and arguments[0] != "run-operation" else None
        said: list[str] = []

        def listen(event: Any) -> None:
            if event.info.level == "error":
                said.append(event.info.msg)

        with _inside(self.path):
            found = dbtRunner(manifest=manifest, callbacks=[listen]).invoke([*arguments, *options])
        return "" if found.success else "\n".join([*said, str(found.exception or "")]) or "failed"

    def parse(self) -> None:
        """Parse once for all runs that follow."""
        from dbt.cli.main import dbtRunner

        where = ["--project-dir", str(self.path), "--profiles-dir", str(self.path)]
        found = dbtRunner().invoke(["parse", *where, "--quiet", "--log-level", "none"])
        if not found.success:
            raise RuntimeError(f"dbt parse failed: {found.exception}")
        self.manifest = found.result


def write(path: Path, files: Files, port: int) -> Project:
    """Write the project of one system into an empty folder."""
    for folder in ("models", "seeds", "snapshots", "macros", "dbt_packages", "state"):
        (path / folder).mkdir(parents=True)
    for name, config in MODELS.items():
        (path / "models" / f"{name}.sql").write_text("{{ config(" + config + ") }} " + ROWS)
    (path / "seeds" / "a_seed.csv").write_text(SEED)
    (path / "macros" / "one_schema.sql").write_text(ONE_SCHEMA)
    for name, text in files.macros.items():
        (path / "macros" / f"{name}.sql").write_text(text)
    for name, source in files.packages.items():
        (path / "dbt_packages" / name).symlink_to(source, target_is_directory=True)
    _write_yaml(path / "dbt_project.yml", _project(files))
    _write_yaml(path / "packages.yml", {"packages": [{"local": str(p)} for p in files.packages.values()]})
    _write_yaml(path / "profiles.yml", _profiles(port))
    _write_properties(path, files)
    return Project(path)


def _project(files: Files) -> dict[str, Any]:
    grants = {"+grants": {"select": [CONSUMER_ROLE]}}
    base: dict[str, Any] = {
        "name": NAME,
        "profile": NAME,
        "flags": {"send_anonymous_usage_stats": False},
        "models": dict(grants),
        "seeds": dict(grants),
        "snapshots": dict(grants),
        "data_tests": {"+store_failures": True, "+severity": "warn"},
    }
    for key, value in files.project.items():
        base[key] = {**base[key], **value} if isinstance(base.get(key), dict) else value
    return base


def _profiles(port: int) -> dict[str, Any]:
    common = {
        "type": "snowflake",
        "account": "local",
        "host": "127.0.0.1",
        "port": port,
        "protocol": "http",
        "user": BUILDER,
        "password": "local",
        "role": BUILDER_ROLE,
        "database": DATABASE,
        "warehouse": WAREHOUSE,
        "threads": 1,
    }
    outputs = {"dev": {**common, "schema": SCHEMA}, "prod": {**common, "schema": SOURCE_SCHEMA}}
    return {NAME: {"target": "dev", "outputs": outputs}}


def _write_properties(path: Path, files: Files) -> None:
    columns = [{"name": name, "data_type": kind, **files.columns.get(name, {})} for name, kind in COLUMNS.items()]
    tested = [dict(column) for column in columns]
    tested[1]["data_tests"] = [{"unique": {"name": "a_unique_name"}}]
    models = [{"name": name, "columns": tested if name == "a_table" else columns} for name in MODELS]
    _write_yaml(path / "models" / "models.yml", {"models": models})
    _write_yaml(path / "seeds" / "seeds.yml", {"seeds": [{"name": "a_seed", "columns": columns}]})
    config = {"unique_key": "id", "strategy": "check", "check_cols": ["name"]}
    snapshot = {"name": "a_snapshot", "relation": "ref('a_seed')", "config": config, "columns": columns}
    _write_yaml(path / "snapshots" / "snapshots.yml", {"snapshots": [snapshot]})


def _write_yaml(path: Path, content: dict[str, Any]) -> None:
    path.write_text(yaml.safe_dump(content, sort_keys=False))


@contextmanager
def _inside(path: Path) -> Iterator[None]:
    """`--state state` is found from the current folder."""
    before = Path.cwd()
    os.chdir(path)
    try:
        yield
    finally:
        os.chdir(before)
