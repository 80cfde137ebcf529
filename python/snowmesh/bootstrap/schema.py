"""The language of mesh.yml: which keys there are, and what each becomes. One method per kind of block."""

from __future__ import annotations

from snowmesh.account import identifiers
from snowmesh.account.objects import ObjectType
from snowmesh.account.privileges import GRANTABLE
from snowmesh.bootstrap.declarations import (
    WAREHOUSE_SIZES,
    Consumption,
    Domain,
    Mesh,
    Name,
    Product,
    User,
    UserType,
    Warehouse,
)
from snowmesh.bootstrap.reader import Reader
from snowmesh.bootstrap.yaml_tree import Mapping, Node, Scalar

MESH_KEYS = ("domains", "roles", "users")
DOMAIN_KEYS = (
    "comment",
    "database",
    "schemas",
    "warehouse",
    "owner",
    "readers",
    "creates",
    "governance",
    "products",
    "consumes",
    "imports",
)
WAREHOUSE_KEYS = ("name", "size", "auto_suspend", "comment")
GOVERNANCE_KEYS = ("schema",)
PRODUCT_KEYS = ("schema",)
USER_KEYS = ("type", "domain", "roles")
# `creates: [table, view]` -> CREATE TABLE, CREATE VIEW on the schemas
CREATABLE = tuple(p.removeprefix("CREATE ").lower() for p in GRANTABLE[ObjectType.SCHEMA] if p.startswith("CREATE "))
MAX_LABEL = 200
MAX_AUTO_SUSPEND = 86_400 * 7


def read_mesh(root: Node, file: str, reader: Reader) -> Mesh:
    """Read the whole tree; what is wrong is in `reader.problems`."""
    found = reader.keys(root, "the mesh", MESH_KEYS, required=("domains",))
    domains: dict[str, Domain] = {}
    for key, value in _entries(reader, found.get("domains"), "'domains'"):
        domain = _domain(reader, key, value)
        if domain and (twin := domains.setdefault(identifiers.stored(key.text), domain)) is not domain:
            reader.problem(key.place, f"domain '{key.text}' is there twice; first in line {twin.place.line}")
    roles = reader.listed(found["roles"], "'roles'", reader.name) if "roles" in found else ()
    users = [_user(reader, key, value) for key, value in _entries(reader, found.get("users"), "'users'")]
    return Mesh(file, domains, roles, tuple(user for user in users if user))


def _entries(reader: Reader, node: Node | None, what: str) -> tuple[tuple[Scalar, Node], ...]:
    return (reader.entries(node, what) or ()) if node is not None else ()


def _domain(reader: Reader, key: Scalar, node: Node) -> Domain | None:
    label = reader.name(key, f"domain '{key.text}'")
    if label is None:
        return None
    what = f"domain '{key.text}'"
    if len(label.stored) > MAX_LABEL:
        reader.problem(key.place, f"the name of a domain has at most {MAX_LABEL} characters; others are made from it")
        return None
    # `finance:` with nothing below it is a domain with every default
    empty = isinstance(node, Scalar) and node.is_null
    found = {} if empty else reader.keys(node, what, DOMAIN_KEYS)

    def default(suffix: str) -> Name:
        return Name(label.stored + suffix, key.place)

    def name(key_name: str, suffix: str) -> Name:
        given = reader.name(found[key_name], f"'{key_name}' of {what}") if key_name in found else None
        return given or default(suffix)

    def names(key_name: str) -> tuple[Name, ...]:
        return reader.listed(found[key_name], f"'{key_name}' of {what}", reader.name) if key_name in found else ()

    schemas = names("schemas") or (Name("PROD", key.place),)
    return Domain(
        label=key.text,
        place=key.place,
        database=name("database", "_DB"),
        schemas=schemas,
        warehouse=_warehouse(reader, found.get("warehouse"), what, default("_WH")),
        owner=name("owner", "_ROLE"),
        comment=reader.text(found["comment"], f"'comment' of {what}") if "comment" in found else None,
        readers=names("readers"),
        creates=_creates(reader, found.get("creates"), what),
        governance=_governance(reader, found.get("governance"), what),
        products=_products(reader, found.get("products"), what, schemas),
        consumes=_consumes(reader, found.get("consumes"), what),
        imports=names("imports"),
    )


def _warehouse(reader: Reader, node: Node | None, what: str, default: Name) -> Warehouse:
    if node is None:
        return Warehouse(default)
    what = f"'warehouse' of {what}"
    if not isinstance(node, Mapping):
        return Warehouse(reader.name(node, what) or default)
    found = reader.keys(node, what, WAREHOUSE_KEYS)
    size = reader.word(found["size"], f"'size' of {what}", WAREHOUSE_SIZES) if "size" in found else None
    seconds = (
        reader.number(found["auto_suspend"], f"'auto_suspend' of {what}", 0, MAX_AUTO_SUSPEND)
        if "auto_suspend" in found
        else None
    )
    return Warehouse(
        name=(reader.name(found["name"], f"'name' of {what}") if "name" in found else None) or default,
        size=WAREHOUSE_SIZES[size or "xsmall"],
        auto_suspend=60 if seconds is None else seconds,
        comment=reader.text(found["comment"], f"'comment' of {what}") if "comment" in found else None,
    )


def _creates(reader: Reader, node: Node | None, what: str) -> tuple[str, ...]:
    if node is None:
        return ("TABLE", "VIEW")
    words = reader.listed(node, f"'creates' of {what}", lambda item, text: reader.word(item, text, CREATABLE))
    return tuple(word.upper() for word in words)


def _governance(reader: Reader, node: Node | None, what: str) -> Name | None:
    if node is None:
        return None
    found = reader.keys(node, f"'governance' of {what}", GOVERNANCE_KEYS, required=GOVERNANCE_KEYS)
    return reader.name(found["schema"], f"'schema' of 'governance' of {what}") if "schema" in found else None


def _products(reader: Reader, node: Node | None, what: str, schemas: tuple[Name, ...]) -> tuple[Product, ...]:
    """A list of names when the domain has one schema, else a mapping of name to {schema: ...}."""
    what = f"'products' of {what}"
    if node is None:
        return ()
    if not isinstance(node, Mapping):
        names = reader.listed(node, what, reader.name)
        if names and len(schemas) > 1:
            reader.problem(
                node.place, f"{what} must say where each lies, `name: {{schema: ...}}`: there are more schemas"
            )
        return tuple(Product(name, schemas[0].stored) for name in names)
    products = []
    for key, value in node.entries:
        name = reader.name(key, f"product '{key.text}'")
        found = reader.keys(value, f"product '{key.text}'", PRODUCT_KEYS, required=PRODUCT_KEYS)
        schema = reader.name(found["schema"], f"'schema' of product '{key.text}'") if "schema" in found else None
        if name and schema:
            products.append(Product(Name(name.stored, schema.place), schema.stored))
    return tuple(products)


def _consumes(reader: Reader, node: Node | None, what: str) -> tuple[Consumption, ...]:
    if node is None:
        return ()

    def one(item: Node, text: str) -> Consumption | None:
        parts = reader.parts(item, text, "domain.product")
        return Consumption(parts[0], parts[1], item.place) if parts else None

    return reader.listed(node, f"'consumes' of {what}", one)


def _user(reader: Reader, key: Scalar, node: Node) -> User | None:
    what = f"user '{key.text}'"
    name = reader.name(key, what)
    found = reader.keys(node, what, USER_KEYS, required=("type",))
    kind = reader.word(found["type"], f"'type' of {what}", ("service", "person")) if "type" in found else None
    domain = reader.name(found["domain"], f"'domain' of {what}") if "domain" in found else None
    roles = reader.listed(found["roles"], f"'roles' of {what}", reader.name) if "roles" in found else ()
    if found and not {"domain", "roles"} & set(found):
        reader.problem(node.place, f"{what} needs the key 'domain' or 'roles'; without one it may do nothing")
    return User(name, UserType(kind.upper()), domain, roles) if name and kind else None
