"""Measure: `python benchmarks/run.py startup [--json]`. One command, one table.

startup   wall and CPU seconds of --help of both commands and of `mesh-bootstrap validate`, beside an empty Python.
engine    what the gateway costs: beside stock fakesnow, beside plain DuckDB, in a large account; start-up; and a
          `dbt build` of projects/foundational beside stock fakesnow (alone with --build; about two minutes at scale 1).
statements  what governance adds to a dbt run, for 1, 10 and 100 models with 1, 5 and 20 governed columns, fresh and
          converged: this package, dbt post-hooks by hand, and peers whose checkouts are given.
bootstrap  one plan of mesh-bootstrap with nothing to do, at 100, 1,000 and 10,000 grants, and peers that --peers names.
leaks     how many clear values an adversary reads between the statements of a build: this package, post-hooks by hand,
          and peers whose checkouts are given; with a kill after every statement (about an hour; --no-kill: minutes).
parse     `dbt parse` of 1,000 models with and without the package, and what its hook costs in a run of one model.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import bootstrap
import engine
import parse
import statements
from leaks import measure as measure_leaks

from snowmesh.report.table import Table, aligned

STARTUP_COLUMNS = ("system", "task", "runs", "wall_s", "cpu_s")
Row = tuple[str, str, int, float, float]


def measure(system: str, task: str, command: list[str], runs: int) -> Row:
    """Run a command some times after a first one that does not count; medians."""
    walls, cpus = [], []
    for number in range(runs + 1):
        before, started = _child_cpu(), time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - our own commands
        if number:
            walls.append(time.perf_counter() - started)
            cpus.append(_child_cpu() - before)
    return system, task, runs, round(statistics.median(walls), 3), round(statistics.median(cpus), 3)


def startup(runs: int) -> list[Row]:
    """How long a user waits for --help."""
    folder = Path(sys.executable).parent
    rows = [measure("snowmesh", f"{name} --help", [str(folder / name), "--help"], runs) for name in COMMANDS]
    validate = [str(folder / "mesh-bootstrap"), "validate", "--file", str(EXAMPLE)]
    rows.append(measure("snowmesh", "mesh-bootstrap validate", validate, runs))
    return [*rows, measure("python", "-c pass", [sys.executable, "-c", "pass"], runs)]


COMMANDS = ("snowmesh", "mesh-bootstrap")
EXAMPLE = Path(__file__).parents[1] / "projects" / "mesh.yml"
SUITES: dict[str, tuple[tuple[str, ...], Callable[[argparse.Namespace], Sequence[tuple[object, ...]]]]] = {
    "startup": (STARTUP_COLUMNS, lambda given: startup(given.runs)),
    "bootstrap": (bootstrap.COLUMNS, lambda given: bootstrap.bootstrap(min(given.runs, 5), given.grants, given.peers)),
    "engine": (engine.COLUMNS, lambda given: engine.engine(given.runs, given.scale, given.build)),
    "leaks": (
        measure_leaks.COLUMNS,
        lambda given: measure_leaks.leaks(given.dbt_tags, given.dbt_snow_mask, given.only, not given.no_kill),
    ),
    "parse": (parse.COLUMNS, lambda given: parse.parse(given.runs, given.models or 1000)),
    "statements": (
        statements.COLUMNS,
        lambda given: statements.statements(
            [given.models] if given.models else (1, 10, 100), (1, 5, 20), given.dbt_tags, given.dbt_snow_mask
        ),
    ),
}


def _child_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Parse, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("suite", choices=sorted(SUITES))
    parser.add_argument("--runs", type=int, default=11, help="measured runs of each side (default 11)")
    parser.add_argument("--build", action="store_true", help="engine: the dbt build only")
    parser.add_argument("--scale", type=float, default=1.0, help="engine: sample data of the dbt build (default 1)")
    parser.add_argument("--models", type=int, help="statements, parse: this many models only")
    parser.add_argument("--dbt-tags", type=Path, metavar="PATH", help="statements, leaks: a checkout of dbt-tags")
    parser.add_argument(
        "--dbt-snow-mask", type=Path, metavar="PATH", help="statements, leaks: a checkout of dbt-snow-mask"
    )
    parser.add_argument("--only", default="", metavar="NAME", help="leaks: this system or materialization only")
    parser.add_argument("--no-kill", action="store_true", help="leaks: the first and second run only")
    parser.add_argument("--grants", type=int, help="bootstrap: this many grants only")
    parser.add_argument(
        "--peers", type=Path, metavar="PATH", help="bootstrap: a folder of virtual environments of peers"
    )
    parser.add_argument("--json", action="store_true", help="one document {rows: [...]}")
    given = parser.parse_args()
    columns, suite = SUITES[given.suite]
    rows = suite(given)
    if given.json:
        print(json.dumps({"rows": [dict(zip(columns, row, strict=True)) for row in rows]}, indent=1))
    else:
        print(aligned(Table(columns, tuple(rows))))


if __name__ == "__main__":
    main()
