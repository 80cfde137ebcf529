"""An exported account declares exactly what the account holds, in the words of a mesh file where they fit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from snowmesh.account.grants import FutureGrant, Grant, Membership
from snowmesh.account.objects import ACCOUNT, ObjectRef, ObjectType, database, role, schema, user, warehouse
from snowmesh.account.state import Account, frozen
from snowmesh.account.system import fresh_account
from snowmesh.bootstrap import differences, mesh_file, mesh_text, snapshot
from snowmesh.bootstrap.expand import expand
from snowmesh.bootstrap.export import export
from snowmesh.bootstrap.plan import make_plan
from snowmesh.bootstrap.problems import BootstrapError
from tests.unit.bootstrap.test_mesh_files import FULL, TESTED
from tests.unit.bootstrap.test_mesh_language import ENVIRONMENTS, GOVERNED

EXAMPLE = (Path(__file__).parents[4] / "projects" / "mesh.yml").read_text()
RAW = """
domains: {a: {readers: [r]}, b: }
roles: {x: {rolls_up: false}, '"y Z"': {comment: "it's: \\"#\\" {x}"}, 'null': , nothing: }
grants:
  - {role: x, to: b_role}
  - {privilege: [usage, monitor], on: [warehouse a_wh, warehouse b_wh], to: [x, '"y Z"']}
  - {privilege: monitor usage, on: account, to: x, grant_option: true}
  - {privilege: select, on: tables in database a_db, to: x}
  - {privilege: usage, on: database a_db, to: public}
users: {'"u v"': {type: person, roles: [x, '"y Z"'], default_warehouse: b_wh}}
"""
MESHES = {
    "example": EXAMPLE,
    "full": FULL,
    "tested": TESTED + "  []",
    "envs": ENVIRONMENTS,
    "gov": GOVERNED,
    "raw": RAW,
}


def account(text: str) -> Account:
    """A fresh account to which a mesh was applied."""
    wanted, fresh = expand(mesh_file.loads(text)).account, fresh_account("ACME")
    return replace(
        fresh,
        objects=frozen({**fresh.objects, **wanted.objects}),
        grants=fresh.grants | wanted.grants,
        future_grants=wanted.future_grants,
        memberships=fresh.memberships | wanted.memberships,
    )


@pytest.mark.parametrize("text", MESHES.values(), ids=MESHES)
def test_a_plan_of_an_export_is_empty_and_the_next_export_is_the_same(text: str) -> None:
    found = export(account(text))
    again = expand(mesh_file.loads(found.text))
    assert differences.find(again, account(text)) == []
    assert make_plan(again, account(text)).steps == ()
    assert not [note for note in found.notes if "is not empty" in note]
    assert export(account(found.text)).text == found.text


def test_the_export_of_the_example_is_the_example_in_other_words() -> None:
    """But for what the account does not know before dbt has granted: which relation finance consumes."""
    select = Grant("SELECT", ObjectRef(ObjectType.TABLE, ("FOUNDATIONAL_DB", "PROD", "FCT_ORDERS")), "FINANCE_ROLE")
    found = mesh_file.loads(export(account(EXAMPLE).with_grants([select])).text)
    example = mesh_file.loads(EXAMPLE)
    assert expand(found).account == expand(example).account
    assert not found.grants
    for label, domain in example.domains.items():
        other = found.domains[label]
        assert [c.parts for c in other.consumes] == [c.parts for c in domain.consumes]
        assert [p.name.stored for p in other.products] == [p.name.stored for p in domain.products]
        assert [r.name.stored for r in other.readers] == [r.name.stored for r in domain.readers]
        assert (other.governance is None) == (domain.governance is None)


def test_stewards_access_roles_and_domains_under_governance_are_recognised() -> None:
    text = export(account(FULL.split("environments:")[0])).text
    assert "steward: sales_steward" in text
    assert "governed_by: [sales]" in text
    assert "access: {sales_read: {read: [sales_db.prod]}}" in text
    assert "sales_analyst: {holds: [sales_read]" in text


def test_a_comment_that_a_mesh_file_cannot_say_is_not_managed() -> None:
    found = account(EXAMPLE)
    odd = frozen({**found.objects[database("FINANCE_DB")].properties, "COMMENT": "two\nlines"})
    found = found.with_object(replace(found.objects[database("FINANCE_DB")], properties=odd))
    assert differences.find(expand(mesh_file.loads(export(found).text)), found) == []


def test_equal_grants_are_one_entry() -> None:
    text = export(account(RAW)).text
    assert "- {privilege: monitor, on: [warehouse a_wh, warehouse b_wh], to: [x, '\"y Z\"']}" in text


def test_what_another_role_owns_is_left_out_and_named() -> None:
    found = account(EXAMPLE)
    moved = found.with_object(replace(found.objects[database("FINANCE_DB")], owner="LOADER"))
    exported = export(moved)
    assert "finance:" not in exported.text
    assert "database FINANCE_DB is not in the file: it is owned by LOADER, not by SYSADMIN" in exported.notes
    assert differences.find(expand(mesh_file.loads(exported.text)), moved) == []


ROLES = ["A_ROLE", "B_ROLE", "X", "R", "y Z", "NULL", "PUBLIC"]
GRANTS = st.builds(
    Grant,
    privilege=st.sampled_from(["USAGE", "MONITOR", "CREATE TABLE", "CREATE TAG", "CREATE MASKING POLICY", "MODIFY"]),
    on=st.sampled_from([database("A_DB"), schema("A_DB", "PROD"), schema("B_DB", "PROD"), warehouse("A_WH"), ACCOUNT]),
    role=st.sampled_from(ROLES),
    grant_option=st.booleans(),
    granted_by=st.just("SECURITYADMIN"),
)
FUTURE = st.builds(
    FutureGrant,
    privilege=st.sampled_from(["SELECT", "INSERT"]),
    object_type=st.sampled_from([ObjectType.TABLE, ObjectType.VIEW]),
    container=st.sampled_from([schema("A_DB", "PROD"), database("B_DB")]),
    role=st.sampled_from(ROLES[:-1]),
)
MEMBERS = st.builds(
    Membership,
    role=st.sampled_from(ROLES[:-1]),
    to=st.sampled_from([role("SYSADMIN"), role("B_ROLE"), role("NOTHING"), user("u v"), user("ADMIN")]),
    granted_by=st.just("SECURITYADMIN"),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_whatever_an_account_holds_the_plan_of_its_export_is_empty(data: st.DataObject) -> None:
    """Grants are missing, others are there, owners differ: what fits no word is written out or left out."""
    base = account(RAW)
    lost = data.draw(st.sets(st.sampled_from(sorted(base.grants - fresh_account().grants, key=repr)), max_size=6))
    gone = data.draw(st.sets(st.sampled_from(sorted(base.memberships, key=repr)), max_size=3))
    found = base.without_grants(lost).without_memberships(gone)
    found = found.with_grants(g for g in data.draw(st.lists(GRANTS, max_size=6)) if _is_possible(g))
    found = found.with_future_grants(data.draw(st.lists(FUTURE, max_size=4)))
    for member in data.draw(st.lists(MEMBERS, max_size=3)):
        cycle = member.to.type is ObjectType.ROLE and member.role == "B_ROLE" and member.to != role("SYSADMIN")
        found = found if cycle else found.with_memberships([member])
    if data.draw(st.booleans()):
        ref = data.draw(st.sampled_from([database("A_DB"), role("R"), warehouse("B_WH"), schema("B_DB", "PROD")]))
        found = found.with_object(replace(found.objects[ref], owner="ACCOUNTADMIN"))
    exported = export(found)
    left = differences.find(expand(mesh_file.loads(exported.text)), found)
    said = sum("is not empty" in note for note in exported.notes)
    assert len([d for d in left if d.drift is not differences.Drift.STRANGER]) <= said


def _is_possible(grant: Grant) -> bool:
    from snowmesh.account.privileges import is_grantable

    return is_grantable(grant.on.type, grant.privilege)


# -- the writer ------------------------------------------------------------------------------------------------


@given(st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=40))
def test_every_comment_and_name_comes_back_as_it_was(text: str) -> None:
    name = text.replace('"', '""')
    data = {"domains": {"f": {"comment": text}}, "roles": {f'"r {name}"': {"comment": text}}}
    mesh = mesh_file.loads(mesh_text.write(data))
    assert mesh.domains["F"].databases[0].comment == text
    assert (mesh.roles[0].name.stored, mesh.roles[0].comment) == (f"r {text}", text)


# -- snapshots -------------------------------------------------------------------------------------------------


def test_a_snapshot_comes_back_as_it_was_and_is_the_same_to_the_byte() -> None:
    found = account(RAW).with_object(replace(account(EXAMPLE).objects[database("FINANCE_DB")], owner="X", shared=True))
    text = snapshot.write(found)
    again = snapshot.loads(text)
    assert snapshot.write(again) == text
    assert (again.grants, again.memberships, again.future_grants) == (
        found.grants,
        found.memberships,
        found.future_grants,
    )
    assert {ref: (o.owner, o.properties) for ref, o in again.objects.items()} == {
        ref: (o.owner, o.properties) for ref, o in found.objects.items()
    }


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "null",
        "[" * 100_000,
        '{"format": "mesh-bootstrap snapshot", "version": 2}',
        '{"format": "mesh-bootstrap snapshot", "version": 1, "account": "a", "objects": [{"type": "ROLE", "name": ["a", "b"]}]}',
        '{"format": "mesh-bootstrap snapshot", "version": 1, "account": 1, "objects": [], "grants": []}',
        '{"format": "mesh-bootstrap snapshot", "version": 1, "account": "a", "objects": [{"type": "SPROCKET", "name": ["a"]}]}',
    ],
)
def test_what_is_no_snapshot_is_refused_in_one_message(text: str) -> None:
    with pytest.raises(BootstrapError, match=r"state\.json is "):
        snapshot.loads(text)
