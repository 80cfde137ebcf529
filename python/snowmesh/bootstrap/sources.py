"""Where the parameters of a connection come from: connections.toml, a dbt target, the environment, or localhost.

Each source gives the keyword arguments of `snowflake.connector.connect`. What they hold is never printed.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from snowmesh.bootstrap.problems import BootstrapError, one_of, printable

Parameters = dict[str, Any]
LOCAL_PORT = 8765
LOCAL_PORT_VARIABLE = "SNOWMESH_LOCAL_PORT"
# environment variable -> the connector's parameter; of two names for one parameter the first that is set counts
VARIABLES = {
    "SNOWFLAKE_ACCOUNT": "account",
    "SNOWFLAKE_USER": "user",
    "SNOWFLAKE_AUTHENTICATOR": "authenticator",
    "SNOWFLAKE_PRIVATE_KEY_FILE": "private_key_file",
    "SNOWFLAKE_PRIVATE_KEY_PATH": "private_key_file",
    "SNOWFLAKE_PRIVATE_KEY_FILE_PWD": "private_key_file_pwd",
    "SNOWFLAKE_PRIVATE_KEY_PASSPHRASE": "private_key_file_pwd",
    "SNOWFLAKE_TOKEN": "token",
    "SNOWFLAKE_TOKEN_FILE_PATH": "token_file_path",
    "SNOWFLAKE_OAUTH_CLIENT_ID": "oauth_client_id",
    "SNOWFLAKE_OAUTH_CLIENT_SECRET": "oauth_client_secret",
    "SNOWFLAKE_PASSWORD": "password",
    "SNOWFLAKE_PASSCODE": "passcode",
    "SNOWFLAKE_HOST": "host",
    "SNOWFLAKE_PORT": "port",
    "SNOWFLAKE_PROTOCOL": "protocol",
}
WAYS = "name a connection with -c, a dbt target with --profile/--target, --local, or set SNOWFLAKE_ACCOUNT and USER."


@dataclass(frozen=True)
class Options:
    """What was said on the command line; at most one way may be used. `local` is a port."""

    connection: str | None = None
    profile: str | None = None
    target: str | None = None
    profiles_dir: Path | None = None
    project_dir: Path | None = None
    local: int | None = None

    @property
    def dbt(self) -> bool:
        """Whether a dbt target is meant."""
        return any(v is not None for v in (self.profile, self.target, self.profiles_dir, self.project_dir))


def parameters(options: Options, environment: Mapping[str, str] = os.environ) -> Parameters:
    """The connector's parameters by the one way that was chosen. Raises BootstrapError."""
    chosen = [name for name, used in _used(options) if used]
    if len(chosen) > 1:
        raise BootstrapError(f"{' and '.join(chosen)} were given together.", "use one of them.")
    if options.connection is not None:
        return from_connections_file(options.connection)
    if options.dbt:
        return from_dbt(options)
    return local(options.local) if options.local is not None else from_environment(environment)


def _used(options: Options) -> tuple[tuple[str, bool], ...]:
    return (
        ("-c/--connection", options.connection is not None),
        ("a dbt target", options.dbt),
        ("--local", options.local is not None),
    )


def local_port(text: str, environment: Mapping[str, str] = os.environ) -> int:
    """The port of the local Snowflake: as given, else from the environment, else the default."""
    name = "--local" if text else LOCAL_PORT_VARIABLE
    port = text or environment.get(LOCAL_PORT_VARIABLE) or str(LOCAL_PORT)
    if not (port.isascii() and port.isdigit() and len(port) < 6 and 0 < int(port) < 65536):
        raise BootstrapError(f"{name} is '{printable(port)}', which is no port.", "use a number from 1 to 65535.")
    return int(port)


def local(port: int) -> Parameters:
    """The local Snowflake on this machine; it takes any password."""
    return {
        "account": "local",
        "user": "ADMIN",
        "password": "local",
        "host": "127.0.0.1",
        "port": port,
        "protocol": "http",
    }


def from_environment(environment: Mapping[str, str]) -> Parameters:
    """SNOWFLAKE_* variables."""
    found: Parameters = {}
    for variable, parameter in VARIABLES.items():
        if value := environment.get(variable):
            found.setdefault(parameter, value)
    if "account" not in found:
        raise BootstrapError("no connection is named.", WAYS)
    if not str(found.get("port", 443)).isdigit():
        raise BootstrapError("SNOWFLAKE_PORT is not a number.", "set it to the port of the account, or unset it.")
    return {**found, "port": int(found["port"])} if "port" in found else found


def from_connections_file(name: str) -> Parameters:
    """A connection of connections.toml or config.toml, found and checked by the connector itself (C2)."""
    from snowflake.connector.config_manager import CONFIG_MANAGER
    from snowflake.connector.errors import Error

    try:
        connections = CONFIG_MANAGER["connections"]
    except (Error, OSError) as error:
        raise BootstrapError(f"connections.toml cannot be read: {printable(str(error))}") from error
    if name not in connections:
        where = CONFIG_MANAGER.file_path.parent if CONFIG_MANAGER.file_path else "the connector's folder"
        raise BootstrapError(f"connections.toml has no connection '{name}' ({where}); {one_of(name, connections)}.")
    return {str(key): value for key, value in connections[name].items()}


def from_dbt(options: Options) -> Parameters:
    """The target of a dbt profile, read by dbt itself; the target's role, database and warehouse do not count."""
    from argparse import Namespace

    try:
        from dbt.config.profile import Profile
        from dbt.config.project import load_raw_project
        from dbt.config.renderer import ProfileRenderer
        from dbt.flags import set_from_args
        from dbt_common.context import set_invocation_context
        from dbt_common.exceptions import DbtBaseException
    except ImportError as error:
        raise BootstrapError(
            "a dbt target needs dbt.", "pip install 'snowmesh[dbt]', or connect another way."
        ) from error
    folder = options.project_dir or Path.cwd()
    profiles = options.profiles_dir or _profiles_dir(folder)
    try:
        set_invocation_context(os.environ)  # where dbt's env_var() looks
        set_from_args(Namespace(profiles_dir=str(profiles), project_dir=str(folder)), None)
        named = load_raw_project(str(folder)).get("profile") if (folder / "dbt_project.yml").is_file() else None
        loaded = Profile.render(ProfileRenderer({}), named, options.profile, options.target)
        return _of_credentials(loaded.credentials)
    except DbtBaseException as error:
        raise BootstrapError(f"dbt cannot read the target: {str(error).strip()}") from error


def _profiles_dir(project: Path) -> Path:
    """Where dbt looks: DBT_PROFILES_DIR, the current folder, the project, the home folder."""
    named = os.environ.get("DBT_PROFILES_DIR")
    candidates = [Path(named)] if named else [Path.cwd(), project]
    return next((c for c in candidates if (c / "profiles.yml").is_file()), Path.home() / ".dbt")


def _of_credentials(credentials: Any) -> Parameters:
    if credentials.type != "snowflake":
        raise BootstrapError(f"the dbt target is of type {credentials.type}, not snowflake.", "name another --target.")
    found = {key: value for key, value in credentials.auth_args().items() if value is not None}
    found.pop("reuse_connections", None)  # dbt's own setting
    return {"account": credentials.account, **found}
