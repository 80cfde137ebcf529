"""Build every materialization twice, then kill its first build after each statement in turn; the adversary watches."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from leaks import account, systems
from leaks.project import BUILDER, BUILDER_ROLE, DATABASE, SOURCE_SCHEMA, Project, write
from leaks.relations import MATERIALIZATIONS, ROWS, Materialization
from leaks.systems import System
from snowmesh.local.adversary import Adversary
from snowmesh.local.in_thread import started
from snowmesh.local.testing import LocalSnowflake
from snowmesh.local.watch import watching

COLUMNS = ("system", "materialization", "run", "leaks", "boundaries", "built")
NAMES = ("snowmesh", "dbt post-hooks", "dbt-tags", "dbt-snow-mask")
Run = tuple[int, int, str]
Row = tuple[str, str, str | None, int | None, int | None, str | None]


def leaks(dbt_tags: Path | None, dbt_snow_mask: Path | None, only: str = "", kill: bool = True) -> list[Row]:
    """One row for each system, materialization and run.

    `boundaries` are the moments at which the adversary looked, `leaks` those at which the relation gave away a clear
    value; `built` says whether dbt succeeded, of `killed` whether every build after a kill did and left nothing open.
    `only` is the name of one system or materialization. A system whose checkout is not given has a row that says so.
    """
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder, started() as port:
        found = LocalSnowflake(port)
        account.set_up(found)
        for system in _systems(dbt_tags, dbt_snow_mask, Path(folder)):
            if only in NAMES and only != system.name:
                continue
            path = Path(folder) / system.name.replace(" ", "_")
            rows += _measured(system, write(path, system.files, port), found, only, kill)
    for name, checkout in (("dbt-tags", dbt_tags), ("dbt-snow-mask", dbt_snow_mask)):
        if checkout is None:
            rows.append((name, f"not measured: give --{name} PATH", None, None, None, None))
    return rows


def _systems(dbt_tags: Path | None, dbt_snow_mask: Path | None, folder: Path) -> Iterator[System]:
    yield systems.snowmesh()
    yield systems.post_hooks()
    if dbt_tags is not None:
        yield systems.dbt_tags(dbt_tags.resolve())
    if dbt_snow_mask is not None:
        yield systems.dbt_snow_mask(dbt_snow_mask.resolve(), folder / "dbt_utils")


def _measured(system: System, project: Project, found: LocalSnowflake, only: str, kill: bool) -> list[Row]:
    project.parse()
    rows: list[Row] = []
    for materialization in MATERIALIZATIONS:
        if only not in ("", system.name, materialization.name):
            continue
        print(f"{system.name}: {materialization.name} ...", file=sys.stderr)
        bench = _Bench(system, project, found, materialization)
        first, second = bench.twice()
        runs = [("first", *first), ("second", *second)]
        if kill:
            runs.append(("killed", *bench.killed(runs[0][2])))
        for run in runs:
            rows.append((system.name, materialization.name, *run))
            print(f"  {run[0]}: {run[1]} of {run[2]}, built: {run[3]}", file=sys.stderr)
    return rows


class _Bench:
    """One materialization of one system."""

    def __init__(
        self, system: System, project: Project, found: LocalSnowflake, materialization: Materialization
    ) -> None:
        self.system, self.project, self.found, self.of = system, project, found, materialization

    def twice(self) -> tuple[Run, Run]:
        """The first and the second run."""
        self._start_again()
        first = self._run(self.of.first(), account.adversary())
        return first, self._run(self.of.second(), account.adversary())

    def killed(self, statements: int) -> Run:
        """Kill the first run after each statement, look at what it leaves, and build again."""
        total, boundaries, converged = 0, 0, True
        for number in range(1, statements + 1):
            self._start_again()
            cut = account.adversary(cut_after=number)
            self._run(self.of.first(), cut)
            rest = [
                leak for leak in cut.leaks if leak.statement == cut.statements and leak.relation == self.of.relation
            ]
            after = account.adversary()
            again, more, built = self._run(self.of.second() if self.of.name == "clone" else self.of.first(), after)
            total += bool(rest) + again
            boundaries += 1 + more
            converged = converged and built == "yes" and not self._is_open(after)
        return total, boundaries, "yes" if converged else "no"

    def _run(self, arguments: tuple[str, ...], watcher: Adversary) -> Run:
        with watching(watcher):
            failed = self.project.dbt(*arguments)
        if failed and not watcher.cut_after:
            print(f"  dbt {' '.join(arguments)} failed: {' '.join(failed.split())[-400:]}", file=sys.stderr)
        moments = {leak.statement for leak in watcher.leaks if leak.relation == self.of.relation}
        return len(moments), watcher.statements, "no" if failed else "yes"

    def _is_open(self, last: Adversary) -> bool:
        """Whether the last look of a run still found a clear value."""
        return any(leak.statement == last.statements and leak.relation == self.of.relation for leak in last.leaks)

    def _start_again(self) -> None:
        account.start_again(self.found)
        self.system.prepare(self.project)
        if self.of.name == "clone":
            self._build_source()
        elif self.of.before:
            self.project.dbt(*self.of.before)

    def _build_source(self) -> None:
        """What is cloned: a table of another environment from before there were masks, which nobody else can read."""
        if said := self.project.dbt("run", "--select", "a_table", target="prod"):
            raise RuntimeError(f"the source of the clone was not built: {said}")
        self.found.script(
            f"create or replace transient table {DATABASE}.{SOURCE_SCHEMA}.A_TABLE as {ROWS}",
            role=BUILDER_ROLE,
            user=BUILDER,
        )
        shutil.copy(self.project.path / "target" / "manifest.json", self.project.path / "state" / "manifest.json")
