"""The language of mesh.yml: the whole file, domains, users, grants, tests and environments.

The one source of the reader, of the published JSON schema and of the reference page.
"""

from __future__ import annotations

from typing import Any

from snowmesh.bootstrap import blocks
from snowmesh.bootstrap import declarations as d
from snowmesh.bootstrap.blocks import COMMENT, MAX_AUTO_SUSPEND, MAX_LABEL, NAMES
from snowmesh.bootstrap.declarations import WAREHOUSE_SIZES, Name, UserType
from snowmesh.bootstrap.keyed_blocks import MESH, Block, Found, Key, MapOf, NameOrBlock, NamesOrMap, Renames
from snowmesh.bootstrap.reader import Reader
from snowmesh.bootstrap.targets import PrivilegeValue, TargetValue, TestedValue
from snowmesh.bootstrap.values import Dotted, Flag, Identifier, ListOf, Number, OneOrMore, Word
from snowmesh.bootstrap.yaml_tree import Mapping, Node

# -- domains -----------------------------------------------------------------------------------------------

_DATABASE = Key("database", Identifier(), "Its database.", "`<domain>_db`")
_DATABASES = Key(
    "databases", MapOf("database", blocks.DATABASE, some=True), "Its databases, instead of `database` and `schemas`."
)
_MANAGED = Key("managed_access", Flag(), "`managed_access` of every schema that does not say it.", "not managed")
_ONE_WAREHOUSE = NameOrBlock(blocks.WAREHOUSE)
_WAREHOUSE = Key("warehouse", _ONE_WAREHOUSE, "Its warehouse.", "`<domain>_wh`")
_WAREHOUSES = Key(
    "warehouses",
    MapOf("warehouse", blocks.NAMED_WAREHOUSE),
    "Its warehouses, instead of `warehouse`; users start in the first. `{}`: none of its own.",
)
_OWNER = Key("owner", Identifier(), "The role that builds and owns what is built.", "`<domain>_role`")
_ROLLS_UP = Key("rolls_up", Flag(), "Whether the owner goes to SYSADMIN when no role of the mesh holds it.", "`true`")
_CREATES = Key(
    "creates", blocks.CREATES, "Kinds of objects that the owner may create in the schemas.", "`[table, view]`"
)
_READERS = Key(
    "readers", NamesOrMap("reader", blocks.READER), "Roles that may be granted the products, by dbt.", "none"
)
_ACCESS = Key("access", MapOf("access role", blocks.ACCESS), "Roles with privileges on everything in schemas.", "none")
_ROLES = Key("roles", NamesOrMap("role", blocks.ROLE), "Functional roles.", "none")
_GOVERNANCE = Key("governance", blocks.GOVERNANCE, "Where its tags and policies live.", "none")
_GOVERNED_BY = Key(
    "governed_by", NAMES, "Domains whose listed tags and policies the owner puts on its own relations.", "none"
)
_PRODUCTS = Key("products", NamesOrMap("product", blocks.PRODUCT), "Relations that others may consume.", "none")
_CONSUMES = Key(
    "consumes",
    ListOf(Dotted(("domain.product",)), "products of other domains"),
    "USAGE on the database and the schema of each; SELECT comes from dbt's `grants`.",
    "none",
)
_IMPORTS = Key("imports", NAMES, "Shared databases that the owner reads, by IMPORTED PRIVILEGES.", "none")
_DOMAIN_COMMENT = Key("comment", COMMENT.value, "Comment of its database; '' clears it.", "not managed")


def _domain(found: Found) -> d.Domain | None:
    label = found.name
    if len(label.stored) > MAX_LABEL:
        text = f"the name of a domain has at most {MAX_LABEL} characters; others are made from it"
        found.reader.problem(label.place, text)
        return None
    return d.Domain(
        label=found.label,
        place=label.place,
        databases=_databases(found),
        warehouses=_warehouses(found),
        owner=found[_OWNER] or _default(found, "_ROLE"),
        rolls_up=found[_ROLLS_UP] is not False,
        readers=found[_READERS] or (),
        access=found[_ACCESS] or (),
        roles=found[_ROLES] or (),
        creates=blocks.upper(found[_CREATES]) or ("TABLE", "VIEW"),
        managed_access=found[_MANAGED],
        governance=found[_GOVERNANCE],
        governed_by=found[_GOVERNED_BY] or (),
        products=found[_PRODUCTS] or (),
        consumes=found[_CONSUMES] or (),
        imports=found[_IMPORTS] or (),
    )


def _default(found: Found, suffix: str) -> Name:
    return Name(found.name.stored + suffix, found.name.place)


def _databases(found: Found) -> tuple[d.Database, ...]:
    _either(found, _DATABASES, _DATABASE, blocks.SCHEMAS, _DOMAIN_COMMENT)
    if several := found[_DATABASES]:
        return several
    name = found[_DATABASE] or _default(found, "_DB")
    return (d.Database(name, blocks.schemas(found), found[_DOMAIN_COMMENT]),)


def _warehouses(found: Found) -> tuple[d.Warehouse, ...]:
    _either(found, _WAREHOUSES, _WAREHOUSE)
    several = found[_WAREHOUSES]
    if several is not None:
        return several
    name = _default(found, "_WH")
    one = found[_WAREHOUSE] or d.Warehouse(name)
    return (one if one.name.stored else one._replace(name=name),)


def _either(found: Found, plural: Key[Any], *others: Key[Any]) -> None:
    """Say which keys do not go with a plural one."""
    if plural not in found:
        return
    for key in others:
        if key in found:
            text = f"'{key.name}' and '{plural.name}' of {found.what} were given together; put it under '{plural.name}'"
            found.reader.problem(found.places[key.name], text)


DOMAIN = Block(
    "domain",
    "What one team owns, offers and consumes. Without a value every key has its default.",
    (
        _DOMAIN_COMMENT,
        _DATABASE,
        blocks.SCHEMAS,
        _DATABASES,
        _MANAGED,
        _WAREHOUSE,
        _WAREHOUSES,
        _OWNER,
        _ROLLS_UP,
        _CREATES,
        _READERS,
        _ACCESS,
        _ROLES,
        _GOVERNANCE,
        _GOVERNED_BY,
        _PRODUCTS,
        _CONSUMES,
        _IMPORTS,
    ),
    _domain,
)

# -- users -------------------------------------------------------------------------------------------------

_TYPE = Key(
    "type",
    Word(("service", "person")),
    "A service logs in with a key pair or a token, never a password.",
    required=True,
)
_USER_DOMAIN = Key("domain", Identifier(), "Gives the owner role, and where the user starts.")
_USER_ROLES = Key("roles", NAMES, "Further roles.")
_USER_COMMENT = Key("comment", COMMENT.value, "Comment in Snowflake; '' clears it.", "not managed")
_DEFAULT_ROLE = Key("default_role", Identifier(), "The role it starts with.", "the owner role of its domain")
_DEFAULT_WAREHOUSE = Key("default_warehouse", Identifier(), "The warehouse it starts with.", "that of its domain")


def _user(found: Found) -> d.User | None:
    if _USER_DOMAIN not in found and _USER_ROLES not in found and found.places:
        text = f"{found.what} needs the key 'domain' or 'roles'; without one it may do nothing"
        found.reader.problem(found.place, text)
    kind = found[_TYPE]
    if kind is None:
        return None
    return d.User(
        found.name,
        UserType(kind.upper()),
        found[_USER_DOMAIN],
        found[_USER_ROLES] or (),
        found[_USER_COMMENT],
        found[_DEFAULT_ROLE],
        found[_DEFAULT_WAREHOUSE],
    )


USER = Block(
    "user",
    "A user. It is created without a password or key.",
    (_TYPE, _USER_DOMAIN, _USER_ROLES, _USER_COMMENT, _DEFAULT_ROLE, _DEFAULT_WAREHOUSE),
    _user,
)

# -- grants and tests --------------------------------------------------------------------------------------

_PRIVILEGE = Key("privilege", OneOrMore(PrivilegeValue(), "privileges"), "What is granted.")
_ON = Key("on", OneOrMore(TargetValue(), "targets"), "What it is granted on.")
_ROLE = Key("role", OneOrMore(Identifier(), "names"), "Roles that are granted, instead of privileges.")
_TO = Key("to", OneOrMore(Identifier(), "names"), "Roles of this mesh; privileges also to `public`.", required=True)
_OPTION = Key("grant_option", Flag(), "Whether the roles may pass it on.", "`false`")


def _grant(found: Found) -> d.RawGrant | None:
    privileges, on, roles, to = found[_PRIVILEGE] or (), found[_ON] or (), found[_ROLE] or (), found[_TO]
    if (_ROLE in found) == (_PRIVILEGE in found) or (_ROLE in found) == (_ON in found):
        found.reader.problem(found.place, f"{found.what} needs the keys 'privilege' and 'on', or the key 'role'")
        return None
    if _ROLE in found and _OPTION in found:
        text = f"'{_OPTION.name}' of {found.what} is for privileges; a role is granted without it"
        found.reader.problem(found.places[_OPTION.name], text)
    return d.RawGrant(to, privileges, on, roles, found[_OPTION] or False) if to else None


GRANT = Block("grant", "A grant beyond the words of a domain.", (_PRIVILEGE, _ON, _ROLE, _TO, _OPTION), _grant)
_TEST_ROLE = Key("role", OneOrMore(Identifier(), "names"), "The role, with everything it inherits.")
_TEST_USER = Key("user", OneOrMore(Identifier(), "names"), "The user, with all its roles: secondary roles are ALL.")
_CAN = Key("can", OneOrMore(PrivilegeValue(), "privileges"), "Privileges that it has.")
_CANNOT = Key("cannot", OneOrMore(PrivilegeValue(), "privileges"), "Privileges that it must not have.")
_TEST_ON = Key("on", OneOrMore(TestedValue(), "targets"), "On what.", required=True)


def _test(found: Found) -> d.AccessTest | None:
    one_of_each = True
    for first, second in ((_TEST_ROLE, _TEST_USER), (_CAN, _CANNOT)):
        if (first in found) == (second in found):
            one_of_each = False
            found.reader.problem(found.place, f"{found.what} needs one of the keys '{first.name}' and '{second.name}'")
    privileges, on = found[_CAN] or found[_CANNOT], found[_TEST_ON]
    if not (one_of_each and privileges and on):
        return None
    return d.AccessTest(privileges, _CAN in found, on, found[_TEST_ROLE] or (), found[_TEST_USER] or ())


TEST = Block(
    "test",
    "What a role or user can or cannot do. A privilege counts when everything around the object is open to it as well.",
    (_TEST_ROLE, _TEST_USER, _CAN, _CANNOT, _TEST_ON),
    _test,
)

# -- environments and the whole ----------------------------------------------------------------------------

_PREFIX = Key(
    "prefix", Identifier(), "Stands before the names of databases, warehouses, roles and service users.", "none"
)
_RENAMES = Key(
    "databases", Renames("database"), "Databases with another name there, by their name in the mesh.", "none"
)
_ENV_SIZE = Key("warehouse_size", Word(tuple(WAREHOUSE_SIZES)), "Size of every warehouse there.", "as declared")
_ENV_SUSPEND = Key(
    "auto_suspend", Number(0, MAX_AUTO_SUSPEND), "Seconds until every warehouse stops there.", "as declared"
)


def _environment(found: Found) -> d.Environment:
    size = found[_ENV_SIZE]
    return d.Environment(
        found.name,
        found.label,
        found[_PREFIX],
        found[_RENAMES] or (),
        WAREHOUSE_SIZES[size] if size else None,
        found[_ENV_SUSPEND],
    )


ENVIRONMENT = Block(
    "environment",
    "How names and warehouses differ in one environment; `--env` says which is meant.",
    (_PREFIX, _RENAMES, _ENV_SIZE, _ENV_SUSPEND),
    _environment,
)
_DOMAINS = Key("domains", MapOf("domain", DOMAIN), "Who owns what.", "in another file of the mesh")
_MESH_ROLES = Key("roles", NamesOrMap("role", blocks.ROLE), "Roles that belong to no domain.", "none")
_USERS = Key("users", MapOf("user", USER), "People and services.", "none")
_GRANTS = Key("grants", ListOf(GRANT), "Anything beyond the words above.", "none")
_TESTS = Key("tests", ListOf(TEST), "What roles and users can and cannot do.", "none")
_ENVIRONMENTS = Key("environments", MapOf("environment", ENVIRONMENT), "For instance dev and prod.", "one, as declared")


def _mesh(found: Found) -> d.Mesh:
    domains: dict[str, d.Domain] = {}
    for domain in found[_DOMAINS] or ():
        twin = domains.setdefault(domain.stored, domain)
        if twin is not domain:
            first = f"first in line {twin.place.line}"
            found.reader.problem(domain.place, f"domain '{domain.label}' is there twice; {first}")
    return d.Mesh(
        found.place.file,
        domains,
        found[_MESH_ROLES] or (),
        found[_USERS] or (),
        found[_GRANTS] or (),
        found[_TESTS] or (),
        found[_ENVIRONMENTS] or (),
    )


MESH_BLOCK = Block(
    "mesh",
    "A mesh: who owns what in one Snowflake account.",
    (_DOMAINS, _MESH_ROLES, _USERS, _GRANTS, _TESTS, _ENVIRONMENTS),
    _mesh,
)


def read_mesh(root: Node, reader: Reader) -> d.Mesh:
    """Read the whole tree of one file; what is wrong is in `reader.problems`."""
    found = MESH_BLOCK.read(reader, root, MESH)
    return found or d.Mesh(root.place.file, {})


def has_domains(root: Node) -> bool:
    """Whether a file has the key 'domains', or is too broken to tell."""
    return not isinstance(root, Mapping) or any(key.text == _DOMAINS.name for key, _ in root.entries)
