"""Future grants of the schema that a folder's models are built in: exact for each kind and privilege that is declared (P42-P44)."""

from __future__ import annotations

from typing import Any

import pytest
import yaml


def declare(project: Any, tables: Any) -> Any:
    """What the run-operation sends, for one model whose block says this about future tables."""
    block = {"future_grants": {"tables": {"select": tables}}}
    node = {"name": "one", "config": {"meta": {"snowmesh": block}}}
    project.write("models/models.yml", yaml.safe_dump({"models": [node]}))
    run = project.dbt("run-operation", "snowmesh.create_policies")
    return run.governance if run.success else run.text


@pytest.fixture(scope="module")
def managed(project: Any, account: Any) -> Any:
    """A schema with managed access, whose owner may define future grants."""
    for folder in ("models", "seeds", "snapshots"):
        for file in (project.path / folder).iterdir():
            file.unlink()
    project.write("models/one.sql", "select 1 as id")
    project.configure(vars={"snowmesh": {"schema": "governance"}}, models=None, seeds=None, snapshots=None)
    for statement in (
        "alter schema snowmesh_it.people enable managed access",
        "create database role snowmesh_it.future_reader",
        "grant select on future views in schema snowmesh_it.people to role it_outsider",
        "grant select on future tables in schema snowmesh_it.people to role it_outsider",
    ):
        account.run(statement, role="ACCOUNTADMIN")
    return project


def test_they_are_kept_exact(managed: Any, account: Any) -> None:
    on = 'select on future tables in schema "SNOWMESH_IT"."PEOPLE"'
    assert "[not-grantable] the schema SNOWMESH_IT.PEOPLE" in declare(managed, ["it_analyst"])
    account.run(
        "grant ownership on schema snowmesh_it.people to role it_builder copy current grants", role="ACCOUNTADMIN"
    )
    both = {"roles": ["it_analyst"], "database_roles": ["future_reader"]}
    assert declare(managed, both) == [
        f'grant {on} to role "IT_ANALYST"',
        f'grant {on} to database role "SNOWMESH_IT"."FUTURE_READER"',
        f'revoke {on} from role "IT_OUTSIDER"',
    ]
    assert declare(managed, both) == []
    assert sorted(declare(managed, [])) == [
        f'revoke {on} from database role "SNOWMESH_IT"."FUTURE_READER"',
        f'revoke {on} from role "IT_ANALYST"',
    ]


def test_what_is_not_declared_stays(managed: Any, account: Any) -> None:
    """The control: views were granted by somebody else."""
    rows = account.run("show future grants in schema snowmesh_it.people", role="ACCOUNTADMIN")
    assert [(row[1], row[2], row[5]) for row in rows] == [("SELECT", "VIEW", "IT_OUTSIDER")]
