"""Carry out a plan: each step under its role, independent work goes on after a failure, then read back."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from snowmesh.account.objects import ObjectRef
from snowmesh.bootstrap import changes, statements
from snowmesh.bootstrap.changes import Change, CreateObject, GrantPrivileges, Plan, Scope, Step
from snowmesh.bootstrap.problems import BootstrapError, printable
from snowmesh.bootstrap.session import ROLE_NOT_ASSIGNED, Session, StatementError
from snowmesh.bootstrap.wording import say

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
    """Run every step in order; what depends on what failed is skipped and named."""
    check_roles(session, plan)
    outcome = Outcome()
    held_up = HeldUp()
    for number, step in enumerate(plan.steps, 1):
        started = time.monotonic()
        head = f"[{number:{len(str(len(plan.steps)))}}/{len(plan.steps)}]"
        failures = _run(session, step, held_up)
        if failures:
            held_up.add(step.change)
        outcome.failures.extend(failures)
        outcome.applied += not failures
        word = "done" if not failures else "skipped" if failures[0].skipped else "FAILED"
        progress(f"{head} {printable(statements.render(step.change))} ... {word} ({time.monotonic() - started:.1f}s)")
        for failure in failures:
            progress(f"      {printable(failure.reason)}")
    return outcome


@dataclass
class HeldUp:
    """What the failures so far stand in the way of."""

    missing: set[ObjectRef] = field(default_factory=set)
    on_all: set[GrantPrivileges] = field(default_factory=set)

    def add(self, change: Change) -> None:
        """Note a change that failed or was skipped."""
        if isinstance(change, CreateObject):
            self.missing.add(change.object.ref)
        elif isinstance(change, GrantPrivileges) and change.scope is Scope.ALL:
            self.on_all.add(replace(change, scope=Scope.FUTURE))

    def reason(self, change: Change) -> str:
        """What a change waits for, or an empty text."""
        if waits := sorted(changes.needs(change) & self.missing):
            return f"needs {', '.join(say(ref) for ref in waits)}, not created"
        # the next plan looks at the future grant: with it there, the objects that exist would be forgotten
        if isinstance(change, GrantPrivileges) and change in self.on_all:
            return "needs the same on all that exist, not granted"
        return ""


def _run(session: Session, step: Step, held_up: HeldUp) -> list[Failure]:
    """Run what of a step can be run; return what could not."""
    failures = []
    possible: Change | None = step.change
    if reason := held_up.reason(step.change):
        possible = changes.without(step.change, frozenset(held_up.missing))
        possible = None if possible == step.change else possible
        failures.append(Failure(step, statements.render(step.change), reason, skipped=True))
    if possible is None:
        return failures
    sql = statements.render(possible)
    try:
        session.use_role(step.run_as)
        session.query(sql)
    except StatementError as error:
        failures.append(Failure(step, sql, error.reason))
    return failures
