"""A plan as a JSON document: what `--output json` prints and `--out` keeps, bound to what it was made from."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from snowmesh.account.roles import SECURITYADMIN
from snowmesh.bootstrap import fingerprint, plan_rows, statements
from snowmesh.bootstrap.changes import Plan, Step
from snowmesh.bootstrap.problems import BootstrapError, printable

VERSION = 1
MAX_BYTES = 200_000_000
_AGAIN = "make a new plan with 'mesh-bootstrap plan --out', read it, and apply that."


@dataclass(frozen=True)
class Target:
    """The account that a plan is for, and the user who made it."""

    account: str
    user: str


def as_data(plan: Plan, target: Target) -> dict[str, Any]:
    """The document; the changes in the order in which they are applied. `bound_to` and `hash` make it checkable."""
    document: dict[str, Any] = {
        "version": VERSION,
        "file": plan.file,
        "environment": plan.environment,
        "account": target.account,
        "user": target.user,
        "bound_to": {
            "account": target.account,
            "role": SECURITYADMIN,
            "mesh_sha256": plan.digest,
            "state_sha256": plan.state,
        },
        "summary": plan_rows.counted(plan),
        "roles": _roles(plan),
        "warnings": list(plan.warnings),
        "changes": [_step(step) for step in plan.steps],
    }
    return {**document, "hash": digest(plan, target)}


def as_json(plan: Plan, target: Target) -> str:
    """The document as text."""
    return json.dumps(as_data(plan, target), indent=2, ensure_ascii=True)


def digest(plan: Plan, target: Target) -> str:
    """What a plan does and what it is bound to, as one SHA-256: equal for equal plans, whoever made them."""
    bound = (str(VERSION), target.account, plan.digest, plan.state)
    return fingerprint.of_lines([*bound, *(f"{s.run_as} {statements.render(s.change)}" for s in plan.steps)])


def _roles(plan: Plan) -> list[dict[str, Any]]:
    """How many statements each role runs, and why a role beyond the usual ones is needed."""
    found: dict[str, dict[str, Any]] = {}
    for step in plan.steps:
        entry = found.setdefault(step.run_as, {"role": step.run_as, "statements": 0, "reasons": []})
        entry["statements"] += 1
        if step.why and step.why not in entry["reasons"]:
            entry["reasons"].append(step.why)
    return list(found.values())


def _step(step: Step) -> dict[str, Any]:
    row = plan_rows.row(step.change)
    place = step.cause.place
    return {
        "action": row.action,
        "object_type": row.kind.removeprefix("ON "),
        "name": row.name,
        "detail": row.detail,
        "group": step.cause.group,
        "role": step.run_as,
        "role_reason": step.why,
        "declared_at": None if step.takes_away else str(place),
        "declared_by": None if step.takes_away else place.path,
        "reason": step.cause.reason,
        "statement": statements.render(step.change),
    }


# -- a plan that was kept --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Kept:
    """A plan file, as far as it is checked against a plan made anew."""

    path: Path
    account: str
    mesh: str
    state: str
    hash: str
    statements: tuple[tuple[str, str], ...]


def read(path: Path) -> Kept:
    """Read a plan file. Raises BootstrapError."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise BootstrapError(f"{path} has more than {MAX_BYTES:,} bytes and is no plan.", _AGAIN)
        document = json.loads(path.read_bytes())
    except OSError as error:
        text = f"the plan {path} cannot be read: {error.strerror}."
        raise BootstrapError(text, "name the file that 'plan --out' wrote.") from None
    except (ValueError, RecursionError):
        raise BootstrapError(f"the plan {path} is not the JSON that 'plan --out' writes.", _AGAIN) from None
    return _kept(path, document)


def _kept(path: Path, document: Any) -> Kept:
    try:
        if document["version"] != VERSION:
            raise BootstrapError(f"the plan {path} is of another version of mesh-bootstrap.", _AGAIN)
        bound = document["bound_to"]
        steps = tuple((str(c["role"]), str(c["statement"])) for c in document["changes"])
        account, mesh, state = (str(bound[key]) for key in ("account", "mesh_sha256", "state_sha256"))
        return Kept(path, account, mesh, state, str(document["hash"]), steps)
    except (KeyError, TypeError):
        raise BootstrapError(f"the plan {path} is not the JSON that 'plan --out' writes.", _AGAIN) from None


def check(kept: Kept, plan: Plan, target: Target) -> None:
    """Raise BootstrapError unless a plan made now is the one that was kept."""
    if reason := _stale(kept, plan, target):
        raise BootstrapError(f"the plan {kept.path} is stale: {printable(reason)}; nothing was changed.", _AGAIN)


def _stale(kept: Kept, plan: Plan, target: Target) -> str:
    if kept.account != target.account:
        return f"it is for account {kept.account}, and this is {target.account}"
    if kept.mesh != plan.digest:
        return f"{plan.file} was changed after it was made"
    if kept.state != plan.state:
        return "the account was changed after it was made"
    if kept.hash != digest(plan, target) or kept.statements != tuple(
        (step.run_as, statements.render(step.change)) for step in plan.steps
    ):
        return "its statements are not those of the mesh file; it was edited, or made by another version"
    return ""
