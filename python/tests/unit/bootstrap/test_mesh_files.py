"""One mesh in several files, and the command that checks it."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml
from click.testing import CliRunner, Result

from snowmesh.bootstrap import declared, mesh_file, reference
from snowmesh.bootstrap.cli import main
from snowmesh.bootstrap.mesh_files import MeshFiles
from snowmesh.bootstrap.problems import BootstrapError, MeshError
from tests.unit.bootstrap.test_mesh_file_errors import ONE
from tests.unit.bootstrap.test_mesh_language import ENVIRONMENTS, GOVERNED

ROOT = Path(__file__).parents[4]
SALES = "domains:\n  sales: {products: [orders]}\n"
MONEY = "domains:\n  money: {consumes: [sales.orders]}\nroles: [auditor]\n"
PEOPLE = "users:\n  ann: {type: person, domain: money, roles: [auditor]}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in (("b_sales.yml", SALES), ("a_money.yaml", MONEY), ("users.yml", PEOPLE)):
        (tmp_path / name).write_text(text)
    (tmp_path / ".hidden.yml").write_text("not: read")
    (tmp_path / "notes.txt").write_text("not read")
    return tmp_path


def validate(*options: str) -> Result:
    return CliRunner().invoke(main, ["validate", *options])


# -- several files -----------------------------------------------------------------------------------------------


def test_the_files_of_a_folder_are_one_mesh_in_the_order_of_their_names(folder: Path) -> None:
    mesh = mesh_file.load(folder)
    assert list(mesh.domains) == ["MONEY", "SALES"]
    assert mesh.users[0].name.place.file == str(folder / "users.yml")


def test_a_list_of_files_is_one_mesh_and_a_file_named_twice_counts_once(folder: Path) -> None:
    paths = tuple(folder / name for name in ("users.yml", "b_sales.yml", "a_money.yaml", "users.yml"))
    found = declared.load(MeshFiles(paths))
    assert found.account == declared.load(MeshFiles((folder,))).account
    assert found.file.count("users.yml") == 1


def test_an_error_in_one_file_names_that_file_and_the_other(folder: Path) -> None:
    (folder / "c_more.yml").write_text(
        "domains:\n  SALES: {owner: money_role}\n  x: {consumes: [sales.order]}\nrols: []\n"
    )
    with pytest.raises(MeshError) as caught:
        mesh_file.load(folder)
    text = str(caught.value)
    more = folder / "c_more.yml"
    assert text.startswith(f"{more} has 3 errors; nothing was changed.")
    assert f"{more}:2:3: domain 'SALES' is there twice; first in {folder / 'b_sales.yml'}:2" in text
    assert f"{more}:3:18: domain 'sales' has no product ORDER; allowed: ORDERS; did you mean 'ORDERS'?" in text
    assert f"{more}:4:1: unknown key 'rols' in the mesh" in text


def test_what_is_not_yaml_in_one_file_does_not_hide_what_is_wrong_in_another(folder: Path) -> None:
    (folder / "broken.yml").write_text("domains: [")
    (folder / "users.yml").write_text("usrs: {}")
    with pytest.raises(MeshError) as caught:
        mesh_file.load(folder)
    assert [Path(p.place.file).name for p in caught.value.problems] == ["broken.yml", "users.yml"]


def test_a_mesh_without_domains_and_a_folder_without_files(tmp_path: Path) -> None:
    with pytest.raises(BootstrapError, match="has no mesh file"):
        mesh_file.load(tmp_path)
    (tmp_path / "a.yml").write_text("roles: [x]")
    with pytest.raises(MeshError, match="the mesh needs the key 'domains'"):
        mesh_file.load(tmp_path)


def test_the_digest_tells_the_texts_and_the_environment_apart(tmp_path: Path) -> None:
    path = tmp_path / "mesh.yml"
    path.write_text(ENVIRONMENTS)
    found = {declared.load(MeshFiles((path,), name)).digest for name in ("dev", "prod", "dev")}
    path.write_text(ENVIRONMENTS + "# more\n")
    assert len(found | {declared.load(MeshFiles((path,), "dev")).digest}) == 3


# -- environments ------------------------------------------------------------------------------------------------


def test_a_mesh_with_environments_needs_one_of_them(tmp_path: Path) -> None:
    path = tmp_path / "mesh.yml"
    path.write_text(ENVIRONMENTS)
    with pytest.raises(BootstrapError, match="declares environments") as caught:
        declared.load(MeshFiles((path,)))
    assert "dev, ci, prod" in caught.value.next_step
    with pytest.raises(BootstrapError, match=r"has no environment 'pord'.*did you mean 'prod'"):
        declared.load(MeshFiles((path,), "pord"))
    path.write_text(SALES)
    with pytest.raises(BootstrapError, match="declares no environments"):
        declared.load(MeshFiles((path,), "dev"))


# -- validate ----------------------------------------------------------------------------------------------------


def test_validate_says_what_the_mesh_comes_to(folder: Path) -> None:
    found = validate("-f", str(folder))
    assert (found.exit_code, found.stderr) == (0, "")
    assert "is valid: 2 domains, 2 databases, 3 roles, 2 schemas, 1 user, 2 warehouses, 12 grants, 5 role grants." in (
        found.stdout
    )


def test_validate_lists_every_error_and_exits_1(folder: Path) -> None:
    (folder / "users.yml").write_text("users: {u: {type: robot, domain: sale}}")
    found = validate("-f", str(folder))
    assert (found.exit_code, found.stderr) == (1, "")
    assert found.stdout.splitlines()[0].endswith(": 1 error.")
    assert f"{folder / 'users.yml'}:1:19: 'type' of user 'u' is 'robot'" in found.stdout
    document = json.loads(validate("-f", str(folder), "--output", "json").stdout)
    assert document["valid"] is False
    assert document["errors"][0]["line"] == 1
    assert document["errors"][0]["column"] == 19


def test_validate_looks_at_every_environment_or_at_one(tmp_path: Path) -> None:
    path = tmp_path / "mesh.yml"
    path.write_text(ENVIRONMENTS)
    assert validate("-f", str(path)).stdout.count(" is valid: ") == 3
    assert "environment ci is valid" in validate("-f", str(path), "--env", "ci").stdout
    unknown = validate("-f", str(path), "--env", "x")
    assert (unknown.exit_code, unknown.stdout) == (2, "")


def test_a_file_that_is_not_there_could_not_be_checked(tmp_path: Path) -> None:
    found = validate("-f", str(tmp_path / "nothing.yml"))
    assert found.exit_code == 2
    assert "cannot be read" in found.stderr


TESTED = """
domains:
  sales: {products: [orders], access: {sales_read: {read: [prod]}}, roles: {analyst: {holds: [sales_read]}}, imports: [s]}
  money: {consumes: [sales.orders]}
roles: [outsider]
users: {ann: {type: person, roles: [analyst]}, bob: {type: person, roles: [outsider]}}
grants: [{privilege: insert, on: table sales_db.prod.orders, to: analyst}]
tests:
"""


@pytest.mark.parametrize(
    ("test", "outcome", "why"),
    [
        ("{role: analyst, can: select, on: sales.orders}", "holds", "held by SALES_READ"),
        ("{role: analyst, can: select, on: view sales_db.prod.other}", "holds", "held by SALES_READ"),
        ("{role: analyst, can: insert, on: sales.orders}", "holds", "held by ANALYST"),
        ("{user: ann, can: select, on: sales.orders}", "holds", "held by SALES_READ"),
        ("{user: bob, cannot: select, on: sales.orders}", "holds", "nothing is granted on database SALES_DB"),
        ("{role: outsider, can: select, on: sales.orders}", "fails", "nothing is granted on database SALES_DB"),
        ("{role: analyst, cannot: select, on: sales.orders}", "fails", "held by SALES_READ"),
        ("{role: money_role, can: select, on: sales.orders}", "undecided", "dbt grants on relations"),
        ("{role: money_role, cannot: select, on: sales.orders}", "undecided", "dbt grants on relations"),
        ("{role: sales_role, can: select, on: sales.orders}", "holds", "held by SALES_ROLE"),
        ("{role: sysadmin, can: delete, on: sales.orders}", "holds", "held by SALES_ROLE"),
        ("{role: money_role, can: usage, on: schema sales_db.prod}", "holds", "held by MONEY_ROLE"),
        ("{role: money_role, cannot: create table, on: schema sales_db.prod}", "holds", "no role of it holds"),
        ("{role: money_role, cannot: usage, on: warehouse sales_wh}", "holds", "no role of it holds"),
        ("{role: money_role, cannot: monitor, on: warehouse money_wh}", "holds", "no role of it holds"),
        ("{role: outsider, cannot: manage grants, on: account}", "holds", "no role of it holds"),
        ("{role: sales_role, can: select, on: table s.x.y}", "holds", "the shared database"),
        ("{role: money_role, can: select, on: table s.x.y}", "fails", "nothing is granted on database S"),
    ],
)
def test_access_tests_are_evaluated_on_the_declared_graph(tmp_path: Path, test: str, outcome: str, why: str) -> None:
    """P17: a privilege counts when database and schema are open too; L7: a shared database is read as a whole."""
    path = tmp_path / "mesh.yml"
    path.write_text(f"{TESTED}  - {test}\n")
    found = validate("-f", str(path), "--output", "json")
    (result,) = json.loads(found.stdout)["tests"]
    assert (result["outcome"], why in result["reason"]) == (outcome, True), result
    assert found.exit_code == (1 if outcome == "fails" else 0)
    assert result["line"] == len(TESTED.splitlines()) + 1


@pytest.mark.parametrize("command", [("plan", "--against-empty"), ("apply", "--yes", "--local", "1")])
def test_nothing_is_planned_or_applied_that_fails_its_own_tests(tmp_path: Path, command: tuple[str, ...]) -> None:
    path = tmp_path / "mesh.yml"
    path.write_text(TESTED + "  - {role: analyst, cannot: select, on: sales.orders}\n")
    found = CliRunner().invoke(main, [*command, "--file", str(path)])
    assert (found.exit_code, found.stdout) == (2, "")
    assert "does not pass its own access tests; nothing was changed." in found.stderr
    assert "role ANALYST cannot SELECT on table SALES_DB.PROD.ORDERS: held by SALES_READ" in found.stderr


# -- the JSON schema ---------------------------------------------------------------------------------------------

FULL = (ROOT / "docs" / "mesh-bootstrap.md").read_text().split("```yaml\n")[2].split("```")[0]


class Yaml12(yaml.SafeLoader):
    """As editors read YAML: `on` and `yes` are words (1.2), where PyYAML's 1.1 takes them for booleans."""


Yaml12.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool" or first in "tTfF"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def schema_errors(text: str) -> list[str]:
    validator = jsonschema.Draft7Validator(reference.json_schema())
    return [error.message for error in validator.iter_errors(yaml.load(text, Loader=Yaml12))]


def test_the_json_schema_is_one() -> None:
    jsonschema.Draft7Validator.check_schema(reference.json_schema())


@pytest.mark.parametrize(
    "text", [ONE, TESTED + "  []", ENVIRONMENTS, GOVERNED, FULL, (ROOT / "projects/mesh.yml").read_text()]
)
def test_what_the_reader_takes_the_json_schema_takes(text: str) -> None:
    mesh_file.loads(text)
    assert schema_errors(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "domain: {}",
        "domains: [a]",
        "domains: {f: {onwer: x}}",
        "domains: {f: {database: 1abc}}",
        "domains: {f: {schemas: prod}}",
        "domains: {f: {schemas: []}}",
        "domains: {f: {warehouse: {size: xsmal}}}",
        "domains: {f: {warehouse: {auto_suspend: -1}}}",
        "domains: {f: {governance: {}}}",
        "domains: {f: {managed_access: 'true'}}",
        "domains: {f: {consumes: [orders]}}",
        ONE + "users: {u: {domain: sales}}",
        ONE + "grants: [{privilege: usge, on: account, to: x}]",
        ONE + "grants: [{privilege: usage, on: databse d, to: x}]",
        ONE + "tests: [{role: r, can: select}]",
    ],
)
def test_what_is_misspelt_the_json_schema_refuses_too(text: str) -> None:
    with pytest.raises(MeshError):
        mesh_file.loads(text)
    assert schema_errors(text)


def test_the_command_prints_the_schema_and_the_example_names_it() -> None:
    found = CliRunner().invoke(main, ["schema"])
    assert json.loads(found.stdout) == reference.json_schema()
    first = (ROOT / "projects" / "mesh.yml").read_text().splitlines()[0]
    path = first.removeprefix("# yaml-language-server: $schema=")
    assert json.loads((ROOT / "projects" / path).read_text()) == reference.json_schema()
