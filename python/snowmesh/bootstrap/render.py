"""A plan as text for people, as JSON, or as SQL: three views of the same data."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from snowmesh.account import identifiers
from snowmesh.bootstrap import changes, statements
from snowmesh.bootstrap.changes import AlterObject, CreateObject, GrantPrivileges, GrantRoles, Plan, Step
from snowmesh.bootstrap.problems import printable
from snowmesh.bootstrap.run import Outcome

FORMATS = ("text", "json", "sql")


@dataclass(frozen=True)
class Target:
    """The account that a plan is for."""

    account: str
    user: str


def render(plan: Plan, target: Target, output: str) -> str:
    """The plan in one of FORMATS, without a final newline."""
    if output == "json":
        return as_json(plan, target)
    return as_sql(plan) if output == "sql" else as_text(plan, target)


# -- text ----------------------------------------------------------------------------------------------


def as_text(plan: Plan, target: Target) -> str:
    """Grouped by domain, aligned over the whole plan, one summary line; `No changes.` when there is nothing."""
    if not plan.steps:
        return "No changes."
    lines = [f"{plan.file} on account {target.account}, as user {target.user}"]
    groups: dict[str, list[tuple[str, ...]]] = {}
    for step in plan.steps:
        groups.setdefault(step.cause.group, []).append(_cells(step))
    widths = _widths([row for rows in groups.values() for row in rows])
    for group, rows in groups.items():
        lines += ["", group, *(_line(row, widths) for row in rows)]
    lines += ["", *_reasons(plan.steps), summary(plan)]
    return "\n".join(printable(line) for line in lines)


def summary(plan: Plan) -> str:
    """`Planned 3 changes (1 to create, 0 to alter, 2 to grant).`"""
    if not plan.steps:
        return "No changes."
    counts = counted(plan)
    parts = ", ".join(f"{counts[action]} to {action}" for action in counts)
    return f"Planned {len(plan.steps)} change{'' if len(plan.steps) == 1 else 's'} ({parts})."


def counted(plan: Plan) -> dict[str, int]:
    """How many steps create, alter and grant."""
    return {action: sum(_action(step) == action for step in plan.steps) for action in ("create", "alter", "grant")}


def _cells(step: Step) -> tuple[str, ...]:
    kind, name, detail = _parts(step)
    between = " ON " if isinstance(step.change, GrantPrivileges) else " "
    return (step.run_as, f"{_action(step).upper()}{between}{kind}", name, detail)


def _parts(step: Step) -> tuple[str, str, str]:
    """Object type, name, detail."""
    change = step.change
    if isinstance(change, CreateObject):
        ref = change.object.ref
        return ref.type.value, ref.fqn, ", ".join(f"{_word(k)} {v}" for k, v in change.object.properties.items())
    if isinstance(change, AlterObject):
        detail = ", ".join(
            f"{_word(key)} {before or 'none'} -> {after or 'none'}" for key, before, after in change.properties
        )
        return change.ref.type.value, change.ref.fqn, detail
    if isinstance(change, GrantPrivileges):
        return (
            change.on.type.value,
            change.on.fqn,
            f"{', '.join(change.privileges)} to role {identifiers.display(change.role)}",
        )
    return (
        "ROLE",
        ", ".join(identifiers.display(role) for role in change.roles),
        f"to {change.to.type.value.lower()} {change.to.fqn}",
    )


def _word(key: str) -> str:
    return key.lower().replace("_", " ")


def _action(step: Step) -> str:
    if isinstance(step.change, GrantPrivileges | GrantRoles):
        return "grant"
    return "create" if isinstance(step.change, CreateObject) else "alter"


def _widths(rows: Sequence[tuple[str, ...]]) -> list[int]:
    # a very long name does not push everything else out of sight; the last column is ragged
    return [min(max(len(row[i]) for row in rows), 48) for i in range(len(rows[0]))]


def _line(cells: tuple[str, ...], widths: list[int]) -> str:
    return ("  " + "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True))).rstrip()


def _reasons(steps: Iterable[Step]) -> list[str]:
    """Why a role beyond the usual one is needed, each reason once."""
    found = dict.fromkeys((step.run_as, step.why) for step in steps if step.why)
    return [*(f"{role}: {why}." for role, why in found), ""] if found else []


# -- JSON and SQL ----------------------------------------------------------------------------------------


def as_json(plan: Plan, target: Target) -> str:
    """One document; the changes in the order in which they are applied."""
    document = {
        "file": plan.file,
        "account": target.account,
        "user": target.user,
        "summary": counted(plan),
        "warnings": list(plan.warnings),
        "changes": [_as_data(step) for step in plan.steps],
    }
    return json.dumps(document, indent=2, ensure_ascii=True)


def _as_data(step: Step) -> dict[str, Any]:
    kind, name, detail = _parts(step)
    return {
        "action": _action(step),
        "object_type": kind,
        "name": name,
        "detail": detail,
        "group": step.cause.group,
        "role": step.run_as,
        "role_reason": step.why,
        "declared_at": str(step.cause.place),
        "declared_by": step.cause.place.path,
        "reason": step.cause.reason,
        "statement": statements.render(step.change),
    }


def as_sql(plan: Plan) -> str:
    """A script, one statement a line. Nothing from the mesh file stands in a comment."""
    lines = [] if plan.steps else ["-- No changes."]
    role = ""
    for step in plan.steps:
        if step.run_as != role:
            role = step.run_as
            lines.append(f"{statements.use_role(role)};")
        lines.append(f"{statements.render(step.change)};")
    return "\n".join(lines)


# -- after an apply --------------------------------------------------------------------------------------


def result(plan: Plan, outcome: Outcome, left: Plan) -> tuple[str, int]:
    """What an apply did, and its exit code: 1 when a step failed or the account still lacks something."""
    failed = [f for f in outcome.failures if not f.skipped]
    skipped = [f for f in outcome.failures if f.skipped]
    head = f"Applied {outcome.applied} of {len(plan.steps)} changes"
    lines = [f"{head}; {len(failed)} failed, {len(skipped)} skipped." if outcome.failures else f"{head}."]
    for word, failures in (("failed", failed), ("skipped", skipped)):
        for failure in failures:
            lines += [f"  {word}: {failure.sql}", f"    as {failure.step.run_as}: {failure.reason}"]
    silent = _silent(outcome, left)
    if silent:
        lines.append(f"Read back from the account: {len(silent)} reported success and still missing:")
        lines += [f"  missing: {sql}" for sql in silent]
    elif not outcome.failures and not left.steps:
        lines.append("Read back from the account: nothing is missing.")
    if left.steps:
        lines.append("Next: mend the cause and run apply again; it does only the rest.")
    return "\n".join(printable(line) for line in lines), 1 if outcome.failures or left.steps else 0


def _silent(outcome: Outcome, left: Plan) -> list[str]:
    """What is missing although no failure explains it."""
    explained = {change for f in outcome.failures for change in changes.atoms(f.step.change)}
    missing = (step for step in left.steps if not set(changes.atoms(step.change)) <= explained)
    return [statements.render(step.change) for step in missing]
