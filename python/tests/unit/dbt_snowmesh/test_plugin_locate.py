"""Where a manifest is looked for: SNOWMESH_MANIFESTS first, then the dbt projects around, the nearest wins."""

import os
from pathlib import Path

import pytest

from dbt_snowmesh.locate import VARIABLE, find_project, locate, parse_variable
from dbt_snowmesh.problem import Problem


def project(folder: Path, name: str, *, manifest: str | None = "target", **keys: str) -> Path:
    folder.mkdir(parents=True)
    lines = [f"name: {name}", *(f"{key.replace('_', '-')}: {value}" for key, value in keys.items())]
    (folder / "dbt_project.yml").write_text("\n".join(lines))
    if manifest:
        (folder / manifest).mkdir()
        (folder / manifest / "manifest.json").write_text("{}")
    return folder


@pytest.fixture
def downstream(tmp_path: Path) -> Path:
    """A project so deep that the search does not leave the test's own folder."""
    return project(tmp_path / "disk" / "home" / "work" / "mesh" / "finance", "finance", manifest=None)


def problem_of(found: Path | Problem) -> str:
    assert isinstance(found, Problem)
    return str(found)


def test_a_project_beside(downstream: Path) -> None:
    orders = project(downstream.parent / "anything", "orders")
    assert locate("orders", downstream, {}) == orders / "target" / "manifest.json"


def test_a_project_further_up_and_one_further_down(downstream: Path) -> None:
    above = project(downstream.parent.parent / "repo" / "dbt", "above")
    below = project(downstream.parent / "group" / "below", "below")
    assert find_project("above", downstream) == above
    assert find_project("below", downstream) == below


def test_the_downstream_project_may_be_a_folder_of_the_upstream_project(tmp_path: Path) -> None:
    outer = project(tmp_path / "outer", "outer")
    assert find_project("outer", project(outer / "inner", "inner")) == outer


def test_the_nearest_of_two_wins(downstream: Path) -> None:
    near = project(downstream.parent / "orders", "orders")
    project(downstream.parent.parent / "old" / "orders", "orders")
    assert find_project("orders", downstream) == near


def test_two_equally_near_are_refused(downstream: Path) -> None:
    project(downstream.parent / "orders", "orders")
    project(downstream.parent / "orders_copy", "orders")
    text = problem_of(find_project("orders", downstream))
    assert "exists more than once: ../orders, ../orders_copy" in text
    assert VARIABLE in text


@pytest.mark.parametrize("folder", ["dbt_packages", ".hidden", "node_modules", "target"])
def test_folders_that_hold_copies_are_not_searched(downstream: Path, folder: str) -> None:
    project(downstream.parent / folder / "orders", "orders")
    assert "no dbt project named 'orders'" in problem_of(find_project("orders", downstream))


def test_a_link_is_not_followed(downstream: Path, tmp_path: Path) -> None:
    far = project(tmp_path / "a" / "b" / "c" / "far", "far")
    (downstream.parent / "link").symlink_to(far, target_is_directory=True)
    assert "no dbt project" in problem_of(find_project("far", downstream))


def test_an_unknown_project_with_the_nearest_name(downstream: Path) -> None:
    project(downstream.parent / "orders", "orders_project")
    text = problem_of(find_project("order_project", downstream))
    assert "Did you mean 'orders_project'?" in text
    assert f"{VARIABLE}=order_project=" in text


def test_target_path_of_the_upstream_project(downstream: Path) -> None:
    orders = project(downstream.parent / "orders", "orders", manifest="out", target_path="out")
    assert locate("orders", downstream, {}) == orders / "out" / "manifest.json"


def test_a_missing_manifest_names_the_command_that_writes_it(downstream: Path) -> None:
    project(downstream.parent / "orders", "orders", manifest=None)
    assert "`cd ../orders && dbt deps && dbt parse`" in problem_of(locate("orders", downstream, {}))


def test_the_variable_wins_and_is_relative_to_the_downstream_project(downstream: Path) -> None:
    project(downstream.parent / "orders", "orders")
    (downstream / "given.json").write_text("{}")
    assert locate("orders", downstream, {VARIABLE: "orders=given.json"}) == downstream / "given.json"


def test_the_variable_names_no_such_file(downstream: Path) -> None:
    project(downstream.parent / "orders", "orders")
    assert "there is no such file" in problem_of(locate("orders", downstream, {VARIABLE: "orders=nowhere.json"}))


def test_a_project_that_the_variable_does_not_name_is_searched(downstream: Path) -> None:
    orders = project(downstream.parent / "orders", "orders")
    assert locate("orders", downstream, {VARIABLE: "other=x.json"}) == orders / "target" / "manifest.json"


def test_several_in_the_variable() -> None:
    assert parse_variable(f"a=x.json{os.pathsep} b = /y=z.json{os.pathsep}") == {"a": "x.json", "b": "/y=z.json"}
    assert parse_variable("") == {}


@pytest.mark.parametrize("text", ["x.json", "a=", "=x.json"])
def test_a_variable_that_cannot_be_understood(text: str) -> None:
    problem = parse_variable(text)
    assert isinstance(problem, Problem)
    assert f"'{text}' is not of the form" in problem.what
