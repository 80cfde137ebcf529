"""Carrying out a plan when things go wrong: what depends on a failure is skipped, the rest goes on, all is named."""

from __future__ import annotations

import pytest

from snowmesh.account.system import fresh_account
from snowmesh.bootstrap import mesh_file, render, result
from snowmesh.bootstrap.changes import Plan
from snowmesh.bootstrap.expand import expand
from snowmesh.bootstrap.plan import make_plan
from snowmesh.bootstrap.problems import BootstrapError
from snowmesh.bootstrap.run import apply_plan
from tests.unit.bootstrap.recorded import Recorded

MARKED = "COMMENT = '[mesh-bootstrap]'"
CREATE_A = 'CREATE DATABASE IF NOT EXISTS "A_DB" ' + MARKED
TEXT = "domains: {a: {readers: [r1, r2]}, b: {}}\nusers: {u: {type: service, domain: a}}"


def planned() -> Plan:
    return make_plan(expand(mesh_file.loads(TEXT)), fresh_account())


def changes_sent(session: Recorded) -> list[str]:
    return [sql for sql in session.sent if not sql.startswith("USE")]


def test_every_statement_runs_under_its_role() -> None:
    session = Recorded()
    outcome = apply_plan(session, planned(), lambda line: None)
    assert (outcome.applied, outcome.failures) == (len(planned().steps), [])
    script = render.as_sql(planned()).replace(";", "").splitlines()
    assert session.sent[3:] == script  # the roles are tried first


def test_a_missing_role_stops_the_run_before_the_first_change() -> None:
    """Scenario 12 of the peers: the role, how many statements need it, and the GRANT that helps."""
    session = Recorded(held=("SECURITYADMIN", "USERADMIN"))
    with pytest.raises(BootstrapError, match="user ME does not hold the roles") as caught:
        apply_plan(session, planned(), lambda line: None)
    assert 'SYSADMIN for 6 statements: GRANT ROLE "SYSADMIN" TO USER "ME"' in str(caught.value)
    assert changes_sent(session) == []


def test_what_needs_a_failed_object_is_skipped_and_the_rest_is_done() -> None:
    session = Recorded(answers={CREATE_A: 3001})
    lines: list[str] = []
    outcome = apply_plan(session, planned(), lines.append)
    failed = [f.sql for f in outcome.failures if not f.skipped]
    skipped = {f.sql: f.reason for f in outcome.failures if f.skipped}
    assert failed == [CREATE_A]
    assert skipped['CREATE SCHEMA IF NOT EXISTS "A_DB"."PROD" ' + MARKED] == "needs database A_DB, not created"
    assert all("A_DB" in sql for sql in skipped)
    sent = changes_sent(session)
    assert 'GRANT USAGE ON DATABASE "B_DB" TO ROLE "B_ROLE"' in sent
    assert not any("A_DB" in sql for sql in sent if sql.startswith("GRANT"))
    assert any("... FAILED" in line for line in lines)
    assert any("refused with 3001" in line for line in lines)


def test_a_statement_for_several_roles_goes_on_without_the_one_that_is_missing() -> None:
    session = Recorded(answers={'CREATE ROLE IF NOT EXISTS "R1" ' + MARKED: 3001})
    outcome = apply_plan(session, planned(), lambda line: None)
    assert 'GRANT ROLE "R2" TO ROLE "A_ROLE"' in changes_sent(session)
    assert 'GRANT ROLE "R1", "R2" TO ROLE "A_ROLE"' in [f.sql for f in outcome.failures if f.skipped]


def test_the_result_names_every_failure_and_exits_1() -> None:
    plan = planned()
    session = Recorded(answers={'GRANT ROLE "B_ROLE" TO ROLE "SYSADMIN"': 3001})
    outcome = apply_plan(session, plan, lambda line: None)
    left = Plan(tuple(s for s in plan.steps if s == outcome.failures[0].step))
    text, code = result.result(plan, outcome, left)
    assert code == 1
    assert f"Applied {len(plan.steps) - 1} of {len(plan.steps)} changes; 1 failed, 0 skipped." in text
    assert 'failed: GRANT ROLE "B_ROLE" TO ROLE "SYSADMIN"\n    as SECURITYADMIN: refused with 3001' in text
    assert "still missing" not in text


def test_a_statement_that_reports_success_and_does_nothing_is_named() -> None:
    """The account is read back: a merged GRANT of which one privilege is missing counts too."""
    plan = planned()
    outcome = apply_plan(Recorded(), plan, lambda line: None)
    text, code = result.result(plan, outcome, Plan(plan.steps[-1:]))
    assert code == 1
    assert "1 reported success and still missing:\n  missing: GRANT" in text


def test_a_clean_apply_says_so_and_exits_0() -> None:
    plan = planned()
    text, code = result.result(plan, apply_plan(Recorded(), plan, lambda line: None), Plan())
    assert code == 0
    assert text.splitlines() == [
        f"Applied {len(plan.steps)} of {len(plan.steps)} changes.",
        "Read back from the account: nothing is missing.",
    ]
