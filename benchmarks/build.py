"""`dbt build` of projects/foundational: governed, through the gateway, beside stock fakesnow without governance.

The copy for stock fakesnow has the same models and tests, and no package, hooks, dispatch or grants. Unit tests are
left out on both sides: stock fakesnow cannot run them (it has no temporary tables with a full name).
"""

from __future__ import annotations

import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

from snowmesh.local import health

REPOSITORY = Path(__file__).resolve().parents[1]
PROJECT = REPOSITORY / "projects" / "foundational"
BIN = Path(sys.executable).parent
START_SECONDS, BUILD_SECONDS = 180.0, 900.0
LEFT_OUT = ("target", "logs", "dbt_packages", "package-lock.yml", ".user.yml")


@dataclass(frozen=True)
class Side:
    """A project to build, and the port that answers for it."""

    project: Path
    port: int

    def build(self) -> float:
        """Milliseconds of one `dbt build`. Raises RuntimeError with dbt's output when it fails."""
        began = time.perf_counter()
        run(["dbt", "--no-use-colors", "build", "--exclude-resource-type", "unit_test"], self.project, self.port)
        return (time.perf_counter() - began) * 1000


def measure(runs: int, scale: float) -> tuple[float, float]:
    """Medians of both, in turns after a first build of each that does not count: (stock, governed)."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        ours = [str(BIN / "snowmesh"), "local", "up", "--quiet", "--scale", f"{scale:g}", "--port"]
        theirs = [sys.executable, str(Path(__file__).with_name("stock_fakesnow.py"))]
        with served(ours, [], work) as port, served(theirs, [f"{scale:g}"], work) as stock_port:
            sides = (Side(plain(work / "plain"), stock_port), Side(governed(work / "governed"), port))
            mesh = str(REPOSITORY / "projects" / "mesh.yml")
            run(["mesh-bootstrap", "apply", "--file", mesh, "--local", "--yes"], work, port)
            run(["dbt", "deps", "--quiet"], sides[1].project, port)
            times = [tuple(side.build() for side in sides) for _ in range(runs + 1)][1:]
    stock, found = zip(*times, strict=True)
    return statistics.median(stock), statistics.median(found)


def governed(target: Path) -> Path:
    """The project as it is; the package is this repository."""
    shutil.copytree(PROJECT, target, ignore=shutil.ignore_patterns(*LEFT_OUT))
    (target / "packages.yml").write_text(yaml.safe_dump({"packages": [{"local": str(REPOSITORY)}]}))
    return target


def plain(target: Path) -> Path:
    """The same models without governance."""
    shutil.copytree(PROJECT, target, ignore=shutil.ignore_patterns(*LEFT_OUT, "packages.yml"))
    project = yaml.safe_load((target / "dbt_project.yml").read_text())
    for key in ("vars", "on-run-start", "dispatch"):
        del project[key]
    del project["models"]["+post-hook"]
    (target / "dbt_project.yml").write_text(yaml.safe_dump(project, sort_keys=False))
    for file in sorted((target / "models").rglob("*.yml")):
        found = yaml.safe_load(file.read_text())
        for model in found.get("models", []):
            model.get("config", {}).pop("grants", None)
        file.write_text(yaml.safe_dump(found, sort_keys=False))
    return target


def run(command: list[str], folder: Path, port: int) -> None:
    """Run a program of this environment against the server on a port."""
    environment = {
        **os.environ,
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        "SNOWMESH_LOCAL_PORT": str(port),
        "NO_PROXY": health.HOST,
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }
    done = subprocess.run(  # noqa: S603 - our own commands
        command, check=False, cwd=folder, env=environment, capture_output=True, text=True, timeout=BUILD_SECONDS
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")


@contextmanager
def served(command: list[str], options: list[str], state: Path) -> Iterator[int]:
    """A server in its own process, on a free port that follows the command."""
    port = health.free_port()
    environment = {**os.environ, "SNOWMESH_STATE_DIR": str(state)}
    with (state / f"{port}.output").open("w+") as output:
        process = subprocess.Popen([*command, str(port), *options], env=environment, stdout=output, stderr=output)  # noqa: S603 - our own commands
        try:
            _await(process, port, Path(output.name))
            yield port
        finally:
            process.terminate()
            process.wait(timeout=30)


def _await(process: subprocess.Popen[bytes], port: int, output: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex((health.HOST, port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError(f"no server on port {port}:\n{output.read_text()[-3000:]}")
