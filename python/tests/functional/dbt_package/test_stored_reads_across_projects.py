"""A consumer that installs the package: what a public model of another project masks is not stored by accident, and what it declares
for itself is no business of the consumer's."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

UPSTREAM_MODELS = """
models:
  - name: fct
    config: {access: public, materialized: table, meta: {snowmesh: {tags: {data_product: orders}}}}
    columns:
      - {name: id}
      - {name: name, config: {meta: {snowmesh: {tags: {their_pii: name}}}}}
      - {name: email, config: {meta: {snowmesh: {tags: {shared_pii: email}}}}}
      - {name: phone, config: {meta: {snowmesh: {masking_policy: {name: theirs, using: [id]}}}}}
      - {name: plain, config: {meta: {snowmesh: {tags: {their_pii: null}}}}}
  - name: rows
    config: {access: public, materialized: table, meta: {snowmesh: {row_access_policy: their_rows}}}
"""
PROFILES = """
test:
  target: local
  outputs:
    local: {type: snowflake, account: local, user: u, password: p, database: db, schema: prod, threads: 1}
"""
DEFINITIONS = {
    "schema": "governance",
    "tags": {"shared_pii": {"masking_policies": ["open_"]}},
    "masking_policies": {"open_": {"data_type": "string", "unmasked_for": ["it_builder"], "masked": "'****'"}},
}
R = "{{ ref('upstream_project', 'fct') }}"
MODELS = {
    "star": (
        f"select * from {R}",
        "fct.NAME (tag their_pii of another project, which may mask), fct.PHONE (masking policy theirs)",
    ),
    "names": (f"select id, name from {R}", "fct.NAME (tag their_pii of another project, which may mask)"),
    "amounts": (f"select id, email, plain, count(*) as n from {R} group by all", None),
    "of_rows": (
        "select 1 as id from {{ ref('upstream_project', 'rows') }}",
        "all rows of rows (row access policy their_rows)",
    ),
}


@pytest.fixture(scope="module")
def errors(project: Any, account: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    from dbt.cli.main import dbtRunner

    upstream: Path = tmp_path_factory.mktemp("upstream")
    (upstream / "models").mkdir()
    for file, text in {
        "dbt_project.yml": "name: upstream_project\nprofile: test\nflags: {send_anonymous_usage_stats: false}\n",
        "profiles.yml": PROFILES,
        "models/fct.sql": "select 1 as id, 'Ada' as name, 'a@x' as email, '1' as phone, 'x' as plain",
        "models/rows.sql": "select 1 as id",
        "models/models.yml": UPSTREAM_MODELS,
    }.items():
        (upstream / file).write_text(text, encoding="utf-8")
    where = ("--project-dir", str(upstream), "--profiles-dir", str(upstream), "--quiet", "--log-level", "none")
    assert dbtRunner().invoke(["parse", *where]).success
    for folder in ("models", "seeds", "snapshots"):
        for path in (project.path / folder).iterdir():
            path.unlink()
    for name, (sql, _) in MODELS.items():
        project.write(f"models/{name}.sql", sql)
    project.write("dependencies.yml", yaml.safe_dump({"projects": [{"name": "upstream_project"}]}))
    project.configure(vars={"snowmesh": DEFINITIONS}, models={"+materialized": "table"}, seeds=None, snapshots=None)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SNOWMESH_MANIFESTS", f"upstream_project={upstream / 'target' / 'manifest.json'}")
        run = project.dbt("run-operation", "snowmesh.create_policies")
    assert not run.success
    return dict(re.findall(r"^ +\d+\. (\[[\w-]+\] [^:]*: model \w+): (.*)$", run.text, re.M))


@pytest.mark.parametrize("name", MODELS)
def test_what_may_be_masked_is_not_stored_by_accident(errors: dict[str, str], name: str) -> None:
    reads = MODELS[name][1]
    found = errors.get(f"[stores-masked] models/{name}.sql: model {name}", "")
    assert (reads in found) if reads else not found


def test_what_another_project_declares_is_not_checked_here(errors: dict[str, str]) -> None:
    """Its tags and policies are defined there."""
    assert {place.split()[0] for place in errors} == {"[stores-masked]"}
    assert len(errors) == 3
