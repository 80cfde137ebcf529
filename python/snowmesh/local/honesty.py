"""The part of docs/local-snowflake.md that is read from the code: what is enforced, without effect, refused.

`python -m snowmesh.local.honesty docs/local-snowflake.md` writes it between the page's markers.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from sqlglot import exp

from snowmesh.account import dropping
from snowmesh.account.objects import ObjectType
from snowmesh.account.privileges import GRANTABLE, OWNERSHIP
from snowmesh.local import (
    cancelling,
    corrections,
    create_spec,
    ddl,
    dynamic_tables,
    functions,
    parameters,
    refusals,
    virtual,
)
from snowmesh.local.show.parse import DESCRIBABLE, SHOWABLE
from snowmesh.local.statements import containers, registry, tags, users, warehouses
from snowmesh.local.statements.properties import Reader, refused
from snowmesh.local.virtual import account_usage, views

BEGIN = "<!-- generated from the code: python -m snowmesh.local.honesty docs/local-snowflake.md -->"
END = "<!-- end of the generated part -->"
PAGE = Path("docs/local-snowflake.md")
# properties that statements read back, or that decide something at login
_RELATIONS = ("TABLE", "VIEW", "DYNAMIC TABLE")  # read by modules of their own
_WITH_EFFECT = (
    "COMMENT",
    "DATA_RETENTION_TIME_IN_DAYS",
    "INITIALLY_SUSPENDED",
    "LOGIN_NAME",
    "DISABLED",
    "DEFAULT_ROLE",
    "DEFAULT_WAREHOUSE",
    "DEFAULT_NAMESPACE",
    "DEFAULT_SECONDARY_ROLES",
    parameters.TIMEOUT,
)


def generated() -> str:
    """The three sections as Markdown."""
    return "\n\n".join([*_enforced(), *_without_effect(), *_refused()])


def written(page: str) -> str:
    """The page with its generated part made anew. Raises ValueError when it has no markers."""
    head, begin, rest = page.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"the page has no line {BEGIN!r}, or after it no line {END!r}")
    return f"{head}{BEGIN}\n\n{generated()}\n\n{END}{tail}"


def _enforced() -> Iterable[str]:
    drops = [t.value for t in (*registry.DROP, ObjectType.DATABASE, ObjectType.SCHEMA)]
    rows = {
        "`CREATE`": _code([*registry.CREATE, *_RELATIONS]),
        "`ALTER`": _code(registry.ALTER),
        "`DROP`": _code([*drops, *_RELATIONS]),
        "`UNDROP`": _code(t.value for t in dropping.RESTORABLE),
        "`CREATE … CLONE`": _code(["DATABASE", "SCHEMA", "TABLE"]),
        "`SHOW`": _code([*SHOWABLE, "GRANTS", "FUTURE GRANTS", "PARAMETERS"]),
        "`DESCRIBE`": _code([*DESCRIBABLE, "RESULT"]),
        "`GET_DDL` of": _code(ddl.TYPES),
        "`ALTER SESSION SET`": _code([parameters.TIMEOUT]),
        "functions of session and governance": _code([*functions.FUNCTIONS, cancelling.NAME]),
        "`INFORMATION_SCHEMA` views": _code(views.VIEWS),
        "`INFORMATION_SCHEMA` table functions": _code(virtual.TABLE_FUNCTIONS),
        "`SNOWFLAKE.ACCOUNT_USAGE` views": _code(account_usage.VIEWS),
    }
    yield "### Implemented, and authorized as on Snowflake"
    yield (
        "Queries, `INSERT`, `UPDATE`, `DELETE`, `MERGE`, `TRUNCATE`, `GRANT`, `REVOKE`, `USE`, `EXECUTE USING "
        "POLICY_CONTEXT` and transactions, every one checked against the roles of the session; and:"
    )
    yield _table("", "", rows)
    yield "Privileges that can be granted, and no others; `OWNERSHIP` of everything but the account:"
    yield _table("on", "privileges", {t.value: _code(p) for t, p in GRANTABLE.items() if t is not ObjectType.ROLE})


def _without_effect() -> Iterable[str]:
    allowed = {name: values for name, values in parameters.ACCEPTED.items() if values is not None}
    free = [name for name in parameters.ACCEPTED if name not in allowed]
    only = "; ".join(f"`{name}` as {_code(values, ' or ')}" for name, values in sorted(allowed.items()))
    settings = [*create_spec.SETTINGS_WITHOUT_EFFECT, *_clauses()]
    yield "### Accepted without effect"
    yield "Nothing that has to do with governance."
    yield _table(
        "",
        "",
        {
            "`ALTER SESSION SET`, any value": _code(free),
            "`ALTER SESSION SET`, the one value that is the case": only,
            "`CREATE TABLE` and `CREATE VIEW`": _code(settings),
            "dynamic tables (shown; nothing refreshes by itself)": _code(
                n for n in dynamic_tables.AT_CREATION if n not in _WITH_EFFECT
            ),
            "databases and schemas": _code(_kept(containers.READERS)),
            "warehouses (shown; they compute nothing)": _code(_kept(warehouses.READERS)),
            "users (shown; any password is accepted)": _code(_kept(users.READERS)),
            "constraints (Snowflake enforces none of these either)": "`PRIMARY KEY`, `UNIQUE`, `FOREIGN KEY`",
        },
    )


def _kept(readers: dict[str, Reader]) -> list[str]:
    return [name for name, reader in readers.items() if name not in (*_WITH_EFFECT, *_not_kept(readers))]


def _not_kept(readers: dict[str, Reader]) -> list[str]:
    """The properties whose reader is made by `refused`."""
    return [name for name, reader in readers.items() if reader.__qualname__.startswith(f"{refused.__name__}.")]


def _clauses() -> list[str]:
    return ["CLUSTER BY"] if exp.ClusterProperty in create_spec.WITHOUT_EFFECT else []


def _refused() -> Iterable[str]:
    yield "### Refused by name"
    yield (
        "With error 000002 (0A000), `Unsupported feature '…'`: every statement, clause, option and function argument "
        "that is not above. These object types are known to be missing:"
    )
    yield _code(registry.REFUSED_TYPES) + "."
    properties = {
        f"{kind}s": _code(_not_kept(readers))
        for kind, readers in (("database", containers.READERS), ("user", users.READERS), ("tag", tags.READERS))
    }
    yield (
        f"{refusals.PYTHON} and {refusals.STAGES} are not there; what needs them says so: "
        f"{_code(refusals.phrases())}. A function that the engine does not have, and any of the engine's own that is "
        "not one of Snowflake's, is refused by its name (002140), "
        f"and so are {_code(corrections.refused_functions())}, which mean something else in it."
    )
    yield "And these properties:"
    yield _table("of", "", properties)


def _code(names: Iterable[str], joint: str = ", ") -> str:
    return joint.join(f"`{name}`" for name in sorted({*names}))


def _table(left: str, right: str, rows: dict[str, str]) -> str:
    lines = [f"| {key} | {value or f'`{OWNERSHIP}` only'} |" for key, value in rows.items()]
    return "\n".join([f"| {left} | {right} |", "|---|---|", *lines])


def main() -> int:
    """Entry point of `python -m snowmesh.local.honesty [page]`."""
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else PAGE
    try:
        path.write_text(written(path.read_text(encoding="utf-8")), encoding="utf-8")
    except (OSError, ValueError) as error:
        print(f"Error: {path}: {error}\nNext: name the page: python -m snowmesh.local.honesty {PAGE}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
