"""The objects of an account, as frozen data.

An object is known by its type and stored name. https://docs.snowflake.com/en/user-guide/security-access-control-overview
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from enum import Enum
from functools import total_ordering
from types import MappingProxyType

from snowmesh.account import identifiers

EPOCH = datetime(2026, 1, 1, tzinfo=timezone.utc)
NO_PROPERTIES: Mapping[str, str] = MappingProxyType({})


class ObjectType(str, Enum):
    """Object types, spelled as in GRANT (SHOW prints them with underscores, fact S10)."""

    ACCOUNT = "ACCOUNT"
    ROLE = "ROLE"
    DATABASE_ROLE = "DATABASE ROLE"
    USER = "USER"
    WAREHOUSE = "WAREHOUSE"
    DATABASE = "DATABASE"
    SCHEMA = "SCHEMA"
    TABLE = "TABLE"
    VIEW = "VIEW"
    DYNAMIC_TABLE = "DYNAMIC TABLE"
    TAG = "TAG"
    MASKING_POLICY = "MASKING POLICY"
    ROW_ACCESS_POLICY = "ROW ACCESS POLICY"
    PROJECTION_POLICY = "PROJECTION POLICY"
    AGGREGATION_POLICY = "AGGREGATION POLICY"

    @property
    def plural(self) -> str:
        """The word after ON ALL / ON FUTURE."""
        return self.value[:-1] + "IES" if self.value.endswith("Y") else self.value + "S"

    @property
    def shown(self) -> str:
        """The word in SHOW output: blanks become underscores (S10)."""
        return self.value.replace(" ", "_")

    @property
    def depth(self) -> int:
        """How many parts a fully qualified name of this type has."""
        if self is ObjectType.ACCOUNT:
            return 0
        if self in (ObjectType.ROLE, ObjectType.USER, ObjectType.WAREHOUSE, ObjectType.DATABASE):
            return 1
        return 2 if self in (ObjectType.SCHEMA, ObjectType.DATABASE_ROLE) else 3


RELATION_TYPES = (ObjectType.TABLE, ObjectType.VIEW, ObjectType.DYNAMIC_TABLE)
# policies of all kinds share one namespace (I17)
POLICY_TYPES = (
    ObjectType.MASKING_POLICY,
    ObjectType.ROW_ACCESS_POLICY,
    ObjectType.PROJECTION_POLICY,
    ObjectType.AGGREGATION_POLICY,
)


@total_ordering
@dataclass(frozen=True)
class ObjectRef:
    """An object by type and stored name parts: `ObjectRef(ObjectType.TABLE, ("DB", "SCH", "T"))`."""

    type: ObjectType
    name: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(self.name) != self.type.depth:
            raise ValueError(f"a {self.type.value} name has {self.type.depth} parts, not {self.name}")

    def __lt__(self, other: object) -> bool:
        """By type and name, and after the name of any account role: both are roles in a grant."""
        if isinstance(other, ObjectRef):
            return (self.type, self.name) < (other.type, other.name)
        return False if isinstance(other, str) else NotImplemented

    @property
    def fqn(self) -> str:
        """The name as Snowflake prints it, `DB.SCH.T`."""
        return identifiers.display_all(self.name)

    @property
    def sql(self) -> str:
        """The name as SQL, every part quoted."""
        return identifiers.quote_all(self.name)

    @property
    def parents(self) -> tuple[ObjectRef, ...]:
        """Database and schema that hold the object, outermost first; empty for account-level objects."""
        if self.type.depth < 2:
            return ()
        database = ObjectRef(ObjectType.DATABASE, self.name[:1])
        if self.type.depth == 2:
            return (database,)
        return (database, ObjectRef(ObjectType.SCHEMA, self.name[:2]))


ACCOUNT = ObjectRef(ObjectType.ACCOUNT)
# Who holds a grant or owns an object: an account role by its stored name, a database role (and for grants, a user) by
# its ObjectRef. The types keep database role DB.R and an account role named "DB.R" apart.
RoleName = str | ObjectRef


def role(name: str) -> ObjectRef:
    """The role of that stored name."""
    return ObjectRef(ObjectType.ROLE, (name,))


def role_ref(name: RoleName) -> ObjectRef:
    """The object behind a role's name."""
    return role(name) if isinstance(name, str) else name


def role_name(ref: ObjectRef) -> RoleName:
    """What a role, database role or user is called in grants."""
    return ref.name[0] if ref.type is ObjectType.ROLE else ref


def shown_role(name: RoleName) -> str:
    """A role as SHOW prints it in `owner`, `grantee_name` and `granted_by`: without its database."""
    return name if isinstance(name, str) else name.name[-1]


def database_role(database_name: str, name: str) -> ObjectRef:
    """The database role of those stored names."""
    return ObjectRef(ObjectType.DATABASE_ROLE, (database_name, name))


def user(name: str) -> ObjectRef:
    """The user of that stored name."""
    return ObjectRef(ObjectType.USER, (name,))


def database(name: str) -> ObjectRef:
    """The database of that stored name."""
    return ObjectRef(ObjectType.DATABASE, (name,))


def schema(database_name: str, name: str) -> ObjectRef:
    """The schema of those stored names."""
    return ObjectRef(ObjectType.SCHEMA, (database_name, name))


def warehouse(name: str) -> ObjectRef:
    """The warehouse of that stored name."""
    return ObjectRef(ObjectType.WAREHOUSE, (name,))


@dataclass(frozen=True, kw_only=True)
class SecurableObject:
    """What every object has. `owner` is a role; empty means Snowflake itself (S1, S12).

    `properties` holds the upper-case property words of CREATE/ALTER as text, for instance
    WAREHOUSE_SIZE, AUTO_SUSPEND, DEFAULT_ROLE, DEFAULT_WAREHOUSE, DEFAULT_SECONDARY_ROLES, TYPE.
    """

    ref: ObjectRef
    owner: RoleName
    comment: str = ""
    created_on: datetime = EPOCH
    properties: Mapping[str, str] = field(default_factory=lambda: NO_PROPERTIES)


@dataclass(frozen=True, kw_only=True)
class Database(SecurableObject):
    """A database. `shared` ones are read through IMPORTED PRIVILEGES only (L7)."""

    shared: bool = False
    transient: bool = False


@dataclass(frozen=True, kw_only=True)
class Schema(SecurableObject):
    """A schema."""

    managed_access: bool = False
    transient: bool = False


@dataclass(frozen=True)
class Column:
    """A column: stored name and data type as DESCRIBE TABLE prints it, e.g. VARCHAR(16777216)."""

    name: str
    data_type: str
    nullable: bool = True
    comment: str = ""


@dataclass(frozen=True, kw_only=True)
class Relation(SecurableObject):
    """A table, view or dynamic table. `kind`: TABLE | TRANSIENT | TEMPORARY | VIEW | DYNAMIC TABLE.

    `query` is the text after AS of a view or dynamic table; names in it mean what they mean in its own schema (I13).
    `storage` is where the rows are when that is not under its name: a new name moves no rows.
    """

    columns: tuple[Column, ...] = ()
    kind: str = "TABLE"
    query: str = ""
    secure: bool = False
    storage: tuple[str, ...] = ()

    @property
    def physical(self) -> tuple[str, ...]:
        """The name of the table that holds the rows."""
        return self.storage or self.ref.name

    @property
    def is_view(self) -> bool:
        """Whether it is read as its query; a dynamic table has a query and rows of its own."""
        return self.ref.type is ObjectType.VIEW

    def column(self, name: str) -> Column | None:
        """The column of that stored name, or None."""
        return next((c for c in self.columns if c.name == name), None)


@dataclass(frozen=True, kw_only=True)
class Tag(SecurableObject):
    """A tag. `allowed_values` None: any string (T3). At most one masking policy per data type (M32)."""

    allowed_values: tuple[str, ...] | None = None
    masking_policies: tuple[ObjectRef, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Policy(SecurableObject):
    """What policies of all kinds have; `signature` is ((argument, data type), ...)."""

    signature: tuple[tuple[str, str], ...]
    returns: str
    body: str


@dataclass(frozen=True, kw_only=True)
class MaskingPolicy(Policy):
    """A masking policy; the first argument is the masked column (M2)."""

    exempt_other_policies: bool = False


@dataclass(frozen=True, kw_only=True)
class RowAccessPolicy(Policy):
    """A row access policy; its arguments are bound to columns by position (A1, A5)."""

    returns: str = "BOOLEAN"


@dataclass(frozen=True, kw_only=True)
class ProjectionPolicy(Policy):
    """A projection policy: whether a column may be in the result of a query; no arguments (A24)."""

    signature: tuple[tuple[str, str], ...] = ()
    returns: str = "PROJECTION_CONSTRAINT"


@dataclass(frozen=True, kw_only=True)
class AggregationPolicy(Policy):
    """An aggregation policy: the groups into which rows must be aggregated; no arguments (A21)."""

    signature: tuple[tuple[str, str], ...] = ()
    returns: str = "AGGREGATION_CONSTRAINT"
