"""`dbt parse` of many models with and without the package, in turns; and what the package's hook costs in a run.

The project without the package is the same but for packages.yml, hook, dispatch and vars; its meta stays.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import statements
import yaml
from peers import OURS, PLAIN, Peer

from snowmesh.local import in_thread

COLUMNS = ("task", "models", "runs", "baseline_s", "snowmesh_s", "ratio", "target")
Row = tuple[str, int, int, float, float, float, str]
WIDTH = 3


def parse(runs: int, models: int) -> list[Row]:
    """CPU seconds, medians; the machine may be busy, the work is the same."""
    rows = []
    with tempfile.TemporaryDirectory() as folder, in_thread.started(0.001, None) as port:
        projects: dict[str, Path] = {}
        made = (f"create or replace database {statements.DATABASE}", f"create schema {statements.DATABASE}.governance")
        statements.run_sql(port, *made, "create warehouse if not exists bench_wh")
        for name in (PLAIN, OURS):
            projects[name] = _project(Path(folder) / name.split()[-1], name, models, port)
        for task, arguments, target in (
            ("dbt parse", ["parse", "--no-partial-parse"], "1.05"),
            ("dbt parse, nothing changed", ["parse"], "1.05"),
            ("dbt run of one model", ["run", "--select", "m0"], "-"),
        ):
            times: dict[str, list[float]] = {PLAIN: [], OURS: []}
            for number in range(runs + 1):
                for name, project in projects.items():
                    spent = _cpu_seconds(project, arguments)
                    if number:
                        times[name].append(spent)
                print(f"{task}: run {number} of {runs}", file=sys.stderr)
            plain, ours = (statistics.median(times[name]) for name in (PLAIN, OURS))
            rows.append((task, models, runs, round(plain, 2), round(ours, 2), round(ours / plain, 3), target))
    return rows


def _project(folder: Path, name: str, models: int, port: int) -> Path:
    """The project with governance blocks on every model; only ours has the package."""
    project = folder / "project"
    statements.write(project, Peer(OURS), models, WIDTH, port)
    if name == PLAIN:
        for file in (project / "packages.yml", project / "dbt_packages" / "snowmesh"):
            file.unlink()
        path = project / "dbt_project.yml"
        config = yaml.safe_load(path.read_text())
        for key in ("on-run-start", "dispatch", "vars"):
            config.pop(key)
        path.write_text(yaml.safe_dump(config))
    return project


def _cpu_seconds(project: Path, arguments: list[str]) -> float:
    dbt = str(Path(sys.executable).parent / "dbt")
    before = _used()
    command = [dbt, "--quiet", "--log-level-file", "none", *arguments]
    subprocess.run(command, check=True, cwd=project, stdout=subprocess.DEVNULL)  # noqa: S603 - our own command
    return _used() - before


def _used() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
