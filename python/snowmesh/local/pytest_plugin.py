"""pytest's side of the local Snowflake: options, and the fixture `snowmesh_local`.

pytest imports this in every session of an environment that has snowmesh, so it imports nothing else by itself.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from snowmesh.local.testing import LocalSnowflake


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of the fixture."""
    group = parser.getgroup("snowmesh", "local Snowflake (fixture snowmesh_local)")
    group.addoption(
        "--snowmesh-scale", type=float, default=0.0, help="TPC-H scale of SNOWFLAKE_SAMPLE_DATA; default 0: none"
    )
    group.addoption("--snowmesh-data", type=Path, default=None, help="folder that keeps the state; default: memory")
    group.addoption("--snowmesh-port", type=int, default=0, help="port on 127.0.0.1; default 0: a free one")


@pytest.fixture(scope="session")
def snowmesh_local(request: pytest.FixtureRequest) -> Iterator[LocalSnowflake]:
    """A private local Snowflake for the whole session. It starts when the first test asks for it."""
    if importlib.util.find_spec("fakesnow") is None:
        pytest.fail("snowmesh_local needs the local engine: pip install 'snowmesh[local]'", pytrace=False)
    from snowmesh.errors import UserError
    from snowmesh.local.in_thread import started
    from snowmesh.local.testing import LocalSnowflake

    option = request.config.getoption
    try:
        with started(option("--snowmesh-scale"), option("--snowmesh-data"), option("--snowmesh-port")) as port:
            yield LocalSnowflake(port)
    except UserError as error:
        pytest.fail(str(error), pytrace=False)
