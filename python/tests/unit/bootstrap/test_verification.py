"""Drift in classes, with who granted it and what mends it; the views of a report are the same report."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest

from snowmesh.account.grants import FutureGrant, Grant, Membership
from snowmesh.account.objects import (
    Database,
    ObjectRef,
    ObjectType,
    Relation,
    SecurableObject,
    database,
    role,
    schema,
    user,
    warehouse,
)
from snowmesh.account.state import Account, frozen
from snowmesh.bootstrap import mesh_file, verification, verify_views
from snowmesh.bootstrap.declared import Declared
from snowmesh.bootstrap.expand import expand
from snowmesh.bootstrap.plan_document import Target

TARGET = Target("LOCAL", "ADMIN")
TEXT = """
domains:
  sales: {products: [orders], readers: [sales_reader]}
  money: {consumes: [sales.orders]}
grants:
  - {privilege: select, on: tables in database sales_db, to: money_role}
tests:
  - {role: money_role, cannot: insert, on: sales.orders}
users: {bot: {type: service, domain: money}, anna: {type: person, domain: money}}
"""
STRANGE = SecurableObject(ref=role("STRANGER"), owner="USERADMIN")


def mesh() -> Declared:
    return expand(mesh_file.loads(TEXT))


def converged() -> Account:
    return mesh().account.with_object(Database(ref=database("X"), owner="SYSADMIN")).with_object(STRANGE)


def found(account: Account) -> list[tuple[str, str]]:
    report = verification.verify(mesh(), account, TARGET)
    return [(finding.drift, finding.text) for finding in report.findings]


def owned(owner: str) -> SecurableObject:
    return replace(mesh().account.objects[database("MONEY_DB")], owner=owner)


SIZE = replace(
    mesh().account.objects[warehouse("MONEY_WH")],
    properties=frozen({**mesh().account.objects[warehouse("MONEY_WH")].properties, "WAREHOUSE_SIZE": "LARGE"}),
)
USAGE = Grant("USAGE", warehouse("MONEY_WH"), "MONEY_ROLE")
PRIVATE = FutureGrant("SELECT", ObjectType.TABLE, schema("SALES_DB", "PROD"), "SALES_READER")


def test_an_account_as_declared_has_no_drift() -> None:
    report = verification.verify(mesh(), converged(), TARGET)
    assert report.clean
    assert verify_views.as_text(report) == "No drift. 1 of 1 access tests hold."


@pytest.mark.parametrize(
    ("account", "drift", "text"),
    [
        (converged().without_grants([USAGE]), "missing", "USAGE on warehouse MONEY_WH to role MONEY_ROLE is missing"),
        (
            converged().with_grants([Grant("MODIFY", database("SALES_DB"), "MONEY_ROLE", granted_by="EVE")]),
            "extra",
            "MODIFY on database SALES_DB to role MONEY_ROLE is not declared, granted by EVE",
        ),
        (converged().with_object(owned("EVE")), "wrong owner", "database MONEY_DB is owned by EVE, not by SYSADMIN"),
        (
            converged().without_grants([USAGE]).with_grants([replace(USAGE, grant_option=True)]),
            "wrong option",
            "USAGE on warehouse MONEY_WH to role MONEY_ROLE is held with grant option, declared without grant option",
        ),
        (converged().with_object(SIZE), "wrong property", "warehouse MONEY_WH: warehouse size LARGE, declared XSMALL"),
        (
            converged().with_grants([Grant("USAGE", database("SALES_DB"), "STRANGER", granted_by="EVE")]),
            "undeclared role",
            "role STRANGER, which nobody declared: USAGE on database SALES_DB to role STRANGER, granted by EVE",
        ),
        (
            converged().with_memberships([Membership("STRANGER", role("MONEY_ROLE"), granted_by="EVE")]),
            "undeclared role",
            "role STRANGER, which nobody declared: role STRANGER to role MONEY_ROLE, granted by EVE",
        ),
        (
            converged().with_memberships([Membership("SALES_ROLE", role("STRANGER"), granted_by="EVE")]),
            "undeclared role",
            "role STRANGER, which nobody declared: role SALES_ROLE to role STRANGER, granted by EVE",
        ),
        (
            converged().with_memberships([Membership("ACCOUNTADMIN", user("BOT"), granted_by="EVE")]),
            "undeclared role",
            "role ACCOUNTADMIN, which nobody declared: role ACCOUNTADMIN to user BOT, granted by EVE",
        ),
    ],
)
def test_each_class_of_drift(account: Account, drift: str, text: str) -> None:
    assert (drift, text) in found(account)
    assert len(found(account)) == 1


@pytest.mark.parametrize("name", ["PUBLIC", "STRANGER"])
def test_what_others_hold_on_a_shared_database_is_theirs(name: str) -> None:
    """A share is imported for the whole account; what a declared role holds on it is still the mesh's."""
    text = TEXT.replace("sales: {", "sales: {imports: [samples], ")
    declared = expand(mesh_file.loads(text))
    shared = next(g for g in declared.account.grants if g.on == database("SAMPLES"))
    account = declared.account.with_object(Database(ref=database("SAMPLES"), owner="")).with_object(STRANGE)

    def drift(role_name: str) -> list[str]:
        held = account.with_grants([replace(shared, role=role_name, granted_by="EVE")])
        return [finding.drift for finding in verification.verify(declared, held, TARGET).findings]

    assert drift(name) == []
    assert drift("MONEY_ROLE") == ["extra"]


def test_a_person_may_be_an_administrator() -> None:
    assert found(converged().with_memberships([Membership("SYSADMIN", user("ANNA"), granted_by="EVE")])) == []


def test_a_schemas_own_future_grant_switches_off_that_of_its_database() -> None:
    """P43, scenario 18 of the peers: for every role; another type or another database does not."""
    drift = found(converged().with_future_grants([replace(PRIVATE, role="STRANGER")]))
    assert (
        "shadowed future grant",
        "SELECT on future tables in database SALES_DB to role MONEY_ROLE has no effect in schema SALES_DB.PROD, "
        "which has future grants on tables of its own",
    ) in drift
    for other in (replace(PRIVATE, object_type=ObjectType.VIEW), replace(PRIVATE, container=schema("X", "PROD"))):
        kinds = {kind for kind, _ in found(converged().with_future_grants([replace(other, role="STRANGER")]))}
        assert "shadowed future grant" not in kinds


def test_users_whom_the_mesh_does_not_declare_are_a_note() -> None:
    report = verification.verify(mesh(), converged().with_memberships([Membership("MONEY_ROLE", user("ZOE"))]), TARGET)
    assert report.clean
    (note,) = report.notes
    assert note.text == "role MONEY_ROLE is held by users whom the mesh does not declare: ZOE"


def test_each_finding_says_what_mends_it_and_where_it_is_declared() -> None:
    report = verification.verify(mesh(), converged().without_grants([USAGE]), TARGET)
    (finding,) = report.findings
    assert finding.mend == (("SECURITYADMIN", 'GRANT USAGE ON WAREHOUSE "MONEY_WH" TO ROLE "MONEY_ROLE"'),)
    assert (finding.place.line, finding.group) == (4, "money")
    assert "SECURITYADMIN: GRANT USAGE" in verify_views.as_text(report)


def test_an_access_test_that_does_not_hold_is_a_finding_of_its_own() -> None:
    orders = ObjectRef(ObjectType.TABLE, ("SALES_DB", "PROD", "ORDERS"))
    account = converged().with_object(Relation(ref=orders, owner="SALES_ROLE"))
    account = account.with_grants([Grant("INSERT", orders, "MONEY_ROLE", granted_by="SALES_ROLE")])
    report = verification.verify(mesh(), account, TARGET)
    assert (report.findings, report.clean) == ((), False)
    assert "cannot INSERT on table SALES_DB.PROD.ORDERS: fails, held by MONEY_ROLE" in verify_views.as_text(report)
    assert verify_views.as_text(report).endswith("No drift. 0 of 1 access tests hold.")


def drifted() -> verification.Report:
    odd = Grant("USAGE", database("SALES_DB"), 'od|d "<&\x1b', granted_by="EVE")
    account = converged().without_grants([USAGE]).with_object(owned("EVE")).with_grants([odd])
    return verification.verify(mesh(), account.with_memberships([Membership("MONEY_ROLE", user("ZOE"))]), TARGET)


def test_json_has_every_finding() -> None:
    document = json.loads(verify_views.as_json(drifted()))
    assert document["summary"] == {"missing": 1, "wrong owner": 1, "undeclared role": 1}
    assert [f["drift"] for f in document["findings"]] == ["wrong owner", "missing", "undeclared role"]
    assert document["clean"] is False
    assert document["findings"][-1]["granted_by"] == "EVE"


# what the standard demands of the parts that are written (SARIF 2.1.0, 3.13-3.30); nothing else may be there
TEXT_MESSAGE = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "minLength": 1}}}
SARIF = {
    "type": "object",
    "additionalProperties": False,
    "required": ["version", "runs"],
    "properties": {
        "$schema": {"type": "string", "format": "uri"},
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["tool", "results"],
                "properties": {
                    "tool": {
                        "properties": {
                            "driver": {
                                "required": ["name"],
                                "additionalProperties": False,
                                "properties": {
                                    "name": {"type": "string"},
                                    "rules": {
                                        "uniqueItems": True,
                                        "items": {
                                            "required": ["id"],
                                            "additionalProperties": False,
                                            "properties": {"id": {"type": "string"}, "shortDescription": TEXT_MESSAGE},
                                        },
                                    },
                                },
                            }
                        }
                    },
                    "results": {
                        "items": {
                            "required": ["message"],
                            "additionalProperties": False,
                            "properties": {
                                "ruleId": {"type": "string"},
                                "ruleIndex": {"type": "integer", "minimum": -1},
                                "level": {"enum": ["none", "note", "warning", "error"]},
                                "message": TEXT_MESSAGE,
                                "partialFingerprints": {"additionalProperties": {"type": "string"}},
                                "locations": {
                                    "items": {
                                        "required": ["physicalLocation"],
                                        "properties": {
                                            "physicalLocation": {
                                                "required": ["artifactLocation"],
                                                "properties": {
                                                    "artifactLocation": {
                                                        "properties": {"uri": {"pattern": "^[!-~]+$"}}
                                                    },
                                                    "region": {
                                                        "properties": {
                                                            "startLine": {"type": "integer", "minimum": 1},
                                                            "startColumn": {"type": "integer", "minimum": 1},
                                                        }
                                                    },
                                                },
                                            }
                                        },
                                    }
                                },
                            },
                        }
                    },
                },
            },
        },
    },
}


def test_sarif_is_what_the_standard_demands() -> None:
    """With SNOWMESH_SARIF_SCHEMA naming the standard's own schema, by that too."""
    document = json.loads(verify_views.as_sarif(drifted()))
    jsonschema.validate(document, SARIF)
    if path := os.environ.get("SNOWMESH_SARIF_SCHEMA"):
        jsonschema.validate(document, json.loads(Path(path).read_text()))
    (run,) = document["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert all(rules[result["ruleIndex"]] == result["ruleId"] for result in run["results"])
    assert [result["level"] for result in run["results"]] == ["error", "error", "error", "note"]
    assert run["results"][0]["locations"][0]["physicalLocation"]["region"] == {"startLine": 4, "startColumn": 3}


def test_junit_counts_what_failed_and_what_passed() -> None:
    """Control characters of names are no XML; a domain without drift is a passed case."""
    root = ElementTree.fromstring(verify_views.as_junit(drifted()))
    (suite,) = root
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("5", "3", "0")
    passed = [case.get("name") for case in suite if case.find("failure") is None]
    assert passed == ["as declared", "role MONEY_ROLE cannot INSERT on table SALES_DB.PROD.ORDERS"]
    assert {case.find("failure").get("type") for case in suite if len(case)} == {
        "missing",
        "wrong owner",
        "undeclared role",
    }


def test_markdown_escapes_what_would_be_markup() -> None:
    text = verify_views.as_markdown(drifted())
    row = next(line for line in text.splitlines() if "od" in line and "undeclared" in line)
    assert row.count("|") - row.count("\\|") == 5
    assert "\x1b" not in text
