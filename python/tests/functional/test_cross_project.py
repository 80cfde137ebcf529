"""Cross-project ref through the real dbt: the downstream project has nothing but its dependencies.yml."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dbt.cli.main import dbtRunner
from dbt.parser.manifest import ManifestLoader

from dbt_snowmesh.locate import VARIABLE

PROFILES = """
test:
  target: local
  outputs:
    local: {type: snowflake, account: local, user: u, password: p, database: db, schema: prod, threads: 1}
"""
MODELS = """
groups: [{name: core, owner: {name: Core, email: core@example.com}}]
models:
  - name: fct_orders
    description: One row for each order.
    config:
      access: public
      materialized: table
      contract: {enforced: true}
      tags: [nightly]
      meta: {tier: 1}
    columns:
      - {name: order_key, data_type: number, description: Key of the order., constraints: [{type: not_null}]}
      - {name: name, data_type: varchar, config: {meta: {snowmesh: {tags: {pii_data: name}}}, tags: [pii]}}
  - name: dim_dates
    latest_version: 2
    config: {access: public}
    versions: [{v: 1}, {v: 2}]
  - name: int_prices
  - name: secret
    config: {access: private, group: core}
"""


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def project_files(name: str, extra: str = "") -> dict[str, str]:
    project = f"name: {name}\nprofile: test\nflags: {{send_anonymous_usage_stats: false}}\n{extra}"
    return {"dbt_project.yml": project, "profiles.yml": PROFILES}


def dbt(folder: Path, *arguments: str) -> Any:
    options = [
        "--project-dir",
        str(folder),
        "--profiles-dir",
        str(folder),
        "--quiet",
        "--log-path",
        str(folder / "logs"),
    ]
    return dbtRunner().invoke([*arguments, *options])


def refused(folder: Path, *arguments: str) -> str:
    """The error of a dbt command that must fail, and fail without a traceback."""
    result = dbt(folder, *(arguments or ("parse",)))
    assert not result.success
    text = str(result.exception)
    assert "Traceback" not in text
    return text


def manifest_of(folder: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((folder / "target" / "manifest.json").read_text())
    return document


@pytest.fixture(scope="module")
def built_upstream(tmp_path_factory: pytest.TempPathFactory) -> Path:
    files = {
        f"models/{name}.sql": "select 1 as order_key, 'x' as name" for name in ("fct_orders", "int_prices", "secret")
    }
    files |= {f"models/dim_dates_v{v}.sql": "select 1 as day" for v in (1, 2)}
    files |= {"models/models.yml": MODELS, "seeds/countries.csv": "id\n1\n"}
    quoting = "quoting: {identifier: true}\n"
    folder = write(tmp_path_factory.mktemp("up") / "orders", project_files("orders", quoting) | files)
    result = dbt(folder, "parse")
    assert result.success, result.exception
    return folder


@pytest.fixture
def mesh(built_upstream: Path, tmp_path: Path) -> Iterator[Path]:
    """A folder with the upstream project `orders`, parsed, and the downstream project `finance`, not yet."""
    shutil.copytree(built_upstream, tmp_path / "orders")
    declaration = "projects:\n  - name: orders\n"
    write(tmp_path / "finance", project_files("finance") | {"dependencies.yml": declaration, "models/.keep": ""})
    yield tmp_path
    ManifestLoader.inject_external_nodes = _original_injection()


def _original_injection() -> Any:
    from dbt_snowmesh import plugin

    return plugin._ORIGINAL


def finance(mesh: Path, sql: str, **models: str) -> Path:
    models = {"agg": sql, **models}
    write(mesh / "finance", {"seeds/rates.csv": "id\n1\n"})
    return write(mesh / "finance", {f"models/{name}.sql": text for name, text in models.items()})


def change_upstream(mesh: Path, model: str, **values: object) -> None:
    path = mesh / "orders" / "target" / "manifest.json"
    document = json.loads(path.read_text())
    document["nodes"][f"model.orders.{model}"] |= values
    path.write_text(json.dumps(document))


def test_a_public_model_arrives_with_columns_and_description(mesh: Path) -> None:
    """What the plugin API of dbt leaves out (mesh 2.2, 2.6)."""
    folder = finance(mesh, "select * from {{ ref('orders', 'fct_orders') }}")
    assert dbt(folder, "parse", "--warn-error").success
    document = manifest_of(folder)
    node = document["nodes"]["model.orders.fct_orders"]
    assert document["nodes"]["model.finance.agg"]["depends_on"]["nodes"] == ["model.orders.fct_orders"]
    assert node["description"] == "One row for each order."
    assert node["config"]["materialized"] == "table"
    assert (node["access"], node["tags"], node["meta"]) == ("public", ["nightly"], {"tier": 1})
    assert node["contract"]["enforced"] is True
    assert node["contract"]["checksum"]
    key, name = node["columns"]["order_key"], node["columns"]["name"]
    assert (key["data_type"], key["description"]) == ("number", "Key of the order.")
    assert key["constraints"][0]["type"] == "not_null"
    assert (name["tags"], name["meta"]) == (["pii"], {"snowmesh": {"tags": {"pii_data": "name"}}})
    assert name["config"]["meta"] == name["meta"]


def test_only_public_models_arrive(mesh: Path) -> None:
    """Mesh 2.4: with dbt-loom private and protected models are in the manifest."""
    folder = finance(mesh, "select 1 as x")
    assert dbt(folder, "parse").success
    arrived = {unique_id for unique_id in manifest_of(folder)["nodes"] if ".orders." in unique_id}
    assert arrived == {"model.orders.fct_orders", "model.orders.dim_dates.v1", "model.orders.dim_dates.v2"}


def test_the_ref_compiles_to_the_relation_as_the_upstream_project_quotes_it(mesh: Path) -> None:
    from dbt.adapters.snowflake import SnowflakeRelation

    folder = finance(mesh, "select * from {{ ref('orders', 'fct_orders') }}")
    result = dbt(folder, "parse")
    node = result.result.nodes["model.orders.fct_orders"]

    class OfTheDownstreamProject:
        quoting = {"database": False, "schema": False, "identifier": False}

    assert SnowflakeRelation.create_from(OfTheDownstreamProject(), node).render() == 'db.prod."fct_orders"'


def test_versions_latest_and_pinned(mesh: Path) -> None:
    folder = finance(
        mesh,
        "select * from {{ ref('orders', 'dim_dates') }}",
        pinned="select * from {{ ref('orders', 'dim_dates', v=1) }}",
    )
    result = dbt(folder, "parse")
    assert result.success, result.exception
    nodes = manifest_of(folder)["nodes"]
    assert nodes["model.finance.agg"]["depends_on"]["nodes"] == ["model.orders.dim_dates.v2"]
    assert nodes["model.finance.pinned"]["depends_on"]["nodes"] == ["model.orders.dim_dates.v1"]


def test_a_deprecated_version_is_warned_about(mesh: Path) -> None:
    folder = finance(mesh, "select * from {{ ref('orders', 'dim_dates', v=1) }}")
    change_upstream(mesh, "dim_dates.v1", deprecation_date="2020-01-01T00:00:00+00:00")
    assert "dim_dates" in refused(folder, "parse", "--warn-error-options", '{"error": ["DeprecatedReference"]}')


def test_a_second_parse_from_the_saved_state(mesh: Path) -> None:
    folder = finance(mesh, "select * from {{ ref('orders', 'fct_orders') }}")
    assert dbt(folder, "parse").success
    assert dbt(folder, "parse").success
    assert manifest_of(folder)["nodes"]["model.orders.fct_orders"]["columns"]


def test_an_upstream_model_that_is_no_longer_public(mesh: Path) -> None:
    """Seen although nothing changed in the downstream project and dbt reads its saved state."""
    folder = finance(mesh, "select * from {{ ref('orders', 'fct_orders') }}")
    assert dbt(folder, "parse").success
    change_upstream(mesh, "fct_orders", access="protected")
    assert "that model is protected" in refused(folder)


def test_nothing_upstream_is_ever_built(mesh: Path) -> None:
    folder = finance(mesh, "select * from {{ ref('orders', 'fct_orders') }}")
    result = dbt(folder, "run", "--select", "package:orders")
    assert result.success, result.exception
    assert list(result.result) == []


def test_no_connection_is_opened(mesh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Any] = []
    monkeypatch.setattr(socket.socket, "connect", lambda _, address: opened.append(address))
    assert dbt(finance(mesh, "select * from {{ ref('orders', 'fct_orders') }}"), "parse").success
    assert opened == []


@pytest.mark.parametrize(
    ("ref", "said"),
    [
        ("'orders', 'fct_order'", "Did you mean 'fct_orders'?"),
        ("'orders', 'int_prices'", "that model is protected: only public models cross projects"),
        ("'orders', 'secret'", "ask its owner (core: core@example.com)"),
        ("'orders', 'dim_dates', v=3", "that version does not exist. Versions: 1, 2."),
        ("'orders', 'countries'", "'countries' is a seed of orders"),
        ("'order', 'fct_orders'", "dependencies.yml does not name the project 'order'. Did you mean 'orders'?"),
    ],
)
def test_a_ref_that_cannot_resolve(mesh: Path, ref: str, said: str) -> None:
    text = refused(finance(mesh, f"select * from {{{{ ref({ref}) }}}}"))
    assert "models/agg.sql uses ref(" in text
    assert said in text
    assert "Next: " in text


def test_all_that_is_wrong_is_said_at_once(mesh: Path) -> None:
    wrong = "select * from {{ ref('orders', 'nothing') }}"
    text = refused(finance(mesh, wrong, other="select * from {{ ref('orders', 'secret') }}"))
    assert "Cross-project ref: 2 problems" in text


def test_a_ref_of_a_data_test_is_checked_too(mesh: Path) -> None:
    """dbt alone warns and leaves the test out."""
    folder = write(mesh / "finance", {"tests/t.sql": "select * from {{ ref('orders', 'nothing') }}"})
    assert "tests/t.sql uses ref('orders', 'nothing')" in refused(folder)


def test_the_upstream_manifest_is_missing(mesh: Path) -> None:
    folder = finance(mesh, "select * from {{ ref('orders', 'fct_orders') }}")
    shutil.rmtree(mesh / "orders" / "target")
    text = refused(folder)
    assert "project 'orders' is in ../orders, and has no manifest yet" in text
    assert "`cd ../orders && dbt deps && dbt parse`" in text


def test_the_upstream_manifest_is_not_readable(mesh: Path) -> None:
    folder = finance(mesh, "select * from {{ ref('orders', 'fct_orders') }}")
    (mesh / "orders" / "target" / "manifest.json").write_bytes(b"\x1f\x8b")
    assert "is not JSON" in refused(folder)


def test_a_manifest_with_a_node_that_makes_no_sense(mesh: Path) -> None:
    folder = finance(mesh, "select * from {{ ref('orders', 'fct_orders') }}")
    change_upstream(mesh, "fct_orders", package_name="orders", deprecation_date="soon")
    assert "cannot be understood (ValueError: Invalid isoformat string: 'soon')" in refused(folder)


def test_an_unknown_project(mesh: Path) -> None:
    folder = finance(mesh, "select * from {{ ref('orderz', 'fct_orders') }}")
    write(folder, {"dependencies.yml": "projects: [{name: orderz}]"})
    assert "no dbt project named 'orderz' was found in the folders around finance. Did you mean 'orders'?" in refused(
        folder
    )


def test_the_manifest_that_the_variable_names(mesh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = finance(mesh, "select * from {{ ref('orders', 'fct_orders') }}")
    (mesh / "orders" / "target" / "manifest.json").rename(mesh / "kept.json")
    monkeypatch.setenv(VARIABLE, "orders=../kept.json")
    assert dbt(folder, "parse", "--warn-error").success


@pytest.mark.parametrize("declaration", ["projects: [orders]", "projects: [{name: nowhere}]", "projects: {orders: 1}"])
def test_a_declaration_that_no_ref_needs_never_breaks_a_project(mesh: Path, declaration: str) -> None:
    folder = write(finance(mesh, "select 1 as x"), {"dependencies.yml": declaration})
    result = dbt(folder, "parse", "--warn-error")
    assert result.success, result.exception


def test_a_project_without_declaration_is_left_alone(mesh: Path) -> None:
    """Also after a command for a project with one, in the same process."""
    assert dbt(finance(mesh, "select 1 as x"), "parse").success
    assert ManifestLoader.inject_external_nodes is not _original_injection()
    assert dbt(mesh / "orders", "parse").success
    assert ManifestLoader.inject_external_nodes is _original_injection()


def test_dbts_own_message_for_a_project_without_declaration(mesh: Path) -> None:
    folder = finance(mesh, "select * from {{ ref('orders', 'fct_orders') }}")
    (folder / "dependencies.yml").unlink()
    text = refused(folder)
    assert "which was not found" in text
    assert "Cross-project ref" not in text


def test_commands_that_do_not_parse_do_not_need_the_manifest(mesh: Path) -> None:
    shutil.rmtree(mesh / "orders" / "target")
    assert dbt(finance(mesh, "select * from {{ ref('orders', 'fct_orders') }}"), "deps").success


def test_an_installed_package_of_the_same_name_wins(mesh: Path) -> None:
    """The full source is there: nothing is injected beside it."""
    folder = finance(mesh, "select * from {{ ref('orders', 'fct_orders') }}")
    write(folder, {"packages.yml": "packages: [{local: ../orders}]"})
    assert dbt(folder, "deps").success
    result = dbt(folder, "parse")
    assert result.success, result.exception
    assert manifest_of(folder)["nodes"]["model.orders.fct_orders"]["original_file_path"] == "models/fct_orders.sql"


def run_dbt(folder: Path, python_path: Path) -> str:
    """dbt in a process of its own, with more to import."""
    code = f"import sys; sys.path.insert(0, {str(python_path)!r}); from dbt.cli.main import cli; cli()"
    command = [sys.executable, "-c", code, "parse", "--no-use-colors"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).stdout


def test_a_project_that_dbt_loom_injects_is_left_to_it(mesh: Path) -> None:
    """The stand-in for dbt-loom injects nothing, so that the ref fails: with dbt's own message, not with ours."""
    folder = finance(mesh, "select * from {{ ref('orders', 'fct_orders') }}")
    write(mesh, {"lib/dbt_loom.py": ""})
    write(folder, {"dbt_loom.config.yml": "manifests: [{name: orders, type: file, config: {path: x.json}}]"})
    text = run_dbt(folder, mesh / "lib")
    assert "which was not found" in text
    assert "Cross-project ref" not in text


def test_the_import_that_every_dbt_command_makes_is_light() -> None:
    """Mesh 2.2: dbt imports every dbt_* module, in every project of the environment."""
    code = "import sys; before = set(sys.modules); import dbt_snowmesh; print(sorted(set(sys.modules) - before))"
    imported = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert imported.strip() == "['__future__', 'dbt_snowmesh', 'typing']" or "dbt.'" not in imported
    for heavy in ("'dbt'", "'yaml'", "'snowmesh'", "'dbt_snowmesh.plugin'"):
        assert heavy not in imported


def test_a_dbt_that_the_plugin_does_not_fit_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    import dbt_snowmesh

    monkeypatch.delitem(sys.modules, "dbt_snowmesh.plugin", raising=False)
    monkeypatch.delattr(dbt_snowmesh, "plugin", raising=False)
    monkeypatch.delattr(ManifestLoader, "inject_external_nodes")
    with pytest.warns(RuntimeWarning, match="cross-project ref is off"):
        assert dbt_snowmesh.plugins == []
