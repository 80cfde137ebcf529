"""Without the dispatch line everything works through the post-hook, and with both nothing is sent twice."""

from __future__ import annotations

from typing import Any

import pytest

RELATIONS = (
    "raw_people",
    "people_table",
    "people_view",
    "people_incremental",
    "people_snapshot",
    "quoted_columns",
)


def alters(run: Any) -> dict[str, list[str]]:
    return {name: sorted(sql for sql in run.of(name) if sql.startswith("alter")) for name in RELATIONS}


@pytest.fixture(scope="module")
def both(project: Any, account: Any) -> Any:
    return project.dbt("build")


@pytest.fixture(scope="module")
def hook_only(project: Any, both: Any, account: Any) -> Any:
    account.run("create or replace schema snowmesh_it.people", role="ACCOUNTADMIN")
    for grant in (
        "usage, create table, create view on schema snowmesh_it.people to role it_builder",
        "usage on schema snowmesh_it.people to role it_analyst",
        "usage on schema snowmesh_it.people to role it_pii_reader",
    ):
        account.run(f"grant {grant}", role="ACCOUNTADMIN")
    project.configure(dispatch=None)
    run = project.dbt("build")
    assert project.dbt("run-operation", "snowmesh.plan").output.strip() == "No changes."
    return run


@pytest.fixture(scope="module")
def dispatch_only(project: Any, hook_only: Any, account: Any) -> Any:
    config = project.config()
    for kind in ("models", "seeds", "snapshots"):
        config[kind].pop("+post-hook")
    search = {"macro_namespace": "dbt", "search_order": [config["name"], "snowmesh", "dbt"]}
    project.configure(dispatch=[search], models=config["models"], seeds=config["seeds"], snapshots=config["snapshots"])
    return project.dbt("build", "--full-refresh")


def test_each_way_ends_the_same(both: Any, hook_only: Any) -> None:
    """Inside the CREATE, or with ALTERs after it: the plan finds nothing to change."""
    assert both.success, both.text
    assert hook_only.success, hook_only.text
    assert not any(alters(both).values())
    assert all(alters(hook_only).values())
    assert " with " not in "".join(sql for name in RELATIONS for sql in hook_only.of(name) if sql.startswith("create"))


def test_the_dispatch_line_needs_no_hook(project: Any, dispatch_only: Any) -> None:
    """create_policies sees that the blocks are applied: no not-applied error."""
    assert dispatch_only.success, dispatch_only.text
    assert not any(alters(dispatch_only).values())
    assert project.dbt("run-operation", "snowmesh.plan").output.strip() == "No changes."


def test_what_the_post_hook_cannot_do(hook_only: Any, both: Any) -> None:
    """dbt grants on a view before its post-hooks (dbt-internals.md 2.1): the reason for the dispatch line."""
    order = [
        [sql.split()[0] for sql in run.of("people_view") if sql.startswith(("grant", "alter"))]
        for run in (hook_only, both)
    ]
    assert order == [["grant", "grant", "alter", "alter"], ["grant", "grant"]]


def test_masked_through_the_hook_alone(hook_only: Any, read: Any) -> None:
    assert read("IT_ANALYST", "select distinct name from people_view") == [("****",)]


def test_a_planted_fault_is_seen(project: Any, dispatch_only: Any, read: Any) -> None:
    """A mask that returns the value: the same reading that is `****` above is clear, so that test can fail."""
    project.change("dbt_project.yml", ("'''****'''", "val"))
    assert project.dbt("run-operation", "snowmesh.create_policies").success
    assert sorted(read("IT_ANALYST", "select distinct name from people_view")) == [("Ada Lovelace",), ("Alan Turing",)]


def test_commands_that_build_nothing_send_nothing(project: Any, dispatch_only: Any) -> None:
    """compile renders no hook; docs reads only."""
    for command in (["compile"], ["docs", "generate"], ["ls"]):
        run = project.dbt(*command)
        assert run.success, run.text
        assert run.governance == []
