"""A plan and the outcome of a build of the mesh, as text and JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence

from snowmesh.build.plan import Step
from snowmesh.build.run import Outcome
from snowmesh.report.table import Table, aligned


def plan_as_text(steps: Sequence[Step]) -> str:
    """One line for each project, in the order of the build."""
    rows = tuple((str(s.level), s.project.name, "build" if s.is_built else "leave", s.reason) for s in steps)
    return aligned(Table(("level", "project", "plan", "reason"), rows))


def plan_as_json(steps: Sequence[Step]) -> str:
    """`{"projects": [{name, path, level, reads, build, reason, command}]}`."""
    projects = [
        {
            "name": step.project.name,
            "path": str(step.project.path),
            "level": step.level,
            "reads": list(step.project.reads),
            "build": step.is_built,
            "reason": step.reason,
            "command": f"dbt build --project-dir {step.project.path}",
        }
        for step in steps
    ]
    return json.dumps({"projects": projects}, indent=2, ensure_ascii=False)


def as_text(outcomes: Sequence[Outcome]) -> str:
    """What became of each project."""
    rows = tuple((o.project.name, o.status, _counts(o), f"{o.seconds:.0f} s", o.reason) for o in outcomes)
    return aligned(Table(("project", "status", "results", "time", "reason"), rows))


def as_json(outcomes: Sequence[Outcome]) -> str:
    """`{"projects": [{name, status, reason, seconds, results}]}`."""
    projects = [
        {
            "name": o.project.name,
            "status": o.status,
            "reason": o.reason,
            "seconds": round(o.seconds, 1),
            "results": dict(o.counts),
        }
        for o in outcomes
    ]
    return json.dumps({"projects": projects}, indent=2, ensure_ascii=False)


def _counts(outcome: Outcome) -> str:
    return ", ".join(f"{count} {status}" for status, count in outcome.counts.items())
