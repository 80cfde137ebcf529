"""What a mesh file declares, as typed data. Names are stored names; every part knows its place in the file."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import NamedTuple

from snowmesh.account import identifiers
from snowmesh.account.objects import ObjectRef, ObjectType
from snowmesh.bootstrap.problems import Place

# the word in mesh.yml -> the word in SQL
WAREHOUSE_SIZES = {
    "xsmall": "XSMALL",
    "small": "SMALL",
    "medium": "MEDIUM",
    "large": "LARGE",
    "xlarge": "XLARGE",
    "2xlarge": "XXLARGE",
    "3xlarge": "XXXLARGE",
    "4xlarge": "X4LARGE",
    "5xlarge": "X5LARGE",
    "6xlarge": "X6LARGE",
}


class UserType(str, Enum):
    """Kinds of users (C3): service users log in with a key pair or token, persons as they always did."""

    SERVICE = "SERVICE"
    PERSON = "PERSON"


class Name(NamedTuple):
    """A stored name and where it was written."""

    stored: str
    place: Place


class DottedName(NamedTuple):
    """The stored parts of `domain.product`, or of `schema` or `database.schema` inside a domain."""

    parts: tuple[str, ...]
    place: Place


class Warehouse(NamedTuple):
    """A domain's warehouse; `auto_suspend` in seconds, `comment` None: not managed.

    `used_by` None: the owner, the readers and the functional roles of the domain.
    """

    name: Name
    size: str = "XSMALL"
    auto_suspend: int = 60
    comment: str | None = None
    used_by: tuple[Name, ...] | None = None


class Schema(NamedTuple):
    """A schema in which a domain builds; None: not managed, or what the domain says."""

    name: Name
    comment: str | None = None
    managed_access: bool | None = None
    creates: tuple[str, ...] | None = None


class Database(NamedTuple):
    """A database of a domain, and its schemas."""

    name: Name
    schemas: tuple[Schema, ...]
    comment: str | None = None


class Product(NamedTuple):
    """A relation that other domains may consume, and the schema it lies in; None: the domain's only one."""

    name: Name
    schema: DottedName | None = None


class Reader(NamedTuple):
    """A role that reaches schemas of a domain and is granted SELECT model by model; None: all schemas."""

    name: Name
    comment: str | None = None
    schemas: tuple[DottedName, ...] | None = None


class AccessRole(NamedTuple):
    """A role that holds privileges on everything in schemas of a domain."""

    name: Name
    comment: str | None = None
    read: tuple[DottedName, ...] = ()
    write: tuple[DottedName, ...] = ()
    rolls_up: bool = True


class Role(NamedTuple):
    """A functional role: it holds other roles and uses warehouses. `warehouses` None: those of its domain."""

    name: Name
    comment: str | None = None
    holds: tuple[Name, ...] = ()
    warehouses: tuple[Name, ...] | None = None
    rolls_up: bool = True


class Governance(NamedTuple):
    """Where tags and policies of a domain live, who makes them, and which of them others may put on their relations."""

    schema: Name
    steward: Name | None = None
    creates: tuple[str, ...] = ("TAG", "MASKING POLICY")
    applied: tuple[tuple[ObjectType, Name], ...] = ()
    comment: str | None = None
    managed_access: bool | None = None


@dataclass(frozen=True)
class Domain:
    """One domain: what it owns, who reads it, what it consumes."""

    label: str
    place: Place
    databases: tuple[Database, ...]
    warehouses: tuple[Warehouse, ...]
    owner: Name
    rolls_up: bool = True
    readers: tuple[Reader, ...] = ()
    access: tuple[AccessRole, ...] = ()
    roles: tuple[Role, ...] = ()
    creates: tuple[str, ...] = ("TABLE", "VIEW")
    managed_access: bool | None = None
    governance: Governance | None = None
    governed_by: tuple[Name, ...] = ()
    products: tuple[Product, ...] = ()
    consumes: tuple[DottedName, ...] = ()
    imports: tuple[Name, ...] = ()

    @property
    def stored(self) -> str:
        """The label as a stored name, by which other domains name it."""
        return identifiers.stored(self.label)

    @property
    def database(self) -> Name:
        """The first database: where users start, and where the governance schema is."""
        return self.databases[0].name

    @cached_property
    def schemas(self) -> tuple[tuple[Database, Schema], ...]:
        """Every schema in which the domain builds, with its database."""
        return tuple((database, schema) for database in self.databases for schema in database.schemas)

    @property
    def role_names(self) -> list[Name]:
        """Every role that the domain declares, the owner first."""
        steward = self.governance.steward if self.governance else None
        found = [r.name for kind in (self.readers, self.access, self.roles) for r in kind]
        return [self.owner, *found, *([steward] if steward else [])]

    def find(self, name: DottedName | None) -> tuple[Database, Schema] | None:
        """The schema of that name; None as name: the only one. None when it is not there or not the only one."""
        found = self.schemas if name is None else self._by_name.get(name.parts, ())
        return found[0] if len(found) == 1 else None

    @cached_property
    def _by_name(self) -> dict[tuple[str, ...], list[tuple[Database, Schema]]]:
        found: dict[tuple[str, ...], list[tuple[Database, Schema]]] = {}
        for database, schema in self.schemas:
            parts = (database.name.stored, schema.name.stored)
            for name in (parts, parts[1:]):
                found.setdefault(name, []).append((database, schema))
        return found


class User(NamedTuple):
    """A user; `domain` gives the owner role and the defaults, `roles` are further roles."""

    name: Name
    type: UserType
    domain: Name | None = None
    roles: tuple[Name, ...] = ()
    comment: str | None = None
    default_role: Name | None = None
    default_warehouse: Name | None = None


class Target(NamedTuple):
    """What a privilege is granted on: an object, or with `each` every object of that type in it, also future ones."""

    ref: ObjectRef
    each: ObjectType | None = None

    @property
    def type(self) -> ObjectType:
        """The type whose privileges count."""
        return self.each or self.ref.type


class RawGrant(NamedTuple):
    """One entry of `grants`: privileges on targets, or roles, to roles."""

    to: tuple[Name, ...]
    privileges: tuple[Name, ...] = ()
    on: tuple[tuple[Target, Place], ...] = ()
    roles: tuple[Name, ...] = ()
    grant_option: bool = False


class AccessTest(NamedTuple):
    """One entry of `tests`: what a role or user can or cannot do. `on` is a target or (domain, product)."""

    privileges: tuple[Name, ...]
    can: bool
    on: tuple[tuple[Target | tuple[str, ...], Place], ...]
    roles: tuple[Name, ...] = ()
    users: tuple[Name, ...] = ()


class Environment(NamedTuple):
    """How names and warehouses differ in one environment."""

    name: Name
    label: str
    prefix: Name | None = None
    databases: tuple[tuple[Name, Name], ...] = ()
    size: str | None = None
    auto_suspend: int | None = None

    @property
    def renames(self) -> bool:
        """Whether any name differs."""
        return self.prefix is not None or bool(self.databases)


@dataclass(frozen=True)
class Mesh:
    """A whole mesh, from one file or several. Domains by the stored form of their label; `sources` are (file, text)."""

    file: str
    domains: dict[str, Domain]
    roles: tuple[Role, ...] = ()
    users: tuple[User, ...] = ()
    grants: tuple[RawGrant, ...] = ()
    tests: tuple[AccessTest, ...] = ()
    environments: tuple[Environment, ...] = ()
    environment: str = ""
    sources: tuple[tuple[str, str], ...] = ()
