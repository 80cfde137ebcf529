"""dependencies.yml is read as dbt's own platform reads it (mesh 1: static, `projects: - name:`)."""

from pathlib import Path

import pytest

from dbt_snowmesh.declaration import Declaration, loom_projects, parse_declaration, read_declaration


def test_the_names_in_the_order_of_the_file_each_once() -> None:
    document = {"projects": [{"name": "orders"}, {"name": "customers"}, {"name": "orders"}]}
    assert parse_declaration(document) == Declaration(("orders", "customers"))


@pytest.mark.parametrize("document", [None, {}, {"packages": [{"local": "../x"}]}, {"projects": None}, [], "text"])
def test_nothing_declared(document: object) -> None:
    assert parse_declaration(document) == Declaration()


def test_no_file_and_a_file_that_is_not_yaml_declare_nothing(tmp_path: Path) -> None:
    assert read_declaration(tmp_path) == Declaration()
    (tmp_path / "dependencies.yml").write_text("projects: [")
    assert read_declaration(tmp_path) == Declaration()


@pytest.mark.parametrize(
    ("projects", "said"),
    [
        ({"name": "orders"}, "'projects' is not a list"),
        (["orders"], "the entry 'orders' of 'projects' has no name"),
        ([{"nmae": "orders"}], "has no name"),
        ([{"name": ""}], "has no name"),
        ([{"name": "orders", "manifest": "x.json"}], "unknown key 'manifest'"),
    ],
)
def test_what_cannot_be_understood_is_a_problem_with_a_next_step(projects: object, said: str) -> None:
    declaration = parse_declaration({"projects": projects})
    (problem,) = declaration.problems
    assert said in problem.what
    assert problem.next_step
    assert declaration.projects == ()


def test_the_projects_of_dbt_loom(tmp_path: Path) -> None:
    config = tmp_path / "dbt_loom.config.yml"
    assert loom_projects(config) == frozenset()
    config.write_text("manifests: [{name: orders, type: file, config: {path: x.json}}, {type: file}]\n")
    assert loom_projects(config) == {"orders"}
