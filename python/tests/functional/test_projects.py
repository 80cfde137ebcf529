"""The two projects of the mesh, bootstrapped and built by the real dbt-snowflake, and read as each role."""

from __future__ import annotations

import json
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from dbt.cli.main import dbtRunner
from dbt.deprecations import reset_deprecations
from snowflake.connector.errors import ProgrammingError

from snowmesh.bootstrap import expand, mesh_file
from snowmesh.bootstrap.cli import main as mesh_bootstrap
from snowmesh.bootstrap.declared import Item
from snowmesh.bootstrap.wording import say_item
from snowmesh.local.watch import watching
from tests.functional.least_privilege import Account, Recorder

REPOSITORY = Path(__file__).parents[3]
ORDERS = "foundational_db.prod.fct_orders"
WAREHOUSES = {
    "FOUNDATIONAL_ROLE": "FOUNDATIONAL_WH",
    "FOUNDATIONAL_PII_READER_ROLE": "FOUNDATIONAL_WH",
    "FINANCE_ROLE": "FINANCE_WH",
}
NOT_AUTHORIZED = 2003  # the object is missing or invisible (P27)
INSUFFICIENT = 3001


@dataclass(frozen=True)
class Mesh:
    """The account with both projects built, and a copy of the projects to build them again."""

    folder: Path
    account: Any
    builds: dict[str, list[str]]
    recorder: Recorder

    def dbt(self, project: str, *arguments: str, profiles: Path | None = None) -> Any:
        folder = self.folder / "projects" / project
        options = ["--project-dir", str(folder), "--profiles-dir", str(profiles or folder), "--quiet"]
        target = ["--target", "prod"] if self.account.live else []
        return dbtRunner().invoke([*arguments, *options, *target, "--log-path", str(folder / "logs")])

    def build(self, project: str, *arguments: str) -> list[str]:
        """Build a project; the statuses of its nodes, sorted."""
        result = self.dbt(project, "build", *arguments)
        assert result.exception is None, result.exception
        failed = [f"{node.node.unique_id}: {node.message}" for node in result.result if node.status in BROKEN]
        assert result.success, failed
        return sorted(str(node.status) for node in result.result)

    def read(self, sql: str, role: str = "FOUNDATIONAL_ROLE", user: str = "ADMIN") -> list[tuple[Any, ...]]:
        warehouse = WAREHOUSES.get(role)
        statements = [f"use warehouse {warehouse}"] if warehouse else []
        rows: list[tuple[Any, ...]] = self.account.run(*statements, sql, role=role, user=user)
        return rows

    def refused(self, sql: str, role: str) -> int:
        with pytest.raises(ProgrammingError) as error:
            self.read(sql, role)
        code: int = error.value.errno
        return code


BROKEN = ("error", "fail", "skipped", "runtime error")


@pytest.fixture(scope="module")
def mesh(local_snowflake: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mesh]:
    folder = tmp_path_factory.mktemp("mesh")
    generated = shutil.ignore_patterns("target", "logs", "dbt_packages", "package-lock.yml", ".user.yml")
    shutil.copytree(REPOSITORY / "projects", folder / "projects", ignore=generated)
    for part in ("dbt_project.yml", "macros"):  # the package that the projects install by `local: ../..`
        (folder / part).symlink_to(REPOSITORY / part)
    bootstrap(local_snowflake, folder / "projects" / "mesh.yml")
    mesh = Mesh(folder, local_snowflake, {}, Recorder())
    assert mesh.dbt("foundational", "deps").success
    with watching(mesh.recorder):
        for project in ("foundational", "finance"):
            mesh.builds[project] = mesh.build(project)
    yield mesh


def bootstrap(account: Any, mesh_file: Path) -> None:
    where = ["-c", account.live] if account.live else ["--local", str(account.port)]
    result = CliRunner().invoke(mesh_bootstrap, ["apply", "--file", str(mesh_file), "--yes", *where])
    assert result.exit_code == 0, result.output


def test_both_projects_build_and_every_test_runs(mesh: Mesh) -> None:
    """Nothing is skipped: 4 models, 30 data tests, 3 unit tests and a hook upstream; 1, 4 and 1 downstream."""
    statuses = {project: sorted(set(builds)) for project, builds in mesh.builds.items()}
    assert statuses == {"foundational": ["pass", "success"], "finance": ["pass", "success"]}
    assert {project: len(builds) for project, builds in mesh.builds.items()} == {"foundational": 38, "finance": 6}


def test_a_second_build_is_green(mesh: Mesh) -> None:
    before = mesh.read(f"select sum(net_item_sales_amount), count(*) from {ORDERS}")
    for project in ("foundational", "finance"):
        assert mesh.build(project) == mesh.builds[project]
    assert mesh.read(f"select sum(net_item_sales_amount), count(*) from {ORDERS}") == before
    assert mesh.read(f"select distinct name from {ORDERS}", "FINANCE_ROLE") == [("****",)]


def test_who_sees_the_name(mesh: Mesh) -> None:
    """Clear for the owner and the reader, masked for the consumer, refused to the rest; secondary roles off (R31)."""
    query = f"select name from {ORDERS} order by order_key limit 1"
    clear = mesh.read(query)
    assert clear[0][0].startswith("Customer#")
    assert mesh.read(query, "FOUNDATIONAL_PII_READER_ROLE") == clear
    assert mesh.read(f"select distinct name from {ORDERS}", "FINANCE_ROLE") == [("****",)]
    assert mesh.refused(query, "MARKETING_ROLE") == NOT_AUTHORIZED


def test_the_service_user_of_finance_sees_the_mask_with_all_its_roles(mesh: Mesh) -> None:
    """R31: secondary roles are ALL by default, so what counts is what the user may be, not what it says it is."""
    if mesh.account.live:
        pytest.skip("the key of the service user is not ours")
    connection = mesh.account.connect("FINANCE_ROLE", user="FINANCE_DBT", secondary="ALL", warehouse="FINANCE_WH")
    with connection, connection.cursor() as cursor:
        assert cursor.execute(f"select distinct name from {ORDERS}").fetchall() == [("****",)]


@pytest.mark.parametrize("role", ["FINANCE_ROLE", "FOUNDATIONAL_PII_READER_ROLE", "MARKETING_ROLE"])
@pytest.mark.parametrize("relation", ["stg_customers", "stg_orders", "stg_line_items"])
def test_the_staging_views_are_nobodys_but_the_owners(mesh: Mesh, role: str, relation: str) -> None:
    assert mesh.refused(f"select * from foundational_db.prod.{relation}", role) == NOT_AUTHORIZED


@pytest.fixture
def auditor(mesh: Mesh) -> Iterator[str]:
    """A role that may read the staging views, and is not exempt from any mask."""
    role, database = "PROJECTS_AUDITOR_ROLE", "foundational_db"
    views = [f"grant select on view {database}.prod.{view} to role {role}" for view in ("stg_customers", "stg_orders")]
    mesh.account.run(
        f"create role {role}",
        f"grant role {role} to role sysadmin",
        f"grant usage on database {database} to role {role}",
        f"grant usage on schema {database}.prod to role {role}",
        f"grant usage on warehouse foundational_wh to role {role}",
        *views,
        role="ACCOUNTADMIN",
    )
    WAREHOUSES[role] = "FOUNDATIONAL_WH"
    yield role
    mesh.account.run(f"drop role {role}", role="ACCOUNTADMIN")


def test_personal_data_is_masked_from_the_staging_views_on(mesh: Mesh, auditor: str) -> None:
    """Not one column of one table only: whoever is let in to a staging view later sees the masks."""
    customers = "select distinct name, address, phone, comment from foundational_db.prod.stg_customers"
    assert mesh.read(customers, auditor) == [("****", "****", "****", "****")]
    orders = "select distinct clerk_name, comment from foundational_db.prod.stg_orders"
    assert mesh.read(orders, auditor) == [("****", "****")]
    assert len(mesh.read("select distinct phone from foundational_db.prod.stg_customers")) > 1


def test_finance_cannot_build_an_upstream_model(mesh: Mesh, tmp_path: Path) -> None:
    """Neither with the upstream project itself under finance's login, nor by hand."""
    if mesh.account.live:
        pytest.skip("the key of the service user is not ours")
    text = (mesh.folder / "projects/finance/profiles.yml").read_text().replace("finance:", "foundational:", 1)
    text = text.replace("database: FINANCE_DB", "database: FOUNDATIONAL_DB")
    (tmp_path / "profiles.yml").write_text(text)
    before = mesh.read(f"select sum(net_item_sales_amount), max(name) from {ORDERS}")
    result = mesh.dbt("foundational", "run", "--select", "stg_orders", "fct_orders", profiles=tmp_path)
    assert not result.success
    assert mesh.refused(f"create or replace table {ORDERS} as select 1 as a", "FINANCE_ROLE") == INSUFFICIENT
    assert mesh.refused(f"delete from {ORDERS}", "FINANCE_ROLE") == INSUFFICIENT
    assert mesh.read(f"select sum(net_item_sales_amount), max(name) from {ORDERS}") == before


def test_finance_selects_upstream_models_and_builds_none(mesh: Mesh) -> None:
    result = mesh.dbt("finance", "run", "--select", "package:foundational_project")
    assert result.success, result.exception
    assert list(result.result) == []


def test_finance_owns_nothing_upstream(mesh: Mesh) -> None:
    rows = mesh.account.run("show grants to role finance_role", role="ACCOUNTADMIN")
    owned = [str(row[3]) for row in rows if row[1] == "OWNERSHIP"]
    assert [name for name in owned if not name.startswith("FINANCE_DB.")] == []
    assert "FINANCE_DB.PROD.AGG_SEGMENT_REVENUE" in owned


def item_amounts(mesh: Mesh) -> dict[int, list[Decimal]]:
    """gross, discount, tax by order, computed in Python from the raw items."""
    items = mesh.read(
        "select l_orderkey, l_extendedprice, l_discount, l_tax from snowflake_sample_data.tpch_sf1.lineitem"
    )
    amounts: dict[int, list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0), Decimal(0)])
    for order, price, discount, tax in items:
        for index, amount in enumerate((price, -price * discount, price * (1 - discount) * tax)):
            amounts[order][index] += amount
    return amounts


def test_the_amounts_of_every_order_are_exact(mesh: Mesh) -> None:
    if mesh.account.live:
        pytest.skip("6 million items are not fetched")
    built = mesh.read(
        f"select order_key, gross_item_sales_amount, item_discount_amount, item_tax_amount, net_item_sales_amount "
        f"from {ORDERS}"
    )
    expected = {order: (*amounts, sum(amounts)) for order, amounts in item_amounts(mesh).items()}
    assert {order: tuple(amounts) for order, *amounts in built} == expected
    assert any(discount % Decimal("0.001") for _, _, discount, *_ in built), "no amount has a fourth decimal"


def test_the_revenue_of_every_segment_is_exact(mesh: Mesh) -> None:
    if mesh.account.live:
        pytest.skip("6 million items are not fetched")
    sample = "snowflake_sample_data.tpch_sf1"
    segments = dict(
        mesh.read(
            f"select o_orderkey, c_mktsegment from {sample}.orders join {sample}.customer on o_custkey = c_custkey"
        )
    )
    expected: dict[str, Decimal] = defaultdict(Decimal)
    for order, amounts in item_amounts(mesh).items():
        expected[segments[order]] += sum(amounts)
    revenue = mesh.read("select market_segment, net_revenue from finance_db.prod.agg_segment_revenue", "FINANCE_ROLE")
    assert dict(revenue) == expected


def test_the_amounts_have_the_types_of_the_contract(mesh: Mesh) -> None:
    """The published guide declares 3 decimals over expressions of 4 and 6 (mesh 6.3-7)."""
    types = {row[0]: row[1] for row in mesh.read(f"describe table {ORDERS}")}
    amounts = ("GROSS_ITEM_SALES_AMOUNT", "ITEM_DISCOUNT_AMOUNT", "ITEM_TAX_AMOUNT", "NET_ITEM_SALES_AMOUNT")
    assert [types[name] for name in amounts] == ["NUMBER(38,2)", "NUMBER(38,4)", "NUMBER(38,6)", "NUMBER(38,6)"]


def test_finance_knows_the_columns_of_the_upstream_model(mesh: Mesh) -> None:
    manifest = json.loads((mesh.folder / "projects/finance/target/manifest.json").read_text())
    node = manifest["nodes"]["model.foundational_project.fct_orders"]
    assert node["description"].startswith("Orders with the amounts of their items")
    assert all(column["description"] and column["data_type"] for column in node["columns"].values())
    assert node["columns"]["name"]["meta"] == {"snowmesh": {"tags": {"pii_data": "name"}}}


@pytest.mark.parametrize("project", ["foundational", "finance"])
def test_parse_without_a_warning(mesh: Mesh, project: str) -> None:
    reset_deprecations()  # dbt counts them over all runs of a process
    result = mesh.dbt(project, "parse", "--warn-error", "--no-partial-parse")
    assert result.success, result.exception


def described(manifest: dict[str, Any]) -> Callable[[dict[str, Any]], bool]:
    return lambda node: bool(node["description"]) and all(c["description"] for c in node["columns"].values())


@pytest.mark.parametrize("project", ["foundational", "finance"])
def test_every_model_and_column_is_described_and_owned(mesh: Mesh, project: str) -> None:
    manifest = json.loads((mesh.folder / "projects" / project / "target/manifest.json").read_text())
    own = [
        node for node in manifest["nodes"].values() if node["original_file_path"] and node["resource_type"] == "model"
    ]
    assert own
    assert [node["name"] for node in own if not described(manifest)(node)] == []
    assert [node["name"] for node in own if not node["group"]] == []
    assert all(group["owner"]["email"] for group in manifest["groups"].values())
    sources = manifest["sources"].values()
    assert [source["name"] for source in sources if not (source["description"] and source["source_description"])] == []


# -- least privilege ---------------------------------------------------------------------------------------------

DECLARED = expand.expand(mesh_file.load(REPOSITORY / "projects" / "mesh.yml")).account
HELD: list[Item] = sorted([*DECLARED.grants, *DECLARED.memberships], key=repr)


def test_what_dbt_did_can_be_done_again_with_exactly_what_the_mesh_grants(mesh: Mesh) -> None:
    if mesh.account.live:
        pytest.skip("grants are taken away on the local Snowflake only")
    assert Account(mesh.account, mesh.recorder).works() == ""


@pytest.mark.parametrize("item", HELD, ids=say_item)
def test_without_any_single_grant_of_the_mesh_something_is_refused(mesh: Mesh, item: Item) -> None:
    """Least privilege: not one grant and not one role grant of the expansion can be spared."""
    if mesh.account.live:
        pytest.skip("grants are taken away on the local Snowflake only")
    assert Account(mesh.account, mesh.recorder).without(item), f"nothing needs {say_item(item)}"


def test_the_mesh_is_as_it_was(mesh: Mesh) -> None:
    """After all that was taken and given back."""
    if not mesh.account.live:
        assert Account(mesh.account, mesh.recorder).works() == ""
        assert mesh.read(f"select distinct name from {ORDERS}", "FINANCE_ROLE") == [("****",)]
