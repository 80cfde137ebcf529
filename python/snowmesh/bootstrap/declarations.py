"""What a mesh file declares, as typed data. Names are stored names; every part knows its place in the file."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

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


@dataclass(frozen=True)
class Name:
    """A stored name and where it was written."""

    stored: str
    place: Place


@dataclass(frozen=True)
class Warehouse:
    """A domain's warehouse; `auto_suspend` in seconds, `comment` None: not managed."""

    name: Name
    size: str = "XSMALL"
    auto_suspend: int = 60
    comment: str | None = None


@dataclass(frozen=True)
class Product:
    """A relation that other domains may consume, and the schema it lies in."""

    name: Name
    schema: str


@dataclass(frozen=True)
class Consumption:
    """`consumes: [domain.product]`, both as stored names."""

    domain: str
    product: str
    place: Place


@dataclass(frozen=True)
class Domain:
    """One domain: what it owns, who reads it, what it consumes."""

    label: str
    place: Place
    database: Name
    schemas: tuple[Name, ...]
    warehouse: Warehouse
    owner: Name
    comment: str | None = None
    readers: tuple[Name, ...] = ()
    creates: tuple[str, ...] = ("TABLE", "VIEW")
    governance: Name | None = None
    products: tuple[Product, ...] = ()
    consumes: tuple[Consumption, ...] = ()
    imports: tuple[Name, ...] = ()


@dataclass(frozen=True)
class User:
    """A user; `domain` gives the owner role and the defaults, `roles` are further roles."""

    name: Name
    type: UserType
    domain: Name | None = None
    roles: tuple[Name, ...] = ()


@dataclass(frozen=True)
class Mesh:
    """A whole mesh file. Domains by the stored form of their label."""

    file: str
    domains: dict[str, Domain]
    roles: tuple[Name, ...] = ()
    users: tuple[User, ...] = ()
    environment: str = ""
    digest: str = ""
