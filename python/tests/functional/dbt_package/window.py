"""A project of every kind of relation, and an adversary who reads between any two statements of its builds."""

from __future__ import annotations

from typing import Any

import yaml

from snowmesh.local.adversary import Adversary, Eye
from snowmesh.local.watch import watching

SECRET = "clear value"
NUMBER = 7331
ROW = f"select 1 as id, '{SECRET}' as name, {NUMBER} as n, to_timestamp_ntz('2024-01-0%d') as at"
SOURCE = " union all ".join(ROW % day for day in (1, 2))
TYPES = {"id": "number(38,0)", "name": "varchar", "n": "number(38,0)", "at": "timestamp_ntz"}
DEFINITIONS: dict[str, Any] = {
    "schema": "governance",
    "tags": {"pii": {"masking_policies": ["hide"]}, "area": None},
    "masking_policies": {
        "hide": {"data_type": "string", "unmasked_for": ["it_builder"], "masked": "'****'"},
        "hide_number": {"data_type": "number", "unmasked_for": ["it_builder"], "masked": 0},
    },
}
GOVERNED = {"name": {"tags": {"pii": "it's"}}, "n": {"masking_policy": "hide_number"}}
SETUP = (
    "create tag if not exists snowmesh_it.governance.theirs",
    "create user if not exists it_reader default_role = it_analyst",
    "grant role it_analyst to user it_reader",
    "grant create dynamic table on schema snowmesh_it.people to role it_builder",
    "grant select on future tables in schema snowmesh_it.people to role it_analyst",
    "grant select on future views in schema snowmesh_it.people to role it_analyst",
    "grant select on future dynamic tables in schema snowmesh_it.people to role it_analyst",
)
ONE_SCHEMA = "{% macro generate_schema_name(custom_schema_name, node) %}{{ return(target.schema) }}{% endmacro %}"
EYES = (Eye("IT_READER", "IT_ANALYST", "IT_WH"),)


def adversary(**options: Any) -> Adversary:
    """Who reads what the builder of the integration project builds, as a role with future grants."""
    return Adversary("IT_USER", EYES, ("SNOWMESH_IT", "PEOPLE"), (SECRET, NUMBER), **options)


def watch_run(project: Any, *command: str, threads: int = 1) -> tuple[Adversary, Any]:
    """Run dbt, which must succeed: who read on the way, and the run."""
    found = adversary()
    with watching(found):
        run = project.dbt(*command, "--threads", str(threads))
    assert run.success, run.text
    return found, run


def watched(project: Any, *command: str, threads: int = 1) -> Adversary:
    """Run dbt, which must succeed, and return who read on the way."""
    return watch_run(project, *command, threads=threads)[0]


def columns(governed: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    """The columns of every model, governed unless told otherwise."""
    blocks = GOVERNED if governed is None else governed
    described = []
    for name, kind in TYPES.items():
        config = {"config": {"meta": {"snowmesh": blocks[name]}}} if name in blocks else {}
        described.append({"name": name, "data_type": kind, **config})
    return described


def empty(project: Any) -> None:
    """Take every model, seed, snapshot and test out of the copy of the integration project."""
    for folder in ("models", "seeds", "snapshots", "tests"):
        (project.path / folder).mkdir(exist_ok=True)
        for file in (project.path / folder).iterdir():
            file.unlink()


def declare(project: Any, kind: str, nodes: list[dict[str, Any]]) -> None:
    """Write the YAML of a folder."""
    project.write(f"{kind}/{kind}.yml", yaml.safe_dump({kind: nodes}, sort_keys=False))


def write_model(project: Any, name: str, config: str, sql: str) -> None:
    """Write a model with a config block."""
    project.write(f"models/{name}.sql", "{{ config(" + config + ") }} " + sql)


def prepare(project: Any, account: Any) -> None:
    """Empty the project, set its definitions, and let a reader read whatever comes."""
    empty(project)
    project.write("macros/one_schema.sql", ONE_SCHEMA)
    config = project.config()
    config["models"]["+meta"] = {"snowmesh_project": {"tags": {"area": "people"}}}
    project.configure(vars={"snowmesh": DEFINITIONS}, models=config["models"])
    for statement in SETUP:
        account.run(statement, role="ACCOUNTADMIN")
