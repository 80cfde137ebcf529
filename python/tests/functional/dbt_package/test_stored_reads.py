"""The trap that stores masks (M48, A15): which models are refused, which are not, and why; all in one run of one project."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

DEFINITIONS: dict[str, Any] = {
    "schema": "governance",
    "tags": {"pii": {"masking_policies": ["closed"]}, "open_pii": {"masking_policies": ["open_"]}, "note": None},
    "masking_policies": {
        "closed": {"data_type": "string", "unmasked_for": ["it_pii_reader"], "masked": "'****'"},
        "open_": {"data_type": "string", "unmasked_for": ["it_inherited"], "masked": "'****'"},
        "raw": {"data_type": "string", "body": "case when current_role() = 'IT_BUILDER' then val end"},
        "raw_open": {
            "data_type": "string",
            "body": "case when current_role() = 'IT_BUILDER' then val end",
            "unmasked_for": ["it_builder"],
        },
    },
    "row_access_policies": {"some_rows": {"columns": {"id": "number"}, "rows_for": {"it_builder": "id > 1"}}},
    "projection_policies": {"kept": {"allowed_for": ["it_pii_reader"]}},
}
PEOPLE = "select 1 as id, 'Ada' as name, 'a@x' as email, 'x' as open_mail, 'y' as raw_mail, 'z' as raw_open_mail, 'p' as hidden"
BLOCKS: dict[str, dict[str, Any]] = {
    "people": {},
    "rows": {"row_access_policy": "some_rows"},
    "whole": {"tags": {"pii": "x"}},
    "whole_contract": {"tags": {"pii": "x"}},
    "meant": {"stores_masked": "a copy for the archive"},
    "meant_without_reason": {"stores_masked": True},
}
COLUMNS = {
    "people": {
        "name": {"masking_policy": "closed"},
        "email": {"tags": {"pii": "x"}},
        "open_mail": {"tags": {"open_pii": "x"}},
        "raw_mail": {"masking_policy": "raw"},
        "raw_open_mail": {"masking_policy": "raw_open"},
        "hidden": {"projection_policy": "kept"},
    },
    "renaming_view": {},
    "own_key": {"name": {"masking_policy": "closed"}},
    "own_other": {"name": {"masking_policy": "closed"}},
}
R = "{{ ref('people') }}"
# name -> (materialized, SQL, what the error says that is read, or none)
MODELS: dict[str, tuple[str, str, str | None]] = {
    "people": ("table", PEOPLE, None),
    "rows": ("table", "select 1 as id", None),
    "whole": ("table", "select 1 as id, 'a' as name", None),
    "whole_contract": ("table", "select 1 as id, 'a' as name", None),
    "star": (
        "table",
        f"select * from {R}",
        "people.NAME (masking policy closed), people.EMAIL (masking policy closed)",
    ),
    "named": ("table", f"select id, Name from {R}", "people.NAME (masking policy closed)"),
    "filtered": ("incremental", f"select id from {R} where email like 'a%'", "people.EMAIL (masking policy closed)"),
    "raw_named": ("table", f"select raw_mail from {R}", "people.RAW_MAIL (masking policy raw)"),
    "projected": ("table", f"select hidden from {R}", "people.HIDDEN (projection policy kept)"),
    "not_named": ("table", f"select id, open_mail, raw_open_mail from {R}", None),
    "counted": ("table", f"select count(*) as n, sum(id * 2) as s, count( * ) as m from {R} group by id", None),
    "words": ("table", f"select id as nickname, 1 as name_of from {R}", None),
    "cte": ("table", f"with x as (select * from {R}) select id from x", "people.NAME (masking policy closed)"),
    "cte_contract": ("table", f"with x as (select * from {R}) select id from x", None),
    "hashed": ("table", f"select hash(*) as h from {R}", "people.NAME (masking policy closed)"),
    "hashed_contract": (
        "table",
        f"select hash(*)::number(38, 0) as id from {R}",
        "people.NAME (masking policy closed)",
    ),
    "by_macro": ("table", "select {{ columns_of() }} from " + R, "people.NAME (masking policy closed)"),
    "by_position": ("table", f"select $2 as x from {R}", "people.NAME (masking policy closed)"),
    "incremental_jinja": (
        "incremental",
        f"select id from {R} {{% if is_incremental() %}} where id > (select max(id) from {{{{ this }}}}) {{% endif %}}",
        None,
    ),
    "a_view": ("view", f"select * from {R}", None),
    "an_ephemeral": ("ephemeral", f"select id, open_mail from {R}", None),
    "renaming_view": ("view", f"select id, name as nick from {R}", None),
    "behind_view": ("table", "select id from {{ ref('a_view') }}", None),
    "behind_view_named": ("table", "select name from {{ ref('a_view') }}", "people.NAME (masking policy closed)"),
    "behind_ephemeral": ("table", "select * from {{ ref('an_ephemeral') }}", None),
    "behind_renaming": (
        "table",
        "select id, nick from {{ ref('renaming_view') }}",
        "people.NAME (masking policy closed)",
    ),
    "behind_table": ("table", "select * from {{ ref('meant') }}", None),
    "some_of_the_rows": ("table", "select id from {{ ref('rows') }}", "all rows of rows (row access policy some_rows)"),
    "of_whole": ("table", "select id from {{ ref('whole') }}", "whole.* (masking policy closed by tag pii)"),
    "of_whole_contract": ("table", "select id from {{ ref('whole_contract') }}", None),
    "of_source": (
        "table",
        "select secret from {{ source('raw', 'sourced') }}",
        "sourced.SECRET (masking policy closed)",
    ),
    "meant": ("table", f"select * from {R}", None),
    "meant_without_reason": ("table", f"select id from {R}", None),
    "own_key": ("incremental", "select 1 as id, 'a' as name", "NAME (masking policy closed)"),
    "own_other": ("incremental", "select 1 as id, 'a' as name", None),
    "own_rows": ("incremental", "select 1 as id", "all rows (row access policy some_rows)"),
}
CONFIG = {
    "own_key": {"unique_key": ["id", "name"]},
    "own_other": {"unique_key": "id"},
    "own_rows": {"unique_key": "id", "meta": {"snowmesh": {"row_access_policy": "some_rows"}}},
}
CONTRACTS = {
    "cte_contract": ["id number"],
    "hashed_contract": ["id number"],
    "whole_contract": ["id number", "name varchar"],
}


def node(name: str, materialized: str) -> dict[str, Any]:
    """The YAML of one model."""
    config = {"materialized": materialized, "meta": {"snowmesh": BLOCKS.get(name, {})}, **CONFIG.get(name, {})}
    columns = [
        {"name": column, "config": {"meta": {"snowmesh": block}}} for column, block in COLUMNS.get(name, {}).items()
    ]
    for written in CONTRACTS.get(name, []):
        config["contract"] = {"enforced": True}
        columns.append({"name": written.split()[0], "data_type": written.split()[1]})
    return {"name": name, "config": config, "columns": columns}


def write_models(project: Any, models: dict[str, tuple[str, str, str | None]]) -> None:
    for folder in ("models", "seeds", "snapshots"):
        for file in (project.path / folder).iterdir():
            file.unlink()
    for name, (_, sql, _) in models.items():
        project.write(f"models/{name}.sql", sql)
    nodes = [node(name, materialized) for name, (materialized, *_) in models.items()]
    source = {
        "name": "sourced",
        "columns": [{"name": "secret", "config": {"meta": {"snowmesh": {"tags": {"pii": "x"}}}}}],
    }
    sources = [{"name": "raw", "schema": "people", "tables": [source]}]
    project.write("models/models.yml", yaml.safe_dump({"models": nodes, "sources": sources}))
    project.write("macros/columns_of.sql", "{% macro columns_of() %}id{% endmacro %}")


@pytest.fixture(scope="module")
def checked(project: Any, account: Any) -> Any:
    account.run(
        "create role if not exists it_inherited", "grant role it_inherited to role it_builder", role="ACCOUNTADMIN"
    )
    write_models(project, MODELS)
    (project.path / "models" / "meant_without_reason.sql").unlink()
    config = project.config()
    project.configure(vars={"snowmesh": DEFINITIONS}, models=None, seeds=None, snapshots=None)
    text = (project.path / "models" / "models.yml").read_text(encoding="utf-8")
    document = yaml.safe_load(text)
    document["models"] = [item for item in document["models"] if item["name"] != "meant_without_reason"]
    project.write("models/models.yml", yaml.safe_dump(document))
    assert config["dispatch"]
    return project.dbt("build")


@pytest.fixture(scope="module")
def errors(checked: Any) -> dict[str, str]:
    """The text of each error by its model."""
    found = re.findall(r"\[(?:stores|reads-own)-masked\] [^:]*: model (\w+): (.*)", checked.text)
    return dict(found)


EXPECTED = {name: reads for name, (_, _, reads) in MODELS.items() if name != "meant_without_reason"}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_model_that_would_store_masks_is_refused_and_no_other(errors: dict[str, str], name: str) -> None:
    reads = EXPECTED[name]
    if reads is None:
        assert name not in errors
    else:
        assert reads in errors.get(name, "no error")


def test_nothing_is_built(checked: Any) -> None:
    assert not checked.success
    assert "Nothing was changed and nothing was built." in checked.text
    assert checked.governance == []
    found = re.findall(r"\[(?:stores|reads-own)-masked\]", str(checked.exception))
    assert len(found) == len([reads for reads in EXPECTED.values() if reads])


def test_the_message_says_what_to_do(checked: Any) -> None:
    assert "by the role it_builder, which does not see" in checked.text
    assert 'write the reason: meta: snowmesh: stores_masked: "..."' in checked.text


def test_one_query_asks_for_all_roles(checked: Any) -> None:
    """R31: IS_ROLE_IN_SESSION knows inherited and secondary roles; IT_BUILDER has IT_INHERITED."""
    asked = [sql for _, sql in checked.statements if "is_role_in_session" in sql and sql.startswith("select")]
    assert len(asked) == 1


def test_the_reason_is_a_text(project: Any, checked: Any) -> None:
    write_models(project, {name: MODELS[name] for name in ("people", "meant_without_reason")})
    run = project.dbt("run-operation", "snowmesh.create_policies")
    assert "[no-reason] models/models.yml: model meant_without_reason" in run.text


def test_what_is_allowed_is_built_and_true(project: Any, checked: Any, read: Any) -> None:
    """A model that passes the check reads nothing masked: the values are those of the query."""
    good = [name for name, reads in EXPECTED.items() if reads is None and not name.startswith(("of_", "rows", "own"))]
    kinds = ("row_access_policies", "projection_policies")
    project.configure(vars={"snowmesh": {key: value for key, value in DEFINITIONS.items() if key not in kinds}})
    write_models(project, {name: MODELS[name] for name in good})
    document = yaml.safe_load((project.path / "models" / "models.yml").read_text(encoding="utf-8"))
    people = document["models"][0]
    people["columns"] = [column for column in people["columns"] if column["name"] != "hidden"]
    project.write("models/models.yml", yaml.safe_dump(document))
    run = project.dbt("build")
    assert run.success, run.text
    assert read("IT_BUILDER", "select * from not_named") == [(1, "x", "z")]
    assert read("IT_BUILDER", "select name from meant") == [("****",)]


def test_snapshots(project: Any, checked: Any) -> None:
    """dbt-internals.md 2.3-4: a masked check column looks changed on every run."""
    write_models(project, {"people": MODELS["people"]})
    project.configure(vars={"snowmesh": DEFINITIONS})
    base = {"relation": "ref('people')"}
    block = {"meta": {"snowmesh": {"stores_masked": None}}}
    snapshots = [
        {"name": "s_all", **base, "config": {"strategy": "check", "check_cols": "all", "unique_key": "id", **block}},
        {"name": "s_key", **base, "config": {"strategy": "check", "check_cols": ["id"], "unique_key": "name", **block}},
        {"name": "s_fine", **base, "config": {"strategy": "check", "check_cols": ["id"], "unique_key": "id", **block}},
    ]
    for snapshot in snapshots:
        snapshot["columns"] = [{"name": "name", "config": {"meta": {"snowmesh": {"masking_policy": "closed"}}}}]
    project.write("snapshots/s.yml", yaml.safe_dump({"snapshots": snapshots}))
    run = project.dbt("run-operation", "snowmesh.create_policies")
    found = re.findall(r"\[reads-own-masked\] [^:]*: snapshot (\w+)", run.text)
    assert sorted(found) == ["s_all", "s_key"]
    Path(project.path / "snapshots" / "s.yml").unlink()
