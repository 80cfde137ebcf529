"""What one plan costs when there is nothing to do: CPU of reading the mesh and comparing, statements, wall time.

`plan_cpu_s` is the CPU of a whole process: Python, imports, the mesh file, the account's answers (which come without
delay), the comparison and the text. `wall_s_at_50ms` adds 50 ms for each statement, one after the other as they are
sent. Peers: see `bootstrap_peers.py`.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import bootstrap_mesh
import bootstrap_peers

COLUMNS = ("system", "grants", "plan_cpu_s", "statements", "wall_s_at_50ms")
Row = tuple[object, ...]
SIZES = (100, 1_000, 10_000)
STATEMENT_S = 0.05
_SYSTEMS = {"snowmesh": "hierarchy", "snowmesh, without INCLUDE HIERARCHY": "role by role"}


def bootstrap(runs: int, grants_only: int | None, peers: Path | None) -> list[Row]:
    """Every system at every size; a system that is not installed says so."""
    rows: list[Row] = []
    sizes = (grants_only,) if grants_only else SIZES
    for grants in sizes:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "mesh.yml")
            path.write_text(bootstrap_mesh.mesh_text(grants))
            for system, form in _SYSTEMS.items():
                rows.append(_measured(system, grants, [sys.executable, __file__, str(path), form], runs))
    return [*rows, *bootstrap_peers.rows(sizes, peers)]


def _measured(system: str, grants: int, command: list[str], runs: int) -> Row:
    """Run a process that prints how many statements it sent; the median of its CPU."""
    cpus, statements, walls = [], 0, []
    for _ in range(runs):
        before = _children()
        done = subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ})  # noqa: S603 - ours
        cpus.append(_children() - before)
        found = json.loads(done.stdout.splitlines()[-1])
        statements = found["statements"]
        walls.append(found.get("wall_s", 0.0))
    cpu = statistics.median(cpus)
    return (
        system,
        grants,
        round(cpu, 2),
        statements,
        round(statistics.median(walls) or cpu + statements * STATEMENT_S, 1),
    )


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _plan(path: Path, form: str) -> None:
    """One plan, as `mesh-bootstrap plan` makes it, against an account that is as declared."""
    from bootstrap_replay import Replay

    from snowmesh.bootstrap import expand, mesh_file, render
    from snowmesh.bootstrap.current import read_account
    from snowmesh.bootstrap.plan import make_plan
    from snowmesh.bootstrap.plan_document import Target

    declared = expand.expand(mesh_file.load(path))
    session = Replay(declared.account, form == "hierarchy")
    found = make_plan(declared, read_account(session, declared))
    if (text := render.as_text(found, Target(session.account, session.user))) != render.NO_CHANGES:
        raise SystemExit(text)
    print(json.dumps({"statements": session.sent, "grants": len(declared.account.grants)}))


if __name__ == "__main__":
    _plan(Path(sys.argv[1]), sys.argv[2])
