"""Carry out a plan: each step under its role, independent work goes on after a failure, then read back."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from snowmesh.account.objects import ObjectRef
from snowmesh.bootstrap import changes, statements
from snowmesh.bootstrap.changes import Change, CreateObject, Plan, Step
from snowmesh.bootstrap.problems import BootstrapError, printable
from snowmesh.bootstrap.session import ROLE_NOT_ASSIGNED, Session, StatementError

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Failure:
    """A step that was not carried out, and why: the server's reason, or what it waits for."""

    step: Step
    sql: str
    reason: str
    skipped: bool = False


@dataclass
class Outcome:
    """What an apply did."""

    applied: int = 0
    failures: list[Failure] = field(default_factory=list)


def check_roles(session: Session, plan: Plan) -> None:
    """Take every role that the plan needs once, before the first change. Raises BootstrapError."""
    missing = []
    for role in dict.fromkeys(step.run_as for step in plan.steps):
        try:
            session.use_role(role)
        except StatementError as error:
            if error.code != ROLE_NOT_ASSIGNED:
                raise BootstrapError(f"role {role} cannot be used: {printable(error.reason)}") from error
            missing.append(role)
    if missing:
        raise BootstrapError(_roles_needed(session.user, plan, missing))


def _roles_needed(user: str, plan: Plan, missing: list[str]) -> str:
    lines = [f"user {user} does not hold the roles that this plan runs with; nothing was changed."]
    for role in missing:
        count = sum(step.run_as == role for step in plan.steps)
        lines.append(f"  {role} for {count} statement{'' if count == 1 else 's'}: {statements.grant_role(role, user)}")
    return "\n".join(lines)


def apply_plan(session: Session, plan: Plan, progress: Progress) -> Outcome:
    """Run every step in order; what depends on a failed creation is skipped and named."""
    check_roles(session, plan)
    outcome = Outcome()
    missing: set[ObjectRef] = set()
    for number, step in enumerate(plan.steps, 1):
        started = time.monotonic()
        head = f"[{number:{len(str(len(plan.steps)))}}/{len(plan.steps)}]"
        failures = _run(session, step, frozenset(missing))
        if failures and isinstance(step.change, CreateObject):
            missing.add(step.change.object.ref)
        outcome.failures.extend(failures)
        outcome.applied += not failures
        word = "done" if not failures else "skipped" if failures[0].skipped else "FAILED"
        progress(f"{head} {printable(statements.render(step.change))} ... {word} ({time.monotonic() - started:.1f}s)")
        for failure in failures:
            progress(f"      {printable(failure.reason)}")
    return outcome


def _run(session: Session, step: Step, missing: frozenset[ObjectRef]) -> list[Failure]:
    """Run what of a step can be run; return what could not."""
    failures = []
    possible: Change | None = changes.without(step.change, missing)
    if possible != step.change:
        waits = sorted(changes.needs(step.change) & missing)
        text = ", ".join(f"{ref.type.value.lower()} {ref.fqn}" for ref in waits)
        failures.append(Failure(step, statements.render(step.change), f"needs {text}, not created", skipped=True))
    if possible is None:
        return failures
    sql = statements.render(possible)
    try:
        session.use_role(step.run_as)
        session.query(sql)
    except StatementError as error:
        failures.append(Failure(step, sql, error.reason))
    return failures
