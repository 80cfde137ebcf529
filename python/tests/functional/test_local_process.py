"""snowmesh local up, status, down: the real command, the real server."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from snowmesh.local import health, process
from tests.conftest import Snowflake


@dataclass(frozen=True)
class Command:
    """The snowmesh command with a state folder of its own."""

    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "SNOWMESH_STATE_DIR": str(self.folder), "http_proxy": "http://127.0.0.1:9"}

    def __call__(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "snowmesh", "local", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False, env=self.environment, timeout=120)


@pytest.fixture
def snowmesh(tmp_path: Path) -> Iterator[Command]:
    command = Command(tmp_path / "state")
    yield command
    for path in command.folder.glob("*.json"):  # nothing that a failed test started stays behind
        command("down", "--port", path.stem)


@pytest.fixture
def foreign_port() -> Iterator[int]:
    """A port on which something else listens and says nothing we understand."""
    with socket.socket() as listener:
        listener.bind((health.HOST, 0))
        listener.listen()
        yield listener.getsockname()[1]


def message(done: subprocess.CompletedProcess[str], *parts: str) -> None:
    """Exit code 2 and one message with what and what next; no traceback."""
    assert done.returncode == 2, done
    assert done.stderr.count("Error: ") == 1
    assert "Traceback" not in done.stderr
    for part in (*parts, "Next: "):
        assert part in done.stderr


def test_detached_server_answers_is_listed_and_stops(snowmesh: Command) -> None:
    port = str(health.free_port())
    up = snowmesh("up", "--detach", "--port", port, "--scale", "0.001")
    assert up.returncode == 0, up.stderr
    assert "protocol: http" in up.stdout
    assert f"port = {port}\n" in up.stdout
    assert "sample data" in up.stderr, "progress is shown, and on stderr"

    status = snowmesh("status", "--output", "json")
    assert status.returncode == 0
    (server,) = json.loads(status.stdout)
    assert (server["port"], server["state"], server["scale"]) == (int(port), "running", 0.001)
    assert snowmesh("status", "--port", port).returncode == 0

    message(snowmesh("up", "--detach", "--port", port), f"runs on port {port} already", f"--port {port}")
    message(snowmesh("up", "--port", port), f"runs on port {port} already")

    assert snowmesh("down", "--port", port).returncode == 0
    assert health.probe(int(port)) == health.Health()
    assert not process._alive(server["pid"])
    assert snowmesh("status").returncode == 1
    message(snowmesh("down", "--port", port), f"No local Snowflake answers on port {port}")


def test_folder_of_data_opens_again_and_has_one_server(snowmesh: Command, tmp_path: Path) -> None:
    ports = [str(health.free_port()) for _ in range(2)]
    data = ("--scale", "0", "--detach", "--quiet", "--data", str(tmp_path / "data"))
    for _ in range(2):
        assert snowmesh("up", "--port", ports[0], *data).returncode == 0
        message(snowmesh("up", "--port", ports[1], *data), "is used by the local Snowflake on port " + ports[0])
        assert snowmesh("down", "--port", ports[0]).returncode == 0


def test_foreground_server_says_how_to_connect_and_ends_with_an_interrupt(snowmesh: Command) -> None:
    port = health.free_port()
    command = [sys.executable, "-m", "snowmesh", "local", "up", "--port", str(port), "--scale", "0"]
    with subprocess.Popen(command, env=snowmesh.environment, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        assert "profiles.yml" in server.stdout.readline()
        assert health.probe(port).pid == server.pid
        server.send_signal(signal.SIGINT)
        assert server.wait(timeout=30) == 0
    assert not list(snowmesh.folder.glob("*.json"))


def test_server_killed_hard_is_not_listed_and_its_port_starts_again(snowmesh: Command) -> None:
    port = str(health.free_port())
    assert snowmesh("up", "--detach", "--quiet", "--scale", "0", "--port", port).returncode == 0
    record = json.loads((snowmesh.folder / f"{port}.json").read_text())
    os.kill(record["pid"], signal.SIGKILL)
    while process._alive(record["pid"]):
        time.sleep(0.05)
    assert snowmesh("status").returncode == 1
    message(snowmesh("down", "--port", port), "No local Snowflake answers")
    assert snowmesh("up", "--detach", "--quiet", "--scale", "0", "--port", port).returncode == 0


def test_another_program_is_never_stopped_whatever_a_record_says(snowmesh: Command, foreign_port: int) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        snowmesh.folder.mkdir()
        record = {"port": foreign_port, "pid": other.pid, "scale": 0.01, "data": "", "state": "running"}
        (snowmesh.folder / f"{foreign_port}.json").write_text(json.dumps(record))
        message(snowmesh("down", "--port", str(foreign_port)), "answers, and is not a local Snowflake")
        assert other.poll() is None
        assert json.loads(snowmesh("status", "--output", "json").stdout)[0]["state"] == "not answering"
        other.communicate(b"\n")


def test_port_of_another_program_is_refused_and_a_free_one_named(snowmesh: Command, foreign_port: int) -> None:
    for detach in ((), ("--detach",)):
        done = snowmesh("up", "--port", str(foreign_port), *detach)
        message(done, f"Port {foreign_port} of 127.0.0.1 is used by another program", "for instance --port ")


@pytest.mark.parametrize("port", ["0", "65536", "http"])
def test_port_that_is_none_is_refused(snowmesh: Command, port: str) -> None:
    done = snowmesh("up", "--port", port)
    assert done.returncode == 2
    assert "Invalid value for '--port'" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [(("--scale", "-1"), "scale -1 is not allowed"), (("--data", "/proc/nothing"), "cannot start")],
)
def test_start_that_fails_in_the_background_tells_why(snowmesh: Command, arguments: tuple[str, str], says: str) -> None:
    message(snowmesh("up", "--detach", "--port", str(health.free_port()), *arguments), says)


def test_commands_without_a_server_say_how_to_start_one(snowmesh: Command) -> None:
    port = str(health.free_port())
    status = snowmesh("status", "--port", port)
    assert status.returncode == 1
    assert "snowmesh local up --detach" in status.stderr
    message(snowmesh("down", "--port", port), "snowmesh local up --detach")
    message(snowmesh("sql", "--port", port, "select 1"), "snowmesh local up --detach")


def test_wrong_port_names_the_right_one(snowmesh: Command) -> None:
    port = str(health.free_port())
    assert snowmesh("up", "--detach", "--quiet", "--scale", "0", "--port", port).returncode == 0
    message(snowmesh("sql", "--port", str(health.free_port()), "select 1"), f"name its port: --port {port}")


def test_missing_extra_says_what_to_install(snowmesh: Command) -> None:
    code = "import sys; sys.modules['duckdb'] = None; from snowmesh.cli import main; main(['local', 'up'])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env=snowmesh.environment
    )
    message(done, "needs duckdb, which is not installed", "pip install 'snowmesh[local]'")


def test_server_that_up_did_not_start_is_not_stopped(snowmesh: Command, local_snowflake: Snowflake) -> None:
    """It may be a thread of somebody's program, as here."""
    if local_snowflake.live:
        pytest.skip("the local Snowflake is not started")
    message(snowmesh("down", "--port", str(local_snowflake.port)), "was not started by `snowmesh local up`")
