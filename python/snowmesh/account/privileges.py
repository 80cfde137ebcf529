"""The closed list of privileges per object type (facts P1-P16). Nothing else can be granted."""

from __future__ import annotations

from snowmesh.account.objects import ObjectType as T

OWNERSHIP = "OWNERSHIP"
MANAGE_GRANTS = "MANAGE GRANTS"
_APPLY_KINDS = (
    "MASKING POLICY",
    "ROW ACCESS POLICY",
    "AGGREGATION POLICY",
    "PROJECTION POLICY",
    "JOIN POLICY",
    "PRIVACY POLICY",
    "TAG",
)
_SCHEMA_OBJECTS = (
    "TABLE",
    "VIEW",
    "MATERIALIZED VIEW",
    "DYNAMIC TABLE",
    "EXTERNAL TABLE",
    "ICEBERG TABLE",
    "HYBRID TABLE",
    "MASKING POLICY",
    "ROW ACCESS POLICY",
    "AGGREGATION POLICY",
    "PROJECTION POLICY",
    "JOIN POLICY",
    "TAG",
    "FUNCTION",
    "PROCEDURE",
    "SEQUENCE",
    "STAGE",
    "FILE FORMAT",
    "PIPE",
    "STREAM",
    "TASK",
    "ALERT",
)
_TABLE = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "EVOLVE SCHEMA")

GRANTABLE: dict[T, tuple[str, ...]] = {
    T.ACCOUNT: (
        "CREATE DATABASE",
        "CREATE WAREHOUSE",
        "CREATE ROLE",
        "CREATE USER",
        "CREATE INTEGRATION",
        "CREATE SHARE",
        "IMPORT SHARE",
        "CREATE NETWORK POLICY",
        "MANAGE GRANTS",
        "MANAGE WAREHOUSES",
        "MONITOR USAGE",
        "MONITOR EXECUTION",
        "MONITOR SECURITY",
        "MONITOR",
        "RESOLVE ALL",
        "EXECUTE TASK",
        "EXECUTE MANAGED TASK",
        "EXECUTE ALERT",
        "EXECUTE DATA METRIC FUNCTION",
        *(f"APPLY {kind}" for kind in _APPLY_KINDS),
    ),
    T.WAREHOUSE: ("USAGE", "OPERATE", "MONITOR", "MODIFY", "APPLYBUDGET"),
    T.DATABASE: (
        "USAGE",
        "MODIFY",
        "MONITOR",
        "CREATE SCHEMA",
        "CREATE DATABASE ROLE",
        "APPLYBUDGET",
        "EXECUTE AUTO CLASSIFICATION",
        "IMPORTED PRIVILEGES",
        "MANAGE GRANTS",
    ),
    T.SCHEMA: (
        "USAGE",
        "MODIFY",
        "MONITOR",
        "ADD SEARCH OPTIMIZATION",
        "APPLYBUDGET",
        "EXECUTE AUTO CLASSIFICATION",
        "MANAGE GRANTS",
        *(f"CREATE {kind}" for kind in _SCHEMA_OBJECTS),
    ),
    T.TABLE: _TABLE,
    T.VIEW: _TABLE,
    T.DYNAMIC_TABLE: ("SELECT", "MONITOR", "OPERATE"),
    T.TAG: ("APPLY", "READ"),
    T.MASKING_POLICY: ("APPLY",),
    T.ROW_ACCESS_POLICY: ("APPLY",),
    T.PROJECTION_POLICY: ("APPLY",),
    T.AGGREGATION_POLICY: ("APPLY",),
    T.USER: ("MONITOR",),
    T.ROLE: (),
    T.DATABASE_ROLE: (),
}
# of the account, handed out only by who holds them with grant option; MANAGE GRANTS is not enough (P1)
HANDED_OUT_BY_HOLDERS = frozenset(
    ("CREATE DATABASE", "CREATE WAREHOUSE", "CREATE INTEGRATION", "CREATE SHARE", "IMPORT SHARE")
)
# left out of GRANT ALL: they are granted by name only (P8)
NOT_IN_ALL = {"IMPORTED PRIVILEGES", "MANAGE GRANTS"}


def is_grantable(object_type: T, privilege: str) -> bool:
    """Whether a privilege exists for an object type; OWNERSHIP exists for all but the account."""
    if privilege == OWNERSHIP:
        return object_type is not T.ACCOUNT
    return privilege in GRANTABLE[object_type]


def all_of(object_type: T) -> tuple[str, ...]:
    """What GRANT ALL [PRIVILEGES] means on an object type, sorted."""
    return tuple(sorted(p for p in GRANTABLE[object_type] if p not in NOT_IN_ALL))
