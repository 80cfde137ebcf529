"""Layers of folders that dbt would lose without a word: refused, because no node shows that there was one."""

from __future__ import annotations

from typing import Any

import pytest

TAG = {"tags": {"data_product": "people"}}
PLAIN = {"+meta": {"snowmesh": TAG}}
NAME = "snowmesh_integration_tests"


def errors(project: Any, **kinds: Any) -> str:
    """What create_policies says with these entries of dbt_project.yml, without what dbt prints around it."""
    before = (project.path / "dbt_project.yml").read_text(encoding="utf-8")
    project.configure(**kinds)
    try:
        run = project.dbt("run-operation", "snowmesh.create_policies", "--args", "{dry_run: true}")
    finally:
        project.write("dbt_project.yml", before)
    assert run.success is not ("[folder-layer]" in run.text), run.text
    return run.text if not run.success else ""


@pytest.mark.parametrize(
    ("kinds", "place"),
    [
        ({"models": PLAIN}, "models: +meta: a folder cannot use"),
        ({"models": {NAME: {"core": {"deep": PLAIN}}}}, f"models: {NAME}: core: deep: +meta: a folder cannot use"),
        ({"seeds": {NAME: PLAIN}}, f"seeds: {NAME}: +meta: a folder cannot use"),
        ({"snapshots": PLAIN}, "snapshots: +meta: a folder cannot use"),
        ({"sources": PLAIN}, "sources: +meta: a folder cannot use"),
        ({"models": {"snowmesh": PLAIN}}, "models: snowmesh: +meta: a folder cannot use"),
        ({"models": {NAME: {"meta": {"snowmesh_core": TAG}}}}, 'dbt takes "meta" without a + for the name of a folder'),
        (
            {"models": {"+meta": {"snowmesh_a": TAG}, NAME: {"core": {"+meta": {"snowmesh_a": TAG}}}}},
            f'models: {NAME}: core: +meta: the key "snowmesh_a" stands also in',
        ),
    ],
)
def test_a_layer_that_dbt_could_lose_is_refused(project: Any, account: Any, kinds: dict[str, Any], place: str) -> None:
    assert place in errors(project, **kinds)


@pytest.mark.parametrize(
    "kinds",
    [
        {"models": {"+meta": {"snowmesh_a": TAG}, NAME: {"core": {"+meta": {"snowmesh_b": TAG, "owner": "core"}}}}},
        {"models": {NAME: {"core": {"+meta": {"snowmesh_a": TAG}}, "raw": {"+meta": {"snowmesh_a": TAG}}}}},
        {"models": {NAME: {"+meta": {"snowmesh_a": TAG}}}, "seeds": {NAME: {"+meta": {"snowmesh_a": TAG}}}},
    ],
)
def test_layers_that_dbt_keeps_are_taken(project: Any, account: Any, kinds: dict[str, Any]) -> None:
    assert errors(project, **kinds) == ""


def test_a_block_in_sql_beside_a_yaml_file_is_refused(project: Any, account: Any) -> None:
    model = "models/people_view.sql"
    before = (project.path / model).read_text(encoding="utf-8")
    project.write(model, "{{ config(meta={'snowmesh': {'tags': {'data_product': 'people'}}}) }}\n" + before)
    run = project.dbt("run-operation", "snowmesh.create_policies", "--args", "{dry_run: true}")
    project.write(model, before)
    assert "[two-files]" in run.text
    assert 'models/people_view.sql has "snowmesh"' in run.text
    assert run.text.count("Next:") == 1
