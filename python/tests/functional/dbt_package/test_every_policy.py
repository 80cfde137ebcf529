"""Row access, projection and aggregation policies, conditional masks by tag, tags of schemas and databases, grants beyond dbt's:
declared -> built -> second run -> changed -> removed, on real dbt. The tests tell one story in their order."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

DEFINITIONS: dict[str, Any] = {
    "schema": "governance",
    "grant_usage": True,
    "domain_roles": ["it_pii_reader", "it_analyst", "orders_reader"],
    "tags": {
        "cost_center": None,
        "private_when_far": {"masking_policies": ["hidden_abroad"]},
    },
    "masking_policies": {
        "hidden_abroad": {
            "data_type": "string",
            "using": {"region": "string"},
            "body": "case when region = 'EU' or is_role_in_session('IT_BUILDER') then val else '****' end",
            "unmasked_for": ["it_builder"],
        },
        "number_mask": {"data_type": "number", "unmasked_for": ["it_builder", "it_pii_reader"], "masked": -1},
    },
    "row_access_policies": {
        "own_region": {
            "columns": {"region": "string"},
            "all_rows_for": ["it_builder"],
            "rows_for": {"it_analyst": "region = 'EU' -- the analysts' half", "it_pii_reader": "region <> 'EU'"},
        },
    },
    "projection_policies": {"not_shown": {"allowed_for": ["it_builder", "it_pii_reader"]}},
    "aggregation_policies": {"in_groups": {"min_group_size": 2, "exempt": ["it_builder", "it_pii_reader"]}},
}
ROWS = 'select column1 as id, column2 as region, column3 as name, column4 as "Score" from values {}'
VALUES = "(1, 'EU', 'Ada', 10), (2, 'EU', 'Bob', 20), (3, 'US', 'Cid', 30)"
PROJECTED = {"name": "id", "config": {"meta": {"snowmesh": {"projection_policy": "not_shown"}}}}
PRIVATE = {"name": "name", "config": {"meta": {"snowmesh": {"tags": {"private_when_far": "x"}}}}}
COLUMNS: list[dict[str, Any]] = [
    PRIVATE,
    {"name": "Score", "quote": True, "config": {"meta": {"snowmesh": {"masking_policy": "number_mask"}}}},
]
KINDS = {"t": "table", "v": "view", "i": "incremental", "d": "dynamic_table"}
SETUP = (
    "grant create row access policy, create projection policy, create aggregation policy, create dynamic table"
    " on schema snowmesh_it.{schema} to role it_builder",
    "grant apply row access policy, apply projection policy, apply aggregation policy on account to role it_builder",
)


def block(**extra: Any) -> dict[str, Any]:
    return {"row_access_policy": "own_region", **extra}


def declare(project: Any, columns: list[dict[str, Any]], node_block: dict[str, Any], *constrained: Any) -> None:
    """Four materializations and a seed with the same governance, twice: r_ for rows and masks, p_ for the constraints."""
    models, seeds = [], []
    for prefix, own_columns, own_block in (("r", columns, node_block), ("p", *(constrained or ([], {})))):
        meta = {"config": {"meta": {"snowmesh": own_block}}, "columns": own_columns}
        models += [{"name": f"{prefix}_{name}", **meta} for name in KINDS]
        lower = [{**column, "name": column["name"].lower(), "quote": False} for column in own_columns]
        seeds.append({"name": f"{prefix}_s", **{**meta, "columns": lower}})
    project.write(
        "models/models.yml", yaml.safe_dump({"groups": [{"name": "g", "owner": {"name": "o"}}], "models": models})
    )
    project.write("seeds/seeds.yml", yaml.safe_dump({"seeds": seeds}))


@pytest.fixture(scope="module")
def governed(project: Any, account: Any) -> Any:
    for folder in ("models", "seeds", "snapshots"):
        for file in (project.path / folder).iterdir():
            file.unlink()
    for schema in ("governance", "people"):
        account.run(SETUP[0].format(schema=schema), role="ACCOUNTADMIN")
    account.run(SETUP[1], "create database role snowmesh_it.orders_reader", role="ACCOUNTADMIN")
    account.run(
        "grant ownership on schema snowmesh_it.people to role it_builder copy current grants", role="ACCOUNTADMIN"
    )
    account.run("revoke usage on schema snowmesh_it.people from role it_analyst", role="ACCOUNTADMIN")
    for prefix in "rp":
        for name, materialized in KINDS.items():
            config = f"materialized='{materialized}', target_lag='1 day', snowflake_warehouse='IT_WH'"
            project.write(f"models/{prefix}_{name}.sql", f"{{{{ config({config}) }}}}\n" + ROWS.format(VALUES))
        project.write(f"seeds/{prefix}_s.csv", "id,region,name,score\n1,EU,Ada,10\n2,EU,Bob,20\n3,US,Cid,30\n")
    config = project.config()
    folder = {
        "+group": "g",
        "+access": "private",
        "+grants": {"select": ["it_analyst", "it_pii_reader"]},
        "+meta": {
            "snowmesh_containers": {
                "schema_tags": {"cost_center": "people"},
                "database_tags": {"cost_center": "company"},
                "database_role_grants": {"select": ["orders_reader"]},
            }
        },
    }
    project.configure(
        vars={"snowmesh": DEFINITIONS}, models=folder, seeds={"+grants": folder["+grants"]}, snapshots=None
    )
    assert config["dispatch"]
    declare(
        project, COLUMNS, block(), [PROJECTED], {"aggregation_policy": {"name": "in_groups", "entity_key": ["name"]}}
    )
    run = project.dbt("build")
    assert run.success, run.text
    return run


RELATIONS = [f"r_{name}" for name in (*KINDS, "s")]
CONSTRAINED = [f"p_{name}" for name in (*KINDS, "s")]


def test_row_access_is_in_the_create(governed: Any) -> None:
    """A4: no row is ever there without it."""
    for relation in RELATIONS:
        create = next(sql for sql in governed.of(relation) if sql.startswith("create") and "explain" not in sql)
        assert 'with row access policy "SNOWMESH_IT"."GOVERNANCE"."OWN_REGION" on ("REGION")' in create, relation
        assert not [sql for sql in governed.of(relation) if sql.startswith("alter")], relation


def test_constraints_are_in_the_create(governed: Any) -> None:
    """A22, A25, in every materialization; nothing is altered afterwards."""
    for relation in CONSTRAINED:
        create = next(sql for sql in governed.of(relation) if sql.startswith("create") and "explain" not in sql)
        assert 'with aggregation policy "SNOWMESH_IT"."GOVERNANCE"."IN_GROUPS" entity key ("NAME")' in create, relation
        assert 'with projection policy "SNOWMESH_IT"."GOVERNANCE"."NOT_SHOWN"' in create, relation
        assert not [sql for sql in governed.of(relation) if sql.startswith("alter")], relation


@pytest.mark.parametrize("relation", RELATIONS)
def test_each_role_sees_its_rows(governed: Any, read: Any, relation: str) -> None:
    """A11, A13: rows first, then masks; the mask that comes by a tag decides by the column of its argument's name (M36)."""
    query = f"select name from {relation} order by id"
    assert read("IT_ANALYST", query) == [("Ada",), ("Bob",)]
    assert read("IT_PII_READER", query) == [("****",)]
    assert read("IT_BUILDER", query) == [("Ada",), ("Bob",), ("Cid",)]


@pytest.mark.parametrize("relation", CONSTRAINED)
def test_a_column_is_used_and_not_shown(governed: Any, read: Any, relation: str) -> None:
    """A26: only the result is constrained."""
    assert read("IT_ANALYST", f"select count(*) from {relation} where id > 0") == [(3,)]
    assert "project" in str(read("IT_ANALYST", f"select id from {relation}")).lower()
    assert read("IT_PII_READER", f"select id from {relation} order by id") == [(1,), (2,), (3,)]


def test_schema_and_database_are_tagged(governed: Any, read: Any) -> None:
    """T29: the nearest assignment wins."""
    value = "select system$get_tag('snowmesh_it.governance.cost_center', '{}', '{}')"
    assert read("IT_BUILDER", value.format("snowmesh_it", "database")) == [("company",)]
    assert read("IT_BUILDER", value.format("snowmesh_it.people", "schema")) == [("people",)]


def test_usage_and_database_roles(governed: Any, account: Any) -> None:
    """Who is granted SELECT can get at it: USAGE was taken from IT_ANALYST before the build. Database roles are granted too."""
    hook = [sql for sql in governed.governance if sql.startswith("grant usage")]
    assert hook == ['grant usage on schema "SNOWMESH_IT"."PEOPLE" to role "IT_ANALYST"']
    grants = account.run("show grants to database role snowmesh_it.orders_reader", role="ACCOUNTADMIN")
    assert {row[3] for row in grants if row[1] == "SELECT"} == {
        f"SNOWMESH_IT.PEOPLE.{prefix}_{name.upper()}" for name in KINDS for prefix in "RP"
    }


def test_a_second_run_changes_nothing(project: Any, governed: Any) -> None:
    run = project.dbt("build")
    assert run.success, run.text
    assert [sql for sql in run.governance if sql.startswith(("alter", "create", "revoke"))] == []
    assert "No changes." in project.dbt("run-operation", "snowmesh.plan").output
    assert project.dbt("run-operation", "snowmesh.verify").success


@pytest.fixture(scope="module")
def changed(project: Any, governed: Any) -> Any:
    """Another condition; rows now by name; aggregation instead of projection."""
    definitions = {
        **DEFINITIONS,
        "row_access_policies": {
            "own_region": {**DEFINITIONS["row_access_policies"]["own_region"], "rows_for": {"it_analyst": "true"}},
            "by_id": {
                "columns": {"a": "number", "b": "number"},
                "all_rows_for": ["it_builder", "it_analyst"],
                "rows_for": {},
            },
        },
    }
    project.configure(vars={"snowmesh": definitions})
    rows = {"row_access_policy": {"name": "by_id", "columns": ["id", "id"]}, "database_role_grants": {"select": []}}
    declare(project, [PRIVATE], rows, [], {"row_access_policy": {"name": "by_id", "columns": ["id", "id"]}})
    run = project.dbt("build")
    assert run.success, run.text
    return run


def test_a_policy_is_replaced_in_one_statement(changed: Any) -> None:
    """A3: dropped and added in one ALTER; the old rows or the new ones, never all."""
    own = [sql for sql in changed.of("r_i") if sql.startswith("alter")]
    assert own[0].endswith(
        'drop row access policy "SNOWMESH_IT"."GOVERNANCE"."OWN_REGION",'
        ' add row access policy "SNOWMESH_IT"."GOVERNANCE"."BY_ID" on ("ID", "ID")'
    )
    assert [sql.split("modify column ")[1] for sql in own[1:]] == ['"Score" unset masking policy']


def test_what_is_in_the_way_comes_off_first(changed: Any) -> None:
    """A9: a column with a projection policy cannot decide over rows. What else goes, goes last."""
    own = [
        sql.split("p_i ")[1].replace('"SNOWMESH_IT"."GOVERNANCE".', "")
        for sql in changed.of("p_i")
        if sql.startswith("alter")
    ]
    assert own == [
        'modify column "ID" unset projection policy',
        'add row access policy "BY_ID" on ("ID", "ID")',
        "unset aggregation policy",
    ]


def test_a_changed_body_is_altered(changed: Any) -> None:
    """A16: SET BODY, never DROP or REPLACE."""
    hook = [sql for _, sql in changed.statements if sql.startswith(("create row", "alter row", "drop row"))]
    assert [" ".join(sql.split()[:4]) for sql in hook] == ["alter row access policy", "create row access policy"]
    assert hook[0].endswith(
        "set body -> is_role_in_session('IT_BUILDER') or (is_role_in_session('IT_ANALYST') and (true ))"
    )


def test_a_database_role_that_is_not_declared_loses_its_grant(changed: Any, account: Any) -> None:
    grants = account.run("show grants to database role snowmesh_it.orders_reader", role="ACCOUNTADMIN")
    assert {row[3].split(".")[-1][:2] for row in grants if row[1] == "SELECT"} == {"P_"}


def test_what_is_removed_is_taken_off(project: Any, changed: Any, account: Any) -> None:
    """Authoritative over its own; a policy of somebody else stays."""
    declare(project, [], {})
    run = project.dbt("build")
    assert run.success, run.text
    own = [sql.split("r_i ")[1] for sql in run.of("r_i") if sql.startswith("alter")]
    assert own == [
        'drop row access policy "SNOWMESH_IT"."GOVERNANCE"."BY_ID"',
        'modify column "NAME" unset tag "SNOWMESH_IT"."GOVERNANCE"."PRIVATE_WHEN_FAR"',
    ]
    assert "No changes." in project.dbt("run-operation", "snowmesh.plan").output


def test_a_row_access_policy_of_somebody_else_is_not_replaced(project: Any, changed: Any, account: Any) -> None:
    for statement in (
        "create row access policy snowmesh_it.people.theirs as (r string) returns boolean -> false",
        "alter table snowmesh_it.people.r_i add row access policy snowmesh_it.people.theirs on (region)",
    ):
        account.run(statement, role="ACCOUNTADMIN")
    plan = project.dbt("run-operation", "snowmesh.plan")
    assert 'row access policy "SNOWMESH_IT"."PEOPLE"."THEIRS"' in plan.output
    declare(project, [], block())
    run = project.dbt("run-operation", "snowmesh.plan")
    assert "[foreign-policy] models/models.yml: model r_i: the relation already has the row access policy" in run.text
    account.run("alter table snowmesh_it.people.r_i drop all row access policies", role="ACCOUNTADMIN")
