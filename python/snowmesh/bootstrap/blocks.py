"""The blocks inside a domain: which keys there are, what they mean, and what each block becomes."""

from __future__ import annotations

from snowmesh.account.objects import ObjectType
from snowmesh.account.privileges import GRANTABLE
from snowmesh.bootstrap import declarations as d
from snowmesh.bootstrap.declarations import WAREHOUSE_SIZES, Name
from snowmesh.bootstrap.keyed_blocks import Block, Found, Key, NamesOrMap
from snowmesh.bootstrap.values import Dotted, Flag, Identifier, ListOf, Number, Text, Word

# `creates: [table, view]` -> CREATE TABLE, CREATE VIEW on the schemas
CREATABLE = tuple(p.removeprefix("CREATE ").lower() for p in GRANTABLE[ObjectType.SCHEMA] if p.startswith("CREATE "))
GOVERNABLE = ("tag", "masking policy", "row access policy", "aggregation policy", "projection policy")
MAX_LABEL = 200
MAX_AUTO_SUSPEND = 86_400 * 7

NAMES = ListOf(Identifier(), "names")
_SCHEMA_NAMES = ListOf(Dotted(("schema", "database.schema")), "schemas")
CREATES = ListOf(Word(CREATABLE), "kinds of objects")


def upper(words: tuple[str, ...] | None) -> tuple[str, ...] | None:
    """Words as SQL writes them."""
    return None if words is None else tuple(word.upper() for word in words)


# -- warehouses ------------------------------------------------------------------------------------------

COMMENT = Key("comment", Text(), "Comment in Snowflake; '' clears it.", "not managed")
_NAME = Key("name", Identifier(), "Its name.", "`<domain>_wh`")
_SIZE = Key("size", Word(tuple(WAREHOUSE_SIZES)), "Size of the warehouse.", "`xsmall`")
_SUSPEND = Key("auto_suspend", Number(0, MAX_AUTO_SUSPEND), "Seconds without work until it stops; 0: never.", "`60`")
_USED_BY = Key("used_by", NAMES, "Roles with USAGE.", "the owner, the readers and the roles of the domain")


def _warehouse(found: Found) -> d.Warehouse:
    seconds = found[_SUSPEND]
    return d.Warehouse(
        name=found[_NAME] or found.name,
        size=WAREHOUSE_SIZES[found[_SIZE] or "xsmall"],
        auto_suspend=60 if seconds is None else seconds,
        comment=found[COMMENT],
        used_by=found[_USED_BY],
    )


WAREHOUSE = Block("warehouse", "A warehouse of a domain.", (_NAME, _SIZE, _SUSPEND, COMMENT, _USED_BY), _warehouse)
NAMED_WAREHOUSE = Block("named warehouse", "A warehouse by name.", (_SIZE, _SUSPEND, COMMENT, _USED_BY), _warehouse)

# -- databases and schemas -------------------------------------------------------------------------------

_CREATES_KEY = Key("creates", CREATES, "Kinds of objects that the owner may create.", "that of the domain")
MANAGED = Key(
    "managed_access",
    Flag(),
    "Whether only who manages grants may grant in the schema; for its products the owner gets MANAGE GRANTS on it.",
    "not managed",
)


def _schema(found: Found) -> d.Schema:
    return d.Schema(found.name, found[COMMENT], found[MANAGED], upper(found[_CREATES_KEY]))


SCHEMA = Block("schema", "A schema in which the domain builds.", (COMMENT, MANAGED, _CREATES_KEY), _schema)
SCHEMAS = Key(
    "schemas", NamesOrMap("schema", SCHEMA, some=True), "Schemas in which its dbt project builds.", "`[prod]`"
)


def _database(found: Found) -> d.Database:
    return d.Database(found.name, schemas(found), found[COMMENT])


def schemas(found: Found) -> tuple[d.Schema, ...]:
    """The schemas of a database; without the key, PROD."""
    return found[SCHEMAS] or (d.Schema(Name("PROD", found.name.place)),)


DATABASE = Block("database", "A database of the domain, when it has several.", (COMMENT, SCHEMAS), _database)

# -- roles -----------------------------------------------------------------------------------------------

_READER_SCHEMAS = Key("schemas", _SCHEMA_NAMES, "The schemas it reaches.", "all schemas of the domain")
READER = Block(
    "reader",
    "A role with USAGE on the database and its schemas. SELECT is granted model by model, by dbt. The owner holds it, "
    "so that it builds from clear values.",
    (COMMENT, _READER_SCHEMAS),
    lambda found: d.Reader(found.name, found[COMMENT], found[_READER_SCHEMAS]),
)
ROLLS_UP = Key("rolls_up", Flag(), "Whether it goes to SYSADMIN when no role of the mesh holds it.", "`true`")
_READ = Key("read", _SCHEMA_NAMES, "Schemas: SELECT on every relation in them, also on those to come.")
_WRITE = Key("write", _SCHEMA_NAMES, "Schemas: as `read`, and INSERT, UPDATE, DELETE and TRUNCATE on every table.")


def _access(found: Found) -> d.AccessRole | None:
    if _READ not in found and _WRITE not in found:
        found.reader.problem(
            found.place, f"{found.what} needs the key 'read' or 'write'; without one it may do nothing"
        )
    rolls_up = found[ROLLS_UP] is not False
    return d.AccessRole(found.name, found[COMMENT], found[_READ] or (), found[_WRITE] or (), rolls_up)


ACCESS = Block(
    "access role", "A role with privileges on everything in a schema.", (COMMENT, _READ, _WRITE, ROLLS_UP), _access
)
_HOLDS = Key("holds", NAMES, "Roles that are granted to it: owner, reader, access and functional roles of any domain.")
_WAREHOUSES_OF_ROLE = Key("warehouses", NAMES, "Warehouses it uses.", "those of its domain; outside of one, none")


def _role(found: Found) -> d.Role:
    rolls_up = found[ROLLS_UP] is not False
    return d.Role(found.name, found[COMMENT], found[_HOLDS] or (), found[_WAREHOUSES_OF_ROLE], rolls_up)


ROLE = Block(
    "role",
    "A functional role: what people and services are given.",
    (COMMENT, _HOLDS, _WAREHOUSES_OF_ROLE, ROLLS_UP),
    _role,
)

# -- governance and products -----------------------------------------------------------------------------

_GOV_SCHEMA = Key("schema", Identifier(), "The schema of tags and policies, in the domain's database.", required=True)
_STEWARD = Key(
    "steward",
    Identifier(),
    "A role of its own that makes tags and policies; the owner then only puts the listed ones on its relations.",
    "the owner",
)
_GOV_CREATES = Key(
    "creates",
    ListOf(Word(GOVERNABLE), "kinds"),
    "What is made there. With both tag and masking policy, APPLY MASKING POLICY on the account: Snowflake lets nobody "
    "put a policy on a tag with less.",
    "`[tag, masking policy]`, and what is listed below",
)
_TAGS = Key("tags", NAMES, "Tags that others may put on their relations: APPLY on each.")
_MASKING = Key("masking_policies", NAMES, "Masking policies that others may put on their columns: APPLY on each.")
_ROW_ACCESS = Key("row_access_policies", NAMES, "Row access policies for others: APPLY on each.")
_APPLIED = (
    (_TAGS, ObjectType.TAG),
    (_MASKING, ObjectType.MASKING_POLICY),
    (_ROW_ACCESS, ObjectType.ROW_ACCESS_POLICY),
)


def _governance(found: Found) -> d.Governance | None:
    schema = found[_GOV_SCHEMA]
    if schema is None:
        return None
    applied = tuple((kind, name) for key, kind in _APPLIED for name in found[key] or ())
    given = upper(found[_GOV_CREATES])
    for kind, name in applied:
        if given is not None and kind.value not in given:
            text = f"'creates' of {found.what} has no {kind.value.lower()}, so nobody could make {name.stored}"
            found.reader.problem(name.place, text)
    usual = dict.fromkeys(("TAG", "MASKING POLICY", *(kind.value for kind, _ in applied)))
    return d.Governance(
        schema,
        found[_STEWARD],
        tuple(usual) if given is None else given,
        applied,
        found[COMMENT],
        found[MANAGED],
    )


GOVERNANCE = Block(
    "governance",
    "Where tags and policies live, and who makes them.",
    (_GOV_SCHEMA, _STEWARD, _GOV_CREATES, _TAGS, _MASKING, _ROW_ACCESS, COMMENT, MANAGED),
    _governance,
)
_PRODUCT_SCHEMA = Key(
    "schema", Dotted(("schema", "database.schema")), "The schema it lies in.", "the only schema of the domain"
)
PRODUCT = Block(
    "product",
    "A relation that other domains may consume.",
    (_PRODUCT_SCHEMA,),
    lambda found: d.Product(found.name, found[_PRODUCT_SCHEMA]),
)
