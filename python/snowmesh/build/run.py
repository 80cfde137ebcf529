"""Carrying out a plan with dbt: a project that fails stops those that read it, and no others."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from snowmesh.build.plan import Step
from snowmesh.build.projects import Project
from snowmesh.errors import UserError

Report = Callable[[str], None]


@dataclass(frozen=True)
class Options:
    """What is passed on to dbt."""

    select: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    target: str = ""
    full_refresh: bool = False
    docs: bool = True


@dataclass(frozen=True)
class Outcome:
    """What became of a project: built, failed, stopped or left; `counts` are dbt's results by status."""

    project: Project
    status: str
    reason: str = ""
    seconds: float = 0.0
    counts: Mapping[str, int] = field(default_factory=dict, hash=False)


def build(steps: Sequence[Step], options: Options, report: Report) -> list[Outcome]:
    """Build what the plan says, in its order."""
    outcomes: dict[str, Outcome] = {}
    manifests = {step.project.name: step.project.manifest for step in steps}
    for step in steps:
        project = step.project
        bad = [up for up in project.reads if up in outcomes and outcomes[up].status in ("failed", "stopped")]
        if bad:
            outcomes[project.name] = Outcome(project, "stopped", f"it reads {bad[0]}, which {outcomes[bad[0]].status}")
        elif not step.is_built:
            outcomes[project.name] = Outcome(project, "left", step.reason)
        else:
            report(f"{project.name}: dbt build ({step.reason})")
            outcomes[project.name] = _build(project, options, manifests, report)
        report(_line(outcomes[project.name]))
    return list(outcomes.values())


def _build(project: Project, options: Options, manifests: Mapping[str, Path], report: Report) -> Outcome:
    started = time.monotonic()
    arguments = ["build"]
    for flag, values in (("--select", options.select), ("--exclude", options.exclude)):
        arguments += [flag, *values] if values else []
    arguments += ["--full-refresh"] if options.full_refresh else []
    code = run_dbt(project, arguments, options.target, manifests, report)
    counts = _counts(project)
    if code == 0 and options.docs:
        code = run_dbt(project, ["docs", "generate"], options.target, manifests, report)
        reason = "" if code == 0 else "dbt docs generate failed"
    else:
        reason = "" if code == 0 else f"dbt build exited with {code}"
    return Outcome(project, "failed" if code else "built", reason, time.monotonic() - started, counts)


def parse(project: Project, options: Options, manifests: Mapping[str, Path], report: Report) -> None:
    """Let dbt write the manifest of a project. Raises UserError when it cannot."""
    if run_dbt(project, ["parse"], options.target, manifests, report):
        raise UserError(f"dbt cannot parse {project.name}.", f"see what dbt says above, or run it in {project.path}.")


def run_dbt(
    project: Project, arguments: Sequence[str], target: str, manifests: Mapping[str, Path], report: Report
) -> int:
    """Run dbt in a project's folder; its lines are reported under the project's name."""
    command = [_dbt(), "--no-use-colors", *arguments, *(["--target", target] if target else [])]
    environment = {**os.environ, "SNOWMESH_MANIFESTS": _variable(project, manifests)}
    with subprocess.Popen(  # noqa: S603  # dbt itself, with the user's own options
        command, cwd=project.path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        for line in process.stdout or ():
            report(f"{project.name} | {line.rstrip()}")
    return process.returncode


def _variable(project: Project, manifests: Mapping[str, Path]) -> str:
    """Where the manifests of upstream projects are; what the user's own variable says comes first."""
    said = os.environ.get("SNOWMESH_MANIFESTS", "")
    names = {entry.partition("=")[0].strip() for entry in said.split(os.pathsep)}
    ours = [f"{up}={manifests[up].resolve()}" for up in project.reads if up in manifests and up not in names]
    return os.pathsep.join([*([said] if said else []), *ours])


def _dbt() -> str:
    beside = Path(sys.executable).with_name("dbt")
    found = str(beside) if beside.is_file() else shutil.which("dbt")
    if found is None:
        raise UserError("dbt is not installed.", "pip install 'snowmesh[dbt]'")
    return found


def _counts(project: Project) -> dict[str, int]:
    """dbt's results by status; none when it wrote none."""
    try:
        results = json.loads((project.target / "run_results.json").read_bytes())["results"]
        return dict(sorted(Counter(str(result["status"]) for result in results).items()))
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _line(outcome: Outcome) -> str:
    reason = f": {outcome.reason}" if outcome.reason else ""
    return f"{outcome.project.name}: {outcome.status}{reason}"
