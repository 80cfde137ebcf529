"""Reading what dbt wrote: the governance block, definitions, and files that are none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from snowmesh.artifacts import definitions, manifest
from snowmesh.artifacts.problems import ArtifactError

NODE: dict[str, Any] = {
    "resource_type": "model",
    "package_name": "shop",
    "name": "orders",
    "relation_name": 'DB."Sch".orders',
    "access": "public",
    "patch_path": "shop://models/core.yml",
    "original_file_path": "models/orders.sql",
    "config": {"materialized": "view", "grants": {"select": "a_role"}, "meta": {"snowmesh": {"tags": {"t": "x"}}}},
    "columns": {
        "name": {"name": "name", "data_type": "varchar", "config": {"meta": {"snowmesh": {"tags": {"pii": "name"}}}}},
        "Mixed": {"name": "Mixed", "quote": True, "meta": {}},
    },
}


def write(folder: Path, document: Any) -> Path:
    (folder / "target").mkdir(exist_ok=True)
    text = document if isinstance(document, str) else json.dumps(document)
    (folder / "target" / "manifest.json").write_text(text)
    return folder


def document(schema: str = "v12", **nodes: Any) -> dict[str, Any]:
    version = f"https://schemas.getdbt.com/dbt/manifest/{schema}.json"
    return {"metadata": {"dbt_schema_version": version, "project_name": "shop"}, "nodes": nodes}


def test_models_of_the_project_itself_are_read_and_no_others(tmp_path: Path) -> None:
    foreign = {**NODE, "package_name": "other", "name": "theirs"}
    found = manifest.read(write(tmp_path, document(a=NODE, b=foreign, c={**NODE, "resource_type": "test"})))
    (model,) = found.models
    assert (model.relation, model.file, model.materialized) == ('DB."Sch".orders', "models/core.yml", "view")
    assert model.grants == {"select": ("a_role",)}
    assert model.block == {"tags": {"t": "x"}}
    assert [(column.name, column.quoted, column.data_type) for column in model.columns] == [
        ("name", False, "varchar"),
        ("Mixed", True, ""),
    ]
    assert model.columns[0].block == {"tags": {"pii": "name"}}


@pytest.mark.parametrize(
    ("meta", "block"),
    [
        ({}, {}),
        ({"snowmesh_core": {"tags": {"a": "1"}}}, {"tags": {"a": "1"}}),
        ({"snowmesh_core": {"tags": {"a": "1"}}, "snowmesh": {"tags": {"b": "2"}}}, {"tags": {"a": "1", "b": "2"}}),
        ({"snowmesh_x": {"tags": {"a": "1"}}, "snowmesh_y": {"tags": {"a": "2"}}}, {"tags": {"a": "2"}}),
        ({"snowmesh_core": {"tags": {"a": "1"}}, "snowmesh": {"tags": None}}, {"tags": None}),
        ({"snowmesh_core": {"tags": {"a": "1"}}, "snowmesh": None}, {}),
        ({"other": {"tags": {"a": "1"}}}, {}),
    ],
)
def test_layers_of_folders_are_merged_and_null_stops_them(meta: dict[str, Any], block: dict[str, Any]) -> None:
    assert manifest.governance_block(meta) == block


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "is not JSON"),
        ("[]", "is not a dbt manifest"),
        ('{"metadata": {}}', "is not a dbt manifest"),
        (json.dumps(document("v11")), "has schema v11"),
    ],
)
def test_file_that_is_no_manifest_is_refused_with_the_next_step(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ArtifactError, match=says) as error:
        manifest.read(write(tmp_path, text))
    assert "dbt parse --project-dir" in str(error.value)


def test_later_schemas_are_read(tmp_path: Path) -> None:
    assert manifest.read(write(tmp_path, document("v20", a=NODE))).model("orders").name == "orders"


def test_unknown_model_names_those_that_are_known(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match=r"(?s)has no model order .*name one of its models: orders"):
        manifest.read(write(tmp_path, document(a=NODE))).model("order")


def test_definitions_of_the_project_win_over_global_ones(tmp_path: Path) -> None:
    text = """
    name: shop
    vars:
      snowmesh: {schema: wrong}
      shop:
        snowmesh:
          schema: governance
          tags: {pii: {allowed_values: [name], masking_policies: [hide]}}
          masking_policies:
            hide: {data_type: string, unmasked_for: [a_role], masked: null, using: {region: varchar}}
    """
    (tmp_path / "dbt_project.yml").write_text(text)
    found = definitions.read(tmp_path)
    assert found.schema == "governance"
    assert found.tags == (definitions.TagDefinition("pii", ("name",), ("hide",)),)
    assert found.masks == (definitions.Mask("hide", "string", ("a_role",), "null", "", (("region", "varchar"),)),)


@pytest.mark.parametrize(
    ("text", "says"),
    [("name: [", "is not YAML"), ("vars: {snowmesh: [1]}", "cannot be read"), (None, "cannot be read")],
)
def test_project_file_that_cannot_be_used(tmp_path: Path, text: str | None, says: str) -> None:
    if text is not None:
        (tmp_path / "dbt_project.yml").write_text(text)
    with pytest.raises(ArtifactError, match=says):
        definitions.read(tmp_path)
