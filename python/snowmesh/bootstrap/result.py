"""What an apply did, in words, and its exit code."""

from __future__ import annotations

from snowmesh.bootstrap import changes, statements
from snowmesh.bootstrap.changes import Plan
from snowmesh.bootstrap.problems import printable
from snowmesh.bootstrap.run import Outcome


def result(plan: Plan, outcome: Outcome, left: Plan) -> tuple[str, int]:
    """What an apply did, and its exit code: 1 when a step failed or the account still differs."""
    failed = [f for f in outcome.failures if not f.skipped]
    skipped = [f for f in outcome.failures if f.skipped]
    head = f"Applied {outcome.applied} of {len(plan.steps)} changes"
    lines = [f"{head}; {len(failed)} failed, {len(skipped)} skipped." if outcome.failures else f"{head}."]
    for word, failures in (("failed", failed), ("skipped", skipped)):
        for failure in failures:
            lines += [f"  {word}: {failure.sql}", f"    as {failure.step.run_as}: {failure.reason}"]
    lines += _read_back(plan, outcome, left)
    if left.steps:
        lines.append("Next: mend the cause and run apply again; it does only the rest.")
    return "\n".join(printable(line) for line in lines), 1 if outcome.failures or left.steps else 0


def _read_back(plan: Plan, outcome: Outcome, left: Plan) -> list[str]:
    """What the account shows after the apply: a statement may report success and have done nothing (P31)."""
    missing, surviving, later = _silent(plan, outcome, left)
    lines = []
    for word, found in (("missing", missing), ("there", surviving)):
        if found:
            lines.append(f"Read back from the account: {len(found)} reported success and still {word}:")
            lines += [f"  {'missing' if word == 'missing' else 'survived'}: {sql}" for sql in found]
    if later:
        lines.append(f"Read back from the account: {len(later)} changed meanwhile:")
        lines += [f"  to do: {sql}" for sql in later]
    return lines or ([] if outcome.failures or left.steps else ["Read back from the account: nothing is missing."])


def _silent(plan: Plan, outcome: Outcome, left: Plan) -> tuple[list[str], list[str], list[str]]:
    """What no failure explains: still missing, survived its REVOKE, and what this apply never had to do."""
    explained = {atom for f in outcome.failures for atom in changes.atoms(f.step.change)}
    planned = {atom for step in plan.steps for atom in changes.atoms(step.change)}
    missing: list[str] = []
    surviving: list[str] = []
    later: list[str] = []
    for step in left.steps:
        atoms = set(changes.atoms(step.change))
        if atoms <= explained:
            continue
        if not atoms & planned:
            later.append(statements.render(step.change))
        else:
            (surviving if step.takes_away else missing).append(statements.render(step.change))
    return missing, surviving, later


def destroyed(plan: Plan, outcome: Outcome, left: Plan) -> tuple[str, int]:
    """What a destroy did, and its exit code: 1 when a step failed or something is still there."""
    lines = [f"Dropped or revoked {outcome.applied} of {len(plan.steps)}."]
    for failure in outcome.failures:
        lines += [f"  failed: {failure.sql}", f"    as {failure.step.run_as}: {failure.reason}"]
    if left.steps:
        lines.append(f"Read back from the account: {len(left.steps)} still there:")
        lines += [f"  there: {statements.render(step.change)}" for step in left.steps]
    elif not outcome.failures:
        lines.append("Read back from the account: nothing is left of it.")
    return "\n".join(printable(line) for line in lines), 1 if outcome.failures or left.steps else 0
