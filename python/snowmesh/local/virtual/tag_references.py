"""TAG_REFERENCES, TAG_REFERENCES_ALL_COLUMNS, SYSTEM$GET_TAG and SYSTEM$GET_TAG_ALLOWED_VALUES (T8, T33-T38)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from snowmesh.account.masking import EffectiveTag, effective_tags
from snowmesh.account.objects import ObjectRef, ObjectType, Tag
from snowmesh.account.state import Account
from snowmesh.local.errors import invalid, not_found
from snowmesh.local.session import ResultSet, Session, json_list, texts
from snowmesh.local.show.describe import describable
from snowmesh.local.virtual.arguments import Argument, name_parts, positional, resolved, target
from snowmesh.local.virtual.catalog import Catalog, rows

COLUMNS = texts(
    "TAG_DATABASE, TAG_SCHEMA, TAG_NAME, TAG_VALUE, APPLY_METHOD, LEVEL, OBJECT_DATABASE, OBJECT_SCHEMA, OBJECT_NAME, "
    "DOMAIN, COLUMN_NAME"
)
_NAMES = ("object_name", "object_domain")


def of_object(catalog: Catalog, database: str, arguments: tuple[Argument, ...]) -> ResultSet:
    """TAG_REFERENCES: the tags in force on one object or column, inherited ones included (T35)."""
    name, domain = positional("TAG_REFERENCES", arguments, _NAMES)
    ref, column = target(catalog, database, name, domain.upper())
    return rows(COLUMNS, _rows(catalog.account, ref, column, domain.upper()))


def of_all_columns(catalog: Catalog, database: str, arguments: tuple[Argument, ...]) -> ResultSet:
    """TAG_REFERENCES_ALL_COLUMNS: the tags in force on every column of a table or view (T37)."""
    name, domain = positional("TAG_REFERENCES_ALL_COLUMNS", arguments, _NAMES)
    if domain.upper() != "TABLE":
        raise invalid(f"Unknown domain: {domain}. TAG_REFERENCES_ALL_COLUMNS takes 'TABLE', for views too.")
    relation = describable(catalog, resolved(catalog, database, ObjectType.TABLE, name_parts(name)))
    found = [row for c in relation.columns for row in _rows(catalog.account, relation.ref, c.name, "COLUMN")]
    return rows(COLUMNS, found)


def _rows(account: Account, ref: ObjectRef, column: str, domain: str) -> list[dict[str, Any]]:
    found = effective_tags(account, ref, column)
    return [_row(account, found[tag], ref, column, domain) for tag in sorted(found)]


def _row(account: Account, found: EffectiveTag, ref: ObjectRef, column: str, domain: str) -> dict[str, Any]:
    return {
        "TAG_DATABASE": found.tag.name[0],
        "TAG_SCHEMA": found.tag.name[1],
        "TAG_NAME": found.tag.name[2],
        "TAG_VALUE": found.value,
        "APPLY_METHOD": "MANUAL" if found.level == domain else "INHERITED",
        "LEVEL": found.level,
        "OBJECT_DATABASE": ref.parents[0].name[0] if ref.parents else None,
        "OBJECT_SCHEMA": ref.parents[1].name[1] if len(ref.parents) > 1 else None,
        "OBJECT_NAME": ref.name[-1] if ref.name else account.name,
        "DOMAIN": domain,
        "COLUMN_NAME": column or None,
    }


def get_tag(account: Account, session: Session, arguments: Sequence[object]) -> str | None:
    """SYSTEM$GET_TAG(tag, object, domain): the value in force, or None (T32, T33). Raises SnowflakeError."""
    values = positional("SYSTEM$GET_TAG", [(None, a) for a in arguments], ("tag_name", "obj_name", "obj_domain"))
    catalog = Catalog(account, session)
    tag = _usable_tag(catalog, values[0])
    ref, column = target(catalog, "", values[1], values[2].upper())
    found = effective_tags(account, ref, column).get(tag.ref)
    return found.value if found else None


def get_tag_allowed_values(account: Account, session: Session, arguments: Sequence[object]) -> str | None:
    """SYSTEM$GET_TAG_ALLOWED_VALUES(tag): a JSON array, or None when any value is allowed (T8)."""
    (name,) = positional("SYSTEM$GET_TAG_ALLOWED_VALUES", [(None, a) for a in arguments], ("tag_name",))
    tag = _usable_tag(Catalog(account, session), name)
    return None if tag.allowed_values is None else json_list(tag.allowed_values)


def _usable_tag(catalog: Catalog, name: str) -> Tag:
    """The tag, if its database and schema are open to the session (T28, E13)."""
    ref = resolved(catalog, "", ObjectType.TAG, name_parts(name))
    tag = catalog.account.tag(ref)
    if tag is None or not catalog.authority.reaches(ref):
        raise not_found(ref)
    return tag
