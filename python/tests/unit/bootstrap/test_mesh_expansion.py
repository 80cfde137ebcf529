"""A mesh expands to the least privileges that the example projects need, and to nothing else."""

from __future__ import annotations

from pathlib import Path

from snowmesh.account import roles
from snowmesh.account.objects import ObjectType, database, schema, user
from snowmesh.bootstrap import mesh_file
from snowmesh.bootstrap.expand import Declared, expand

EXAMPLE = Path(__file__).parents[4] / "projects" / "mesh.yml"
OWNER, READER, FINANCE = "FOUNDATIONAL_ROLE", "FOUNDATIONAL_PII_READER_ROLE", "FINANCE_ROLE"


def example() -> Declared:
    return expand(mesh_file.load(EXAMPLE))


def test_the_example_fits_on_one_screen() -> None:
    assert len(EXAMPLE.read_text().splitlines()) <= 40


def test_the_example_declares_exactly_these_objects() -> None:
    found = {(ref.type.value, ref.fqn, item.owner) for ref, item in example().account.objects.items()}
    assert found == {
        ("ROLE", OWNER, "USERADMIN"),
        ("ROLE", READER, "USERADMIN"),
        ("ROLE", FINANCE, "USERADMIN"),
        ("ROLE", "MARKETING_ROLE", "USERADMIN"),
        ("DATABASE", "FOUNDATIONAL_DB", "SYSADMIN"),
        ("SCHEMA", "FOUNDATIONAL_DB.PROD", "SYSADMIN"),
        ("SCHEMA", "FOUNDATIONAL_DB.GOVERNANCE", "SYSADMIN"),
        ("WAREHOUSE", "FOUNDATIONAL_WH", "SYSADMIN"),
        ("DATABASE", "FINANCE_DB", "SYSADMIN"),
        ("SCHEMA", "FINANCE_DB.PROD", "SYSADMIN"),
        ("WAREHOUSE", "FINANCE_WH", "SYSADMIN"),
        ("USER", "FOUNDATIONAL_DBT", "USERADMIN"),
        ("USER", "FINANCE_DBT", "USERADMIN"),
    }


def test_the_example_declares_exactly_these_grants() -> None:
    found = {(g.role, g.privilege, g.on.type.value, g.on.fqn) for g in example().account.grants}
    assert found == {
        # the owner builds: P20 wants CREATE on the schema; USAGE it inherits from its reader
        (OWNER, "CREATE TABLE", "SCHEMA", "FOUNDATIONAL_DB.PROD"),
        (OWNER, "CREATE VIEW", "SCHEMA", "FOUNDATIONAL_DB.PROD"),
        # it governs: T20, and T23 for the policy on a tag
        (OWNER, "USAGE", "SCHEMA", "FOUNDATIONAL_DB.GOVERNANCE"),
        (OWNER, "CREATE TAG", "SCHEMA", "FOUNDATIONAL_DB.GOVERNANCE"),
        (OWNER, "CREATE MASKING POLICY", "SCHEMA", "FOUNDATIONAL_DB.GOVERNANCE"),
        (OWNER, "APPLY MASKING POLICY", "ACCOUNT", ""),
        # it reads the shared database: L7
        (OWNER, "IMPORTED PRIVILEGES", "DATABASE", "SNOWFLAKE_SAMPLE_DATA"),
        # the reader reaches the products, without SELECT
        (READER, "USAGE", "DATABASE", "FOUNDATIONAL_DB"),
        (READER, "USAGE", "SCHEMA", "FOUNDATIONAL_DB.PROD"),
        (READER, "USAGE", "WAREHOUSE", "FOUNDATIONAL_WH"),
        # finance builds its own, and reaches the product it consumes
        (FINANCE, "USAGE", "DATABASE", "FINANCE_DB"),
        (FINANCE, "USAGE", "SCHEMA", "FINANCE_DB.PROD"),
        (FINANCE, "CREATE TABLE", "SCHEMA", "FINANCE_DB.PROD"),
        (FINANCE, "USAGE", "WAREHOUSE", "FINANCE_WH"),
        (FINANCE, "USAGE", "DATABASE", "FOUNDATIONAL_DB"),
        (FINANCE, "USAGE", "SCHEMA", "FOUNDATIONAL_DB.PROD"),
    }


def test_the_example_declares_exactly_these_role_grants() -> None:
    found = {(m.role, m.to.type.value, m.to.fqn) for m in example().account.memberships}
    assert found == {
        (OWNER, "ROLE", "SYSADMIN"),
        (READER, "ROLE", OWNER),
        (FINANCE, "ROLE", "SYSADMIN"),
        ("MARKETING_ROLE", "ROLE", "SYSADMIN"),
        (OWNER, "USER", "FOUNDATIONAL_DBT"),
        (FINANCE, "USER", "FINANCE_DBT"),
    }


def test_every_declared_role_rolls_up_to_sysadmin() -> None:
    """R4: what is not granted up is out of reach of the administrators."""
    account = example().account
    declared = {r.ref.name[0] for r in account.of_type(ObjectType.ROLE)}
    assert declared <= roles.closure(account, [roles.SYSADMIN])


def test_a_user_starts_in_its_domain() -> None:
    found = example().account.objects[user("FINANCE_DBT")].properties
    assert dict(found) == {
        "TYPE": "SERVICE",
        "DEFAULT_ROLE": "FINANCE_ROLE",
        "DEFAULT_WAREHOUSE": "FINANCE_WH",
        "DEFAULT_NAMESPACE": "FINANCE_DB.PROD",
    }


def test_every_item_knows_the_line_and_the_keys_that_caused_it() -> None:
    declared = example()
    lines = EXAMPLE.read_text().splitlines()
    assert set(declared.causes) == {
        *declared.account.objects,
        *declared.account.grants,
        *declared.account.memberships,
    }
    for item, cause in declared.causes.items():
        last = cause.place.path.split(".")[-1].split("[")[0]
        assert last in lines[cause.place.line - 1], (item, cause)


def test_a_domain_needs_nothing_but_its_name() -> None:
    declared = expand(mesh_file.loads("domains:\n  sales:\n"))
    assert {ref.fqn for ref in declared.account.objects} == {"SALES_ROLE", "SALES_DB", "SALES_DB.PROD", "SALES_WH"}


def test_a_consumer_reaches_the_schema_of_the_product_only() -> None:
    text = "domains: {a: {schemas: [x, y], products: {p: {schema: y}}}, b: {consumes: [A.P]}}"
    account = expand(mesh_file.loads(text)).account
    assert {g.on for g in account.grants if g.role == "B_ROLE" and g.on.name[0] == "A_DB"} == {
        database("A_DB"),
        schema("A_DB", "Y"),
    }


def test_names_in_double_quotes_keep_their_case_and_dots() -> None:
    """I2: `"My.Db"` is one name."""
    text = """domains: {sales: {database: '"My.Db"', owner: '"owner"'}}\nusers: {u: {type: service, domain: sales}}"""
    declared = expand(mesh_file.loads(text))
    assert declared.account.objects[user("U")].properties["DEFAULT_NAMESPACE"] == '"My.Db".PROD'
    assert schema("My.Db", "PROD") in declared.account.objects


def test_a_comment_that_is_not_there_is_not_managed_and_an_empty_one_is() -> None:
    plain = expand(mesh_file.loads("domains: {sales: {}}")).account
    cleared = expand(mesh_file.loads("domains: {sales: {comment: ''}}")).account
    assert "COMMENT" not in plain.objects[database("SALES_DB")].properties
    assert cleared.objects[database("SALES_DB")].properties["COMMENT"] == ""
