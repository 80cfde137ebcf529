"""An account in memory, for peers: stands in for the connector in processes of theirs.

`bootstrap_emulation.py PEER FOLDER apply`, run by the peer's Python, applies the mesh in the folder and keeps the
account in a file; with `plan` a process of its own reads it, plans, and prints what that cost. It knows just enough
of Snowflake for these tools: what they create and grant is kept and shown again, everything else succeeds and shows
nothing. Statements answer at once, or after the seconds of BENCH_STATEMENT_S. Imports nothing but the peer and the
connector.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shlex
import sys
import threading
import time
from pathlib import Path
from typing import Any

import snowflake.connector

WAIT = float(os.environ.get("BENCH_STATEMENT_S", "0"))
ACCOUNT_DATA = json.dumps({"serverVersion": "10.40.1", "accountInfo": {"serviceLevelName": "ENTERPRISE"}})
SESSION = {
    "ACCOUNT": "BENCH",
    "ACCOUNT_LOCATOR": "AB12345",
    "USER": "BENCH",
    "ROLE": "ACCOUNTADMIN",
    "AVAILABLE_ROLES": '["ACCOUNTADMIN", "SYSADMIN", "USERADMIN", "SECURITYADMIN", "PUBLIC"]',
    "SECONDARY_ROLES": '{"roles":"","value":"ALL"}',
    "DATABASE": None,
    "SCHEMAS": "[]",
    "WAREHOUSE": "WH",
    "VERSION": "10.40.1",
    "REGION": "AWS_US_EAST_1",
    "ACCOUNT_DATA": ACCOUNT_DATA,
    "CURRENT_ACCOUNT": "AB12345",
    "CURRENT_REGION": "AWS_US_EAST_1",
    "CURRENT_SESSION": "1",
    "CURRENT_USER": "BENCH",
    "CURRENT_ROLE": "ACCOUNTADMIN",
    "CURRENT_WAREHOUSE": "WH",
    "IS_ACCOUNT_ADMIN": True,
    "IS_SYS_ADMIN": True,
    "IS_SECURITY_ADMIN": True,
    "BOOTSTRAP_ACCOUNT": ACCOUNT_DATA,
    "ACTIVE_BUNDLES": "[]",
}
SYSTEM = ("ACCOUNTADMIN", "SECURITYADMIN", "USERADMIN", "SYSADMIN", "PUBLIC")
NOTHING: dict[str, Any] = {}


def bare(name: str) -> str:
    """A name without quotes, as it is stored."""
    return ".".join(p.strip('"') if p.startswith('"') else p.upper() for p in name.rstrip(";").split("."))


class State:
    """What was created and granted. `sent` counts statements."""

    def __init__(self) -> None:
        self.made: dict[str, dict[str, dict[str, Any]]] = {
            k: {} for k in ("ROLE", "DATABASE", "SCHEMA", "WAREHOUSE", "USER")
        }
        self.made["ROLE"] = {name: {"owner": "", "comment": ""} for name in SYSTEM}
        self.made["USER"] = {"BENCH": {"owner": "ACCOUNTADMIN", "comment": ""}}
        self.grants: dict[str, list[dict[str, Any]]] = {}
        self.future: dict[str, list[dict[str, Any]]] = {}
        self.of: dict[str, list[dict[str, Any]]] = {}
        self.role, self.sent, self.lock = "ACCOUNTADMIN", 0, threading.Lock()

    def data(self) -> dict[str, Any]:
        """What is kept between two processes."""
        return {"made": self.made, "grants": self.grants, "future": self.future, "of": self.of}

    def load(self, data: dict[str, Any]) -> None:
        """Take what was kept."""
        self.made, self.grants, self.future, self.of = (data[key] for key in ("made", "grants", "future", "of"))

    def run(self, sql: str) -> list[dict[str, Any]]:
        """One statement."""
        with self.lock:
            self.sent += 1
        if WAIT:
            time.sleep(WAIT)
        words = sql.split()
        verb = words[0].upper()
        if verb == "SELECT":
            return [SESSION]
        if verb == "USE" and words[1].upper() == "ROLE":
            self.role = bare(words[2])
        elif verb == "CREATE":
            self.create(words, sql)
        elif verb == "DROP" and words[1].upper() in self.made:
            self.made[words[1].upper()].pop(bare(words[-1]), None)
        elif verb == "GRANT":
            self.grant(words)
        elif verb == "SHOW":
            return self.show(words)
        return []

    def create(self, words: list[str], sql: str) -> None:
        """CREATE of the kinds that are kept."""
        kinds = [w.upper() for w in words[:6]]
        at = next((i for i, w in enumerate(kinds) if w in self.made), None)
        if at is None:
            return
        rest = [w for w in words[at + 1 :] if w.upper() not in ("IF", "NOT", "EXISTS")]
        comment = re.search(r"COMMENT\s*=\s*(?:'([^']*)'|\$\$(.*?)\$\$)", sql)
        text = (comment.group(1) or comment.group(2) or "") if comment else ""
        self.made[kinds[at]][bare(rest[0])] = {"owner": self.role, "comment": text}
        if kinds[at] == "DATABASE":
            self.made["SCHEMA"][f"{bare(rest[0])}.PUBLIC"] = {"owner": self.role, "comment": ""}

    def grant(self, words: list[str]) -> None:
        """GRANT of roles, privileges and future privileges."""
        upper = [w.upper().rstrip(",") for w in words]
        to = len(upper) - 1 - upper[::-1].index("TO")
        rest = [w for w in words[to + 1 :] if w.upper() not in ("WITH", "GRANT", "OPTION", "COPY", "CURRENT", "GRANTS")]
        kind, name = (rest[0].upper(), bare(rest[1])) if len(rest) > 1 else ("ROLE", bare(rest[0]))
        if upper[1] == "ROLE":
            child = bare(words[2])
            self.of.setdefault(child, []).append(
                {"role": child, "granted_to": kind, "grantee_name": name, "granted_by": self.role}
            )
            self.keep(self.grants, name if kind == "ROLE" else f"USER {name}", "USAGE", ("ROLE", child))
            return
        on = upper.index("ON")
        privileges = [p.strip() for p in " ".join(words[1:on]).upper().split(",")]
        target = words[on + 1 : to]
        if upper[on + 1] == "FUTURE":
            kind_of = " ".join(upper[on + 2 : upper.index("IN")]).rstrip("S").replace(" ", "_")
            container = bare(words[upper.index("IN") + 2])
            for privilege in privileges:
                self.keep(self.future, name, privilege, (kind_of, f"{container}.<{kind_of}>"))
        elif upper[on + 1] != "ALL":
            for privilege in privileges:
                if privilege != "OWNERSHIP":
                    named = "_".join(upper[on + 1 : to - 1]) or upper[on + 1]
                    self.keep(self.grants, name, privilege, (named, bare(target[-1])))
                elif len(target) > 1 and upper[on + 1] in self.made:
                    self.made[upper[on + 1]].setdefault(bare(target[-1]), {"comment": ""})["owner"] = name

    def keep(self, where: dict[str, list[dict[str, Any]]], grantee: str, privilege: str, on: tuple[str, str]) -> None:
        """One row of SHOW GRANTS, in both spellings of its columns."""
        kind, name = on
        shown = name if kind != "ACCOUNT" else "BENCH"
        to = "USER" if grantee.startswith("USER ") else "ROLE"
        row = {"created_on": "t", "privilege": privilege, "granted_on": kind, "grant_on": kind, "name": shown}
        row |= {
            "granted_to": to,
            "grant_to": to,
            "grantee_name": grantee.removeprefix("USER "),
            "grant_option": "false",
        }
        where.setdefault(grantee, []).append({**row, "granted_by": self.role, "role": name if kind == "ROLE" else None})

    def show(self, words: list[str]) -> list[dict[str, Any]]:
        """SHOW of the kinds that are kept."""
        upper = [w.upper() for w in words]
        what = upper[1] if upper[1] != "TERSE" else upper[2]
        if "GRANTS" in upper[:3]:
            return self.show_grants(words, upper)
        kind = {
            "ROLES": "ROLE",
            "DATABASES": "DATABASE",
            "SCHEMAS": "SCHEMA",
            "WAREHOUSES": "WAREHOUSE",
            "USERS": "USER",
        }.get(what)
        if kind is None:
            return []
        like = re.compile(_like(words[upper.index("LIKE") + 1]), re.IGNORECASE) if "LIKE" in upper else None
        inside = bare(words[-1]) if "DATABASE" in upper else None
        found = []
        for name, item in self.made[kind].items():
            parts = name.split(".")
            if (like and not like.fullmatch(parts[-1])) or (inside and parts[0] != inside):
                continue
            found.append(_object(parts, item))
        return found

    def show_grants(self, words: list[str], upper: list[str]) -> list[dict[str, Any]]:
        """SHOW [FUTURE] GRANTS TO and OF."""
        name = bare(words[-1])
        if "OF" in upper:
            return self.of.get(name, [])
        if "TO" not in upper:
            return []
        where = self.future if "FUTURE" in upper else self.grants
        key = f"USER {name}" if "USER" in upper else name
        owned = [] if where is self.future or "USER" in upper else self.owned(name)
        return [*where.get(key, []), *owned]

    def owned(self, role: str) -> list[dict[str, Any]]:
        """The OWNERSHIP rows of a role."""
        row = {"created_on": "t", "privilege": "OWNERSHIP", "granted_to": "ROLE", "grantee_name": role}
        row |= {"grant_option": "true", "granted_by": role}
        return [
            {**row, "granted_on": kind, "name": name}
            for kind, items in self.made.items()
            if kind != "SCHEMA" or role not in SYSTEM
            for name, item in items.items()
            if item["owner"] == role
        ]


def _like(text: str) -> str:
    pattern = text.strip("'").replace("\\\\", "\\")
    return re.sub(r"\\\\(.)", r"\1", re.escape(pattern).replace("%", ".*")).replace("\\_", "_")


def _object(parts: list[str], item: dict[str, Any]) -> dict[str, Any]:
    row = {
        "created_on": "t",
        "name": parts[-1],
        "database_name": parts[0],
        "kind": "STANDARD",
        "options": "",
        "type": "STANDARD",
    }
    row |= {
        "retention_time": "1",
        "origin": "",
        "is_current": "N",
        "is_default": "N",
        "size": "X-Small",
        "state": "STARTED",
    }
    row |= {
        "min_cluster_count": 1,
        "max_cluster_count": 1,
        "auto_suspend": 60,
        "auto_resume": "true",
        "scaling_policy": "STANDARD",
    }
    row |= {"resource_monitor": "null", "enable_query_acceleration": "false", "query_acceleration_max_scale_factor": 8}
    row |= {"owner_role_type": "ROLE", "resource_constraint": None, "generation": "1", "dropped_on": None}
    row |= {"assigned_to_users": 0, "granted_to_roles": 1, "granted_roles": 0, "is_inherited": "N", "disabled": "false"}
    return {**row, "owner": item["owner"], "comment": item["comment"]}


class Cursor:
    """As much of a cursor as the peers use."""

    def __init__(self, state: State, connection: Any) -> None:
        self.state, self.connection, self.rows, self._use_dict_result = state, connection, [], True

    def execute(self, sql: str, *_: Any, **__: Any) -> Cursor:
        """Run a statement."""
        self.rows = self.state.run(str(sql))
        return self

    def fetchall(self) -> list[Any]:
        """All rows."""
        return self.rows

    def fetchone(self) -> Any:
        """The first row."""
        return self.rows[0] if self.rows else None

    @property
    def rowcount(self) -> int:
        """How many rows there are."""
        return len(self.rows)

    def __iter__(self) -> Any:
        return iter(self.rows)

    def close(self) -> None:
        """Nothing to do."""

    def __enter__(self) -> Cursor:
        return self

    def __exit__(self, *_: Any) -> None:
        """Nothing to do."""


class Connection:
    """As much of a connection as the peers use."""

    user, account = "BENCH", "BENCH"

    def __init__(self, state: State) -> None:
        self.state = state

    @property
    def role(self) -> str:
        """The current role."""
        return self.state.role

    def cursor(self, *_: Any, **__: Any) -> Cursor:
        """A cursor."""
        return Cursor(self.state, self)

    def execute_string(self, sql: str, **_: Any) -> list[Cursor]:
        """Several statements."""
        return [self.cursor().execute(s) for s in sql.split(";") if s.strip()]

    def close(self) -> None:
        """Nothing to do."""

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: Any) -> None:
        """Nothing to do."""


COMMANDS = {
    "snowcap": ("snowcap.cli", "snowcap_cli", "plan --config {f}", "apply --config {f}"),
    "snowddl": (
        "snowddl.app.base",
        "entry_point",
        "-c {f} -a bench -u bench -p x -r ACCOUNTADMIN -w WH --include-object-types {t} plan",
        "-c {f} -a bench -u bench -p x -r ACCOUNTADMIN -w WH --include-object-types {t} --apply-unsafe apply",
    ),
}
TYPES = "WAREHOUSE,DATABASE,SCHEMA,ROLE"


def main() -> None:
    """`apply` keeps the account in a file; `plan` reads it and prints what the plan cost, in a process of its own."""
    peer, folder, verb = sys.argv[1:4]
    kept = Path(folder).parent / f"{Path(folder).name}.state"
    state = State()
    if verb == "plan":
        state.load(json.loads(kept.read_text()))
    snowflake.connector.connect = lambda *_, **__: Connection(state)
    module, name, plan, apply = COMMANDS[peer]
    before, started = time.process_time(), time.perf_counter()
    text = _run(module, name, (plan if verb == "plan" else apply).format(f=folder, t=TYPES))
    cpu, wall = time.process_time() - before, time.perf_counter() - started
    if verb == "apply":
        kept.write_text(json.dumps(state.data()))
    print(json.dumps({"statements": state.sent, "cpu_s": cpu, "wall_s": wall, "text": text[-600:]}))


def _run(module: str, name: str, arguments: str) -> str:
    """One command of a peer, in this process."""
    import importlib

    sys.argv = [module, *shlex.split(arguments)]
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        try:
            getattr(importlib.import_module(module), name)()
        except SystemExit as stop:
            out.write(f"\nexit {stop.code}")
    return out.getvalue()


if __name__ == "__main__":
    main()
