"""What a manifest tells: its own models only, and whether it can be read at all (mesh 7: v12 and later)."""

import json
from pathlib import Path
from typing import Any

import pytest

from dbt_snowmesh.problem import Problem
from dbt_snowmesh.upstream import Upstream, parse_upstream, read_upstream


def manifest(*nodes: dict[str, Any], schema: str = "v12", **metadata: Any) -> dict[str, Any]:
    about = {"dbt_schema_version": f"https://schemas.getdbt.com/dbt/manifest/{schema}.json", "project_name": "orders"}
    return {"metadata": about | metadata, "nodes": {str(i): node for i, node in enumerate(nodes)}}


def node(name: str, resource_type: str = "model", package: str = "orders", **keys: Any) -> dict[str, Any]:
    return {"name": name, "resource_type": resource_type, "package_name": package, **keys}


def read(document: Any) -> Upstream:
    upstream = parse_upstream("orders", document, "m.json")
    assert isinstance(upstream, Upstream)
    return upstream


def test_only_public_models_of_the_project_itself() -> None:
    upstream = read(
        manifest(
            node("a", access="public"),
            node("b", access="protected"),
            node("c", config={"access": "public"}),
            node("d"),
            node("e", access="public", package="another"),
            node("s", "seed"),
        )
    )
    assert [model.name for model in upstream.public] == ["a", "c"]
    assert [model.name for model in upstream.models] == ["a", "b", "c", "d"]
    assert upstream.others == {"s": "seed"}


def test_versions_are_text_and_zero_is_a_version() -> None:
    (model,) = read(manifest(node("a", version=0, latest_version=2))).models
    assert (model.version, model.latest_version) == ("0", "2")


def test_quoting_of_the_relations_of_the_project() -> None:
    quoting = {"database": None, "schema": False, "identifier": True, "column": True}
    assert read(manifest(quoting=quoting)).quoting == {"database": None, "schema": False, "identifier": True}


def test_owners_of_groups() -> None:
    document = manifest() | {"groups": {"g": {"name": "core", "owner": {"name": "Core", "email": "core@example.com"}}}}
    assert read(document).owners == {"core": "core@example.com"}


@pytest.mark.parametrize("schema", ["v12", "v20"])
def test_schema_v12_and_later(schema: str) -> None:
    assert read(manifest(schema=schema)).name == "orders"


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ([], "is not a dbt manifest"),
        ({}, "is not a dbt manifest"),
        (
            {"metadata": {"dbt_schema_version": "https://schemas.getdbt.com/dbt/catalog/v1.json"}},
            "is not a dbt manifest",
        ),
        (manifest() | {"nodes": []}, "is not a dbt manifest"),
        (manifest(schema="v11"), "has schema v11; v12 or later is needed"),
        (manifest(project_name="sales"), "is of the project 'sales'"),
    ],
)
def test_what_cannot_be_used(document: Any, said: str) -> None:
    problem = parse_upstream("orders", document, "m.json")
    assert isinstance(problem, Problem)
    assert said in problem.what
    assert "m.json" in problem.what


@pytest.mark.parametrize("content", [b"{", b"\x1f\x8b\x08", b"\xff\xfe"])
def test_a_file_that_is_not_json(tmp_path: Path, content: bytes) -> None:
    """A gzip among them (mesh 2.4: dbt-loom crashes on one)."""
    path = tmp_path / "manifest.json"
    path.write_bytes(content)
    problem = read_upstream("orders", path)
    assert isinstance(problem, Problem)
    assert "is not JSON" in problem.what


def test_a_file_that_cannot_be_opened(tmp_path: Path) -> None:
    problem = read_upstream("orders", tmp_path)
    assert isinstance(problem, Problem)
    assert "cannot be read" in problem.what


def test_a_manifest_file(tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(manifest(node("a", access="public"))))
    upstream = read_upstream("orders", path)
    assert isinstance(upstream, Upstream)
    assert len(upstream.public) == 1
