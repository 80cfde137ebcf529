"""The words of mesh.yml beyond the short form, and what each expands to."""

from __future__ import annotations

from dataclasses import replace

from snowmesh.account.grants import FutureGrant, Grant
from snowmesh.account.objects import ACCOUNT, ObjectRef, ObjectType, Schema, database, role, schema, user, warehouse
from snowmesh.bootstrap import mesh_file
from snowmesh.bootstrap.declared import Declared
from snowmesh.bootstrap.expand import expand


def declared(text: str) -> Declared:
    return expand(mesh_file.loads(text))


def grants(text: str, name: str) -> set[tuple[str, str, str]]:
    """(privilege, kind, object) of one role; future grants as `each <kind>`."""
    account = declared(text).account
    plain = {(g.privilege, g.on.type.value, g.on.fqn) for g in account.grants if g.role == name}
    future = {
        (f.privilege, f"each {f.object_type.value}", f.container.fqn) for f in account.future_grants if f.role == name
    }
    return plain | future


def members(text: str) -> set[tuple[str, str]]:
    return {(str(m.role), m.to.fqn) for m in declared(text).account.memberships}


# -- containers ------------------------------------------------------------------------------------------------


def test_a_domain_with_several_databases_and_warehouses() -> None:
    text = """
domains:
  a:
    databases:
      core: {comment: c, schemas: {x: {creates: [table, stage], comment: s}, y: }}
      raw:
    warehouses: {big: {size: large}, small: {used_by: [r]}}
    readers: [r]
users: {u: {type: service, domain: a}}
"""
    found = declared(text)
    objects = found.account.objects
    assert {ref.fqn for ref in objects if ref.type is ObjectType.SCHEMA} == {"CORE.X", "CORE.Y", "RAW.PROD"}
    assert objects[database("CORE")].properties == {"COMMENT": "c"}
    assert objects[schema("CORE", "X")].properties == {"COMMENT": "s"}
    assert objects[warehouse("BIG")].properties["WAREHOUSE_SIZE"] == "LARGE"
    assert objects[user("U")].properties["DEFAULT_NAMESPACE"] == "CORE.X"
    assert objects[user("U")].properties["DEFAULT_WAREHOUSE"] == "BIG"
    creates = {(p, on) for p, kind, on in grants(text, "A_ROLE") if p.startswith("CREATE")}
    assert ("CREATE STAGE", "CORE.X") in creates
    assert ("CREATE VIEW", "CORE.X") not in creates
    assert ("CREATE VIEW", "RAW.PROD") in creates
    # the owner uses what its reader uses without a grant of its own
    assert {r for g in found.account.grants if g.on == warehouse("SMALL") for r in [g.role]} == {"R"}
    assert {r for g in found.account.grants if g.on == warehouse("BIG") for r in [g.role]} == {"R"}


def test_managed_access_is_said_only_where_it_is_declared_and_the_owner_manages_its_products() -> None:
    """R45, R50: without MANAGE GRANTS on the schema dbt could not grant a product there."""
    text = """
domains:
  a: {managed_access: true, schemas: {x: , y: {managed_access: false}, z: }, products: {p: {schema: x}, q: {schema: y}}}
  b:
"""
    objects = declared(text).account.objects
    said = {
        ref.fqn: (item.managed_access, item.properties.get("MANAGED_ACCESS"))
        for ref, item in objects.items()
        if isinstance(item, Schema)
    }
    assert said == {
        "A_DB.X": (True, "TRUE"),
        "A_DB.Y": (False, "FALSE"),
        "A_DB.Z": (True, "TRUE"),
        "B_DB.PROD": (False, None),
    }
    assert {on for p, _, on in grants(text, "A_ROLE") if p == "MANAGE GRANTS"} == {"A_DB.X"}


# -- roles -----------------------------------------------------------------------------------------------------


def test_an_access_role_reads_or_writes_everything_in_a_schema() -> None:
    text = "domains: {a: {schemas: [x, y], creates: [table, view], access: {r: {read: [x]}, w: {write: [y]}}}}"
    assert grants(text, "R") == {
        ("USAGE", "DATABASE", "A_DB"),
        ("USAGE", "SCHEMA", "A_DB.X"),
        ("SELECT", "each TABLE", "A_DB.X"),
        ("SELECT", "each VIEW", "A_DB.X"),
    }
    writes = {p for p, kind, _ in grants(text, "W") if kind == "each TABLE"}
    assert writes == {"SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE"}
    assert {p for p, kind, _ in grants(text, "W") if kind == "each VIEW"} == {"SELECT"}


def test_a_functional_role_holds_others_and_only_the_highest_roll_up_to_sysadmin() -> None:
    """R4."""
    text = """
domains:
  a: {access: {a_read: {read: [prod]}}, roles: {analyst: {holds: [a_read], comment: c}}}
roles: {lead: {holds: [analyst, a_role], warehouses: [a_wh]}, idle: }
"""
    assert members(text) == {
        ("A_READ", "ANALYST"),
        ("ANALYST", "LEAD"),
        ("A_ROLE", "LEAD"),
        ("LEAD", "SYSADMIN"),
        ("IDLE", "SYSADMIN"),
    }
    assert declared(text).account.objects[role("ANALYST")].properties == {"COMMENT": "c"}
    assert ("USAGE", "WAREHOUSE", "A_WH") in grants(text, "ANALYST")
    assert grants(text, "LEAD") == set(), "what it inherits is not granted again"


def test_what_a_role_inherits_is_not_granted_again_unless_it_is_written_out() -> None:
    text = "domains: {a: {readers: [r]}}\ngrants: [{privilege: usage, on: database a_db, to: a_role}]"
    assert ("USAGE", "SCHEMA", "A_DB.PROD") not in grants(text, "A_ROLE")
    assert ("USAGE", "DATABASE", "A_DB") in grants(text, "A_ROLE")


def test_a_reader_may_be_for_some_schemas() -> None:
    text = "domains: {a: {schemas: [x, y], readers: {r: {schemas: [y]}}}}"
    assert {on for _, kind, on in grants(text, "R") if kind == "SCHEMA"} == {"A_DB.Y"}
    assert ("USAGE", "SCHEMA", "A_DB.X") in grants(text, "A_ROLE")


# -- governance ------------------------------------------------------------------------------------------------

GOVERNED = """
domains:
  a:
    governance: {schema: gov, steward: st, tags: [pii], masking_policies: [hide], row_access_policies: [by_region]}
  b: {governed_by: [a]}
"""


def test_a_steward_makes_and_the_others_apply_single_tags_and_policies() -> None:
    """T21, M22, A18: APPLY on the tag or policy, and ownership of the relation; the account privilege is T23's."""
    assert {p for p, kind, _ in grants(GOVERNED, "ST") if kind in ("SCHEMA", "ACCOUNT")} == {
        "USAGE",
        "CREATE TAG",
        "CREATE MASKING POLICY",
        "CREATE ROW ACCESS POLICY",
        "APPLY MASKING POLICY",
    }
    for name in ("A_ROLE", "B_ROLE"):
        assert {x for x in grants(GOVERNED, name) if x[0] == "APPLY"} == {
            ("APPLY", "TAG", "A_DB.GOV.PII"),
            ("APPLY", "MASKING POLICY", "A_DB.GOV.HIDE"),
            ("APPLY", "ROW ACCESS POLICY", "A_DB.GOV.BY_REGION"),
        }
        assert ("USAGE", "SCHEMA", "A_DB.GOV") in grants(GOVERNED, name)
        assert not any(kind == "ACCOUNT" for _, kind, _ in grants(GOVERNED, name))


def test_who_makes_only_policies_or_only_tags_needs_nothing_on_the_account() -> None:
    """T23 is about a policy on a tag; on a column of its own relation the owner of the policy needs nothing (M22)."""
    for kinds in ("[masking policy]", "[tag]", "[tag, row access policy]"):
        text = f"domains: {{a: {{governance: {{schema: g, creates: {kinds}}}}}}}"
        assert not [g for g in declared(text).account.grants if g.on == ACCOUNT], kinds


# -- users -----------------------------------------------------------------------------------------------------


def test_a_person_with_roles_and_defaults_of_its_own() -> None:
    text = """
domains: {a: {roles: [analyst]}}
users: {p: {type: person, roles: [analyst], comment: hi, default_role: analyst, default_warehouse: a_wh}}
"""
    assert declared(text).account.objects[user("P")].properties == {
        "TYPE": "PERSON",
        "DEFAULT_ROLE": "ANALYST",
        "DEFAULT_WAREHOUSE": "A_WH",
        "COMMENT": "hi",
    }


# -- raw grants ------------------------------------------------------------------------------------------------


def test_raw_grants_are_the_product_of_their_privileges_targets_and_roles() -> None:
    text = """
domains: {a: {}}
roles: [x, '"y Z"']
grants:
  - {privilege: [select, insert], on: [table a_db.prod.t, table other."s s".u], to: [x, '"y Z"']}
  - {privilege: monitor usage, on: account, to: x, grant_option: true}
  - {privilege: select, on: dynamic tables in database a_db, to: x}
  - {privilege: usage, on: schemas in database a_db, to: x}
  - {privilege: apply, on: masking policy a_db.g.m, to: x}
"""
    account = declared(text).account
    table = ObjectRef(ObjectType.TABLE, ("OTHER", "s s", "U"))
    assert Grant("INSERT", table, "y Z") in account.grants
    assert len([g for g in account.grants if g.role == "y Z"]) == 4
    assert Grant("MONITOR USAGE", ACCOUNT, "X", grant_option=True) in account.grants
    assert account.future_grants == {
        FutureGrant("SELECT", ObjectType.DYNAMIC_TABLE, database("A_DB"), "X"),
        FutureGrant("USAGE", ObjectType.SCHEMA, database("A_DB"), "X"),
    }


def test_a_grant_that_may_be_passed_on_stands_for_the_plain_one() -> None:
    text = "domains: {a: }\ngrants: [{privilege: usage, on: warehouse a_wh, to: a_role, grant_option: true}]"
    found = [g for g in declared(text).account.grants if g.on == warehouse("A_WH")]
    assert found == [Grant("USAGE", warehouse("A_WH"), "A_ROLE", grant_option=True)]


def test_every_item_of_every_word_knows_its_line() -> None:
    text = GOVERNED + "grants:\n  - {privilege: monitor,\n     on: warehouse b_wh,\n     to: b_role}\n"
    lines = text.splitlines()
    found = declared(text)
    account = found.account
    assert set(found.causes) == {*account.objects, *account.grants, *account.future_grants, *account.memberships}
    for item, cause in found.causes.items():
        key = cause.place.path.split(".")[-1].split("[")[0]
        assert key in lines[cause.place.line - 1], (item, cause)


# -- environments ----------------------------------------------------------------------------------------------

ENVIRONMENTS = """
domains:
  a: {products: [p], access: {r: {read: [prod]}}, imports: [shared], governance: {schema: g, tags: [t]}}
users:
  bot: {type: service, domain: a}
  ann: {type: person, domain: a}
grants:
  - {privilege: select, on: table a_db.prod.x, to: r}
  - {privilege: usage, on: database elsewhere, to: r}
tests:
  - {role: r, can: select, on: a.p}
environments:
  dev: {prefix: dev_, warehouse_size: medium, auto_suspend: 5}
  ci: {databases: {a_db: a_ci}}
  prod: {}
"""


def in_environment(name: str) -> Declared:
    return expand(replace(mesh_file.loads(ENVIRONMENTS), environment=name))


def test_a_prefix_stands_before_everything_the_mesh_makes_and_before_nothing_else() -> None:
    found = in_environment("dev")
    account = found.account
    names = {ref.name[0] for ref in account.objects}
    assert names == {"DEV_A_ROLE", "DEV_R", "DEV_A_DB", "DEV_A_WH", "DEV_BOT", "ANN"}
    roles = {g.role for g in account.grants} | {m.role for m in account.memberships}
    assert roles == {"DEV_A_ROLE", "DEV_R"}
    assert {g.on.name[0] for g in account.grants if g.on.name} == {"DEV_A_DB", "DEV_A_WH", "SHARED", "ELSEWHERE"}
    assert {f.container.fqn for f in account.future_grants} == {"DEV_A_DB.PROD"}
    assert {m.to.fqn for m in account.memberships} == {"SYSADMIN", "DEV_BOT", "ANN"}
    assert dict(account.objects[user("DEV_BOT")].properties) == {
        "TYPE": "SERVICE",
        "DEFAULT_ROLE": "DEV_A_ROLE",
        "DEFAULT_WAREHOUSE": "DEV_A_WH",
        "DEFAULT_NAMESPACE": "DEV_A_DB.PROD",
    }
    assert dict(account.objects[user("ANN")].properties) == {"TYPE": "PERSON"}, "a person is no environment's"
    assert account.objects[warehouse("DEV_A_WH")].properties["WAREHOUSE_SIZE"] == "MEDIUM"
    assert account.objects[warehouse("DEV_A_WH")].properties["AUTO_SUSPEND"] == "5"
    assert str(found.tests[0]) == "role DEV_R can SELECT on table DEV_A_DB.PROD.P"
    assert set(found.causes) == {*account.objects, *account.grants, *account.future_grants, *account.memberships}


def test_environments_may_differ_in_databases_alone() -> None:
    account = in_environment("ci").account
    assert {ref.name[0] for ref in account.objects} == {"A_ROLE", "R", "A_CI", "A_WH", "BOT", "ANN"}
    assert account.objects[user("BOT")].properties["DEFAULT_NAMESPACE"] == "A_CI.PROD"


def test_an_environment_without_differences_is_the_mesh_as_written() -> None:
    assert in_environment("prod").account == expand(mesh_file.loads(ENVIRONMENTS)).account
