"""What stands in the CREATE, what cannot, and what happens when it must not be sent."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

# the building role is not exempt: what it reads from a masked relation is masked
DEFINITIONS: dict[str, Any] = {
    "schema": "governance",
    "tags": {"pii": {"masking_policies": ["mask"]}, "note": None},
    "masking_policies": {
        "mask": {"data_type": "string", "unmasked_for": ["it_pii_reader"], "masked": "'****'"},
        "masks_numbers": {"data_type": "number", "unmasked_for": ["it_pii_reader"], "masked": 0},
    },
}
ADA = "select 1 as id, 'Ada' as name"
TAGGED = {"tags": {"pii": "x"}}


@pytest.fixture(scope="module")
def models(project: Any, account: Any) -> Any:
    for folder in ("models", "seeds", "snapshots"):
        for file in (project.path / folder).iterdir():
            file.unlink()
    config = project.config()
    for kind in ("models", "seeds"):
        config[kind].pop("+meta", None)
        config[kind].pop("+post-hook")
    project.configure(vars={"snowmesh": DEFINITIONS}, models=config["models"], seeds=config["seeds"])
    return project


def declare(project: Any, name: str, columns: dict[str, Any], kind: str = "models", **config: Any) -> None:
    """The YAML of one node, whose governed columns carry these blocks."""
    described = [
        {"name": column, "data_type": kind_of, "config": {"meta": {"snowmesh": block}}}
        for column, (kind_of, block) in columns.items()
    ]
    project.write(
        f"{kind}/{kind}.yml", yaml.safe_dump({kind: [{"name": name, "config": config, "columns": described}]})
    )


def created(run: Any, name: str) -> list[str]:
    return [sql for sql in run.of(name) if sql.startswith("create")]


REFUSED: dict[str, dict[str, Any]] = {
    "unknown-column": {"nmae": ("varchar", TAGGED)},
    "type-mismatch": {"name": ("varchar", {"masking_policy": "masks_numbers"})},
}


@pytest.mark.parametrize("code", REFUSED)
@pytest.mark.parametrize("materialized", ["table", "view", "incremental", "seed"])
def test_a_refused_build_leaves_what_was_there(models: Any, read: Any, materialized: str, code: str) -> None:
    """The columns are checked before the CREATE is sent, and before --full-refresh drops a seed."""
    name = f"kept_{materialized}_{code}".replace("-", "_")
    kind = "seeds" if materialized == "seed" else "models"
    config = {} if kind == "seeds" else {"materialized": materialized}
    models.write(f"{kind}/{name}.{'csv' if kind == 'seeds' else 'sql'}", "id,name\n1,Ada\n" if kind == "seeds" else ADA)
    declare(models, name, {"name": ("varchar", TAGGED)}, kind, **config)
    good = models.dbt("build", "--select", name)
    assert good.success, good.text
    declare(models, name, REFUSED[code], kind, **config)
    run = models.dbt("build", "--select", name, "--full-refresh")
    (models.path / kind / f"{kind}.yml").unlink()
    assert not run.success
    assert f"[{code}] {kind}/{kind}.yml: {kind[:-1]} {name}, column" in run.text
    assert "Nothing was built" in run.text
    changing = ("create or", "create table", "drop", "alter", "revoke", "truncate")
    assert [sql for sql in run.of(name) if sql.startswith(changing)] == []
    assert read("IT_ANALYST", f"select name from {name}") == [("****",)]
    assert read("IT_PII_READER", f"select name from {name}") == [("Ada",)]


@pytest.mark.parametrize("contract", [True, False])
def test_a_temporary_relation_is_never_masked(models: Any, read: Any, contract: bool) -> None:
    """dbt-internals.md 2.3-1: from a masked __dbt_tmp the mask itself would be stored for ever."""
    name = f"kept_clear_{contract}".lower()
    models.write(f"models/{name}.sql", ADA)
    config: dict[str, Any] = {
        "materialized": "incremental",
        "incremental_strategy": "delete+insert",
        "unique_key": "id",
    }
    config.update(contract={"enforced": contract}, on_schema_change="fail")
    declare(models, name, {"id": ("number(38,0)", {}), "name": ("varchar", TAGGED)}, **config)
    for _ in range(2):
        run = models.dbt("build", "--select", name)
        assert run.success, run.text
        assert read("IT_PII_READER", f"select name from {name}") == [("Ada",)]
        assert read("IT_BUILDER", f"select name from {name}") == [("****",)]
    temporary = [sql for sql in run.of(name) if sql.startswith("create or replace temporary")]
    assert temporary
    assert " with tag " not in temporary[0]


def test_more_than_a_hundred_tags(models: Any, read: Any) -> None:
    """T11: what masks goes into the CREATE, the rest follows before the first GRANT."""
    columns = ", ".join(f"'Ada' as c{number}" for number in range(60))
    models.write("models/wide.sql", f"select {columns}")
    block = {"tags": {"note": "n", "pii": "x"}}
    declare(models, "wide", {f"c{number}": ("varchar", block) for number in range(60)})
    run = models.dbt("build", "--select", "wide")
    assert run.success, run.text
    sent = [sql for sql in run.of("wide") if sql.startswith(("create", "alter", "grant"))]
    assert [sql.split()[0] for sql in sent] == ["create", "alter", "grant", "grant"]
    assert [sent[0].count('."PII" = '), sent[0].count('."NOTE" = ')] == [60, 40]
    assert sent[1].count(" = ") == 20
    assert "people.wide" not in models.dbt("run-operation", "snowmesh.plan").output


def test_copied_tags_would_win(models: Any) -> None:
    """dbt-internals.md 2.3-5: with copy_tags the old value wins over WITH TAG. The tag is there from the first moment all
    the same, and its value is compared before the first GRANT."""
    models.write("models/copying.sql", ADA)
    block = {"tags": {"note": "n"}, "masking_policy": "mask"}
    declare(models, "copying", {"name": ("varchar", block)}, materialized="table", copy_tags=True)
    run = models.dbt("build", "--select", "copying")
    assert run.success, run.text
    created, *after = [sql for sql in run.of("copying") if sql.startswith(("create", "alter", "grant", "select"))][-4:]
    assert " with masking policy " in created
    assert " with tag " in created
    assert "tag_references" in after[0]
    assert [sql.split()[0] for sql in after[1:]] == ["grant", "grant"]


OTHER_SHAPES = {
    "table": "{% macro snowflake__get_table_columns_and_constraints() %}(id number, name varchar(16)){% endmacro %}",
    "view": "{% macro get_persist_docs_column_list(a, b) %}(id, name){% endmacro %}",
}


@pytest.mark.parametrize("materialized", OTHER_SHAPES)
def test_a_create_of_another_shape_is_not_sent(models: Any, materialized: str) -> None:
    """A macro of the project between dbt and us: an error, never a CREATE without governance."""
    name = f"shaped_{materialized}"
    models.write(f"models/{name}.sql", ADA)
    models.write("macros/shape.sql", OTHER_SHAPES[materialized])
    config: dict[str, Any] = {"contract": {"enforced": True}} if materialized == "table" else {}
    config.update(persist_docs={"columns": True}, materialized=materialized)
    declare(models, name, {"id": ("number(38,0)", {}), "name": ("varchar", TAGGED)}, **config)
    run = models.dbt("build", "--select", name)
    (models.path / "macros" / "shape.sql").unlink()
    assert not run.success
    assert "[unexpected-create]" in run.text
    assert created(run, name) == []
