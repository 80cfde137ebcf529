"""Peers on the same mesh: each in a virtual environment of its own, whose Python is given with --peers.

`--peers FOLDER` holds one environment for each: `python -m venv FOLDER/snowcap`, `FOLDER/snowcap/bin/pip install
snowcap`, and so on. A peer applies the mesh to an account in memory, and another process of it plans again:
`bootstrap_emulation.py`. What it writes of each mesh is below; a peer that is not installed says so in its row.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import bootstrap_mesh

Row = tuple[object, ...]
EMULATION = Path(__file__).with_name("bootstrap_emulation.py")
LIMIT_S = 900
STATEMENT_S = "0.05"


def rows(sizes: Iterable[int], folder: Path | None) -> Iterator[Row]:
    """A row for each peer and size; what did not finish says why instead of a number."""
    for peer, write in PEERS.items():
        python = folder / peer / "bin" / "python" if folder else None
        for grants in sizes:
            if write is None:
                yield peer, grants, PERMIFROST, "", ""
            elif python is None or not python.exists():
                yield peer, grants, "absent: not installed", "", ""
            else:
                with tempfile.TemporaryDirectory() as place:
                    mesh = Path(place, "mesh")
                    mesh.mkdir()
                    write(mesh, grants // bootstrap_mesh.GRANTS_OF_A_DOMAIN)
                    yield _measured(peer, grants, [str(python), str(EMULATION), peer, str(mesh)])


def _measured(peer: str, grants: int, command: list[str]) -> Row:
    """CPU and statements without delay; wall time with 50 ms a statement, as many at once as the peer sends."""
    applied, reason = _run([*command, "apply"], "0")
    found, reason = _run([*command, "plan"], "0") if applied else (None, reason)
    if found is None:
        return peer, grants, reason, "", ""
    slow, reason = _run([*command, "plan"], STATEMENT_S)
    wall = round(slow["wall_s"], 1) if slow else reason
    return peer, grants, round(found["cpu_s"], 2), found["statements"], wall


def _run(command: list[str], delay: str) -> tuple[dict[str, float] | None, str]:
    try:
        environment = {**os.environ, "BENCH_STATEMENT_S": delay}
        done = subprocess.run(  # noqa: S603 - the peer that the user named
            command, check=False, capture_output=True, text=True, env=environment, timeout=LIMIT_S
        )
    except subprocess.TimeoutExpired:
        return None, f"{command[-1]}: more than {LIMIT_S} s"
    if done.returncode:
        return None, f"failed: {done.stderr.strip().splitlines()[-1][:60]}"
    return json.loads(done.stdout.splitlines()[-1]), ""


# -- the mesh in each peer's language ------------------------------------------------------------------------------


def _snowcap(folder: Path, domains: int) -> None:
    """One file: databases, schemas, warehouses, roles, grants, role grants."""
    out: dict[str, list[dict[str, object]]] = {
        k: [] for k in ("databases", "schemas", "warehouses", "roles", "users", "grants", "role_grants")
    }
    for n in range(domains):
        owner, readers = f"D{n}_ROLE", [f"D{n}_READER{i}" for i in range(bootstrap_mesh.READERS)]
        out["databases"].append({"name": f"D{n}_DB"})
        out["warehouses"].append({"name": f"D{n}_WH", "warehouse_size": "XSMALL", "auto_suspend": 60})
        out["roles"] += [{"name": name} for name in (owner, *readers)]
        out["role_grants"].append({"role": owner, "to_role": "SYSADMIN"})
        out["role_grants"] += [{"role": reader, "to_role": owner} for reader in readers]
        for reader in readers:
            out["grants"].append({"priv": "USAGE", "on": f"database D{n}_DB", "to": reader})
            out["grants"].append({"priv": "USAGE", "on": f"warehouse D{n}_WH", "to": reader})
        for schema in bootstrap_mesh.SCHEMAS:
            out["schemas"].append({"name": schema.upper(), "database": f"D{n}_DB"})
            on = f"schema D{n}_DB.{schema.upper()}"
            out["grants"] += [{"priv": "USAGE", "on": on, "to": reader} for reader in readers]
            for kind in bootstrap_mesh.CREATES.upper().split(", "):
                out["grants"].append({"priv": f"CREATE {kind}", "on": on, "to": owner})
    out.pop("users")
    (folder / "mesh.yml").write_text(json.dumps(out))


def _snowddl(folder: Path, domains: int) -> None:
    """A folder for each database and schema; roles in its own words: readers read the schemas, the owner owns them."""
    roles, warehouses = {}, {}
    for n in range(domains):
        database = folder / f"d{n}_db"
        database.mkdir()
        (database / "params.yaml").write_text("is_sandbox: false\n")
        for schema in bootstrap_mesh.SCHEMAS:
            (database / schema).mkdir()
            (database / schema / "params.yaml").write_text("is_sandbox: false\n")
        warehouses[f"d{n}_wh"] = {"size": "XSMALL", "auto_suspend": 60}
        both = [f"d{n}_db.{schema}" for schema in bootstrap_mesh.SCHEMAS]
        for i in range(bootstrap_mesh.READERS):
            roles[f"d{n}_reader{i}"] = {"schema_read": both, "warehouse_usage": [f"d{n}_wh"]}
        roles[f"d{n}_role"] = {"schema_owner": both, "warehouse_usage": [f"d{n}_wh"]}
    (folder / "business_role.yaml").write_text(json.dumps(roles))
    (folder / "warehouse.yaml").write_text(json.dumps(warehouses))


PERMIFROST = "fails as installed: SQLAlchemy 2 refuses its first query"
PEERS: dict[str, Callable[[Path, int], None] | None] = {"snowcap": _snowcap, "snowddl": _snowddl, "permifrost": None}
