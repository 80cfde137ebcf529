"""POLICY_REFERENCES: where policies are, set directly or brought by tags (M61-M65)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from snowmesh.account.masking import MaskingConflict, effective_mask, tag_policies
from snowmesh.account.objects import POLICY_TYPES, MaskingPolicy, ObjectRef, ObjectType, Relation, Tag
from snowmesh.account.state import Account
from snowmesh.local import denials
from snowmesh.local.errors import invalid, not_found, not_implemented
from snowmesh.local.session import ResultSet, Session, texts
from snowmesh.local.virtual.arguments import Argument, name_parts, resolved, text
from snowmesh.local.virtual.catalog import Catalog, rows

COLUMNS = texts(
    "POLICY_DB, POLICY_SCHEMA, POLICY_NAME, POLICY_KIND, REF_DATABASE_NAME, REF_SCHEMA_NAME, REF_ENTITY_NAME, "
    "REF_ENTITY_DOMAIN, REF_COLUMN_NAME, REF_ARG_COLUMN_NAMES, TAG_DATABASE, TAG_SCHEMA, TAG_NAME, POLICY_STATUS"
)
_FUNCTION = "POLICY_REFERENCES"
_NAMES = ("POLICY_NAME", "POLICY_KIND", "REF_ENTITY_NAME", "REF_ENTITY_DOMAIN")
_USAGE = (
    "function 'information_schema.policy_references' expects argument (policy_name=>'policyName') or "
    "(ref_entity_name=>'name', ref_entity_domain=>'domain')."
)
# policies can be on these too, but none of the kinds that can is implemented
_WITHOUT_MASKS = ("ACCOUNT", "INTEGRATION", "USER")


@dataclass(frozen=True)
class Reference:
    """A policy on a relation, a column of it or a tag; `tag` is the one that brought it."""

    policy: ObjectRef
    entity: ObjectRef
    column: str = ""
    arguments: tuple[str, ...] = ()
    tag: ObjectRef | None = None
    status: str = "ACTIVE"


def execute(catalog: Catalog, database: str, arguments: tuple[Argument, ...]) -> ResultSet:
    """The rows of POLICY_REFERENCES. Raises SnowflakeError."""
    given = _given(arguments)
    if set(given) == {"POLICY_NAME"}:
        parts = name_parts(given["POLICY_NAME"])
        named = [resolved(catalog, database, kind, parts) for kind in POLICY_TYPES]  # one namespace (I17)
        found = _of_policy(catalog, next((ref for ref in named if ref in catalog.account.objects), named[0]))
    elif set(given) == {"REF_ENTITY_NAME", "REF_ENTITY_DOMAIN"}:
        found = _of_entity(catalog, database, given["REF_ENTITY_NAME"], given["REF_ENTITY_DOMAIN"].upper())
    else:
        raise _wrong(given)
    return rows(COLUMNS, [_row(reference) for reference in found])


def _given(arguments: tuple[Argument, ...]) -> dict[str, str]:
    """Arguments by name; by position they are the policy's name and kind (M64)."""
    found: dict[str, str] = {}
    for position, (name, value) in enumerate(arguments):
        key = name.upper() if name is not None else _NAMES[min(position, 1)]
        if key not in _NAMES or key in found:
            raise invalid(_USAGE)
        found[key] = text(_FUNCTION, value)
    return found


def _wrong(given: dict[str, str]) -> Exception:
    kind = given.get("POLICY_KIND")
    if kind is None:
        return invalid(_USAGE)
    if kind.upper() == "NETWORK_POLICY":
        return not_implemented("POLICY_REFERENCES of a network policy")
    return invalid(f"Unknown policy kind: {kind}.")


# -- whose references ----------------------------------------------------------------------------------


def _of_policy(catalog: Catalog, ref: ObjectRef) -> list[Reference]:
    policy = catalog.account.policy(ref)
    if policy is None or not (catalog.applies(ref.type) or catalog.sees(ref)):
        raise not_found(ref)
    found = [r for relation in _relations(catalog) for r in _direct(catalog, relation) if r.policy == ref]
    found.extend(r for tag in _tags(catalog) for r in _on_tag(tag) if r.policy == ref)
    return [r for r in found if _may_know(catalog, r)]


def _of_entity(catalog: Catalog, database: str, name: str, domain: str) -> list[Reference]:
    if domain in _WITHOUT_MASKS:
        raise not_implemented(f"POLICY_REFERENCES of domain {domain}", "allowed: TABLE, VIEW, TAG")
    if domain not in ("TABLE", "VIEW", "TAG"):
        raise invalid(f"Unknown domain: {domain}.")
    ref = resolved(catalog, database, ObjectType(domain), name_parts(name))
    found = _on_tag(_tag(catalog, ref)) if domain == "TAG" else _on_relation(catalog, _relation(catalog, ref))
    return [r for r in found if _may_know(catalog, r)]


def _relation(catalog: Catalog, ref: ObjectRef) -> Relation:
    found = catalog.account.relation(ref.name)
    if found is None or not (catalog.authority.may_describe(found.ref) or catalog.authority.sees(found.ref)):
        raise not_found(ref)
    if (found.ref.type is ObjectType.VIEW) != (ref.type is ObjectType.VIEW):
        raise denials.wrong_type(found.ref.type, ref.type)
    _require_policy_privilege(catalog, found.ref)
    return found


def _tag(catalog: Catalog, ref: ObjectRef) -> Tag:
    found = catalog.account.tag(ref)
    if found is None or not (
        catalog.applies_tags or catalog.applies(ObjectType.MASKING_POLICY) or catalog.authority.reaches(ref)
    ):
        raise not_found(ref)
    _require_policy_privilege(catalog, ref)
    return found


def _require_policy_privilege(catalog: Catalog, entity: ObjectRef) -> None:
    """SELECT or OWNERSHIP on the table is not enough: a role must have to do with some policy (M65)."""
    if any(catalog.applies(kind) for kind in POLICY_TYPES):
        return
    if not any(catalog.sees(ref) for ref in catalog.account.objects if ref.type in POLICY_TYPES):
        raise denials.denied(catalog.account, catalog.session, "APPLY MASKING POLICY", entity)


def _may_know(catalog: Catalog, reference: Reference) -> bool:
    """All rows with APPLY <kind> on the account; with APPLY on the policy those on one's own objects (M65)."""
    return catalog.applies(reference.policy.type) or (
        catalog.sees(reference.policy) and catalog.authority.owns(reference.entity)
    )


# -- the references themselves ---------------------------------------------------------------------------


def _relations(catalog: Catalog) -> list[Relation]:
    found = [item for item in catalog.account.objects.values() if isinstance(item, Relation)]
    return sorted(found, key=lambda item: item.ref.name)


def _tags(catalog: Catalog) -> list[Tag]:
    return sorted((o for o in catalog.account.objects.values() if isinstance(o, Tag)), key=lambda tag: tag.ref.name)


def _direct(catalog: Catalog, relation: Relation) -> Iterator[Reference]:
    rows_of = catalog.account.row_policies.get(relation.ref)
    if rows_of is not None:
        yield Reference(rows_of.policy, relation.ref, "", rows_of.columns)
    aggregation = catalog.account.aggregations.get(relation.ref)
    if aggregation is not None:
        for key in aggregation.entity_keys or ((),):
            yield Reference(aggregation.policy, relation.ref, "", key)
    for column in relation.columns:
        found = catalog.account.masks.get((relation.ref, column.name))
        if found is not None:
            yield Reference(found.policy, relation.ref, column.name, found.using[1:])
        projection = catalog.account.projections.get((relation.ref, column.name))
        if projection is not None:
            yield Reference(projection, relation.ref, column.name)


def _on_tag(tag: Tag) -> list[Reference]:
    return [Reference(policy, tag.ref) for policy in tag.masking_policies]


def _on_relation(catalog: Catalog, relation: Relation) -> list[Reference]:
    """Direct ones, and for the other columns what the tags bring; a direct policy silences those (M34)."""
    direct = list(_direct(catalog, relation))
    found = [r for r in direct if not r.column]
    for column in relation.columns:
        own = [r for r in direct if r.column == column.name]
        found.extend(own)
        if any(r.policy.type is ObjectType.MASKING_POLICY for r in own):
            continue
        for tag, policy in tag_policies(catalog.account, relation, column.name):
            status = _status(catalog, relation, column.name)
            found.append(Reference(policy.ref, relation.ref, column.name, _conditional(policy), tag, status))
    return found


def of_account(account: Account) -> Iterator[dict[str, str | None]]:
    """Where policies are set in the whole account, for ACCOUNT_USAGE (V7)."""
    catalog = Catalog(account, Session("", ""))
    for relation in _relations(catalog):
        yield from (_row(reference) for reference in _direct(catalog, relation))
    for tag in _tags(catalog):
        yield from (_row(reference) for reference in _on_tag(tag))


def _conditional(policy: MaskingPolicy) -> tuple[str, ...]:
    """The further arguments of a policy on a tag are columns of that name (M36)."""
    return tuple(name for name, _ in policy.signature[1:])


def _status(catalog: Catalog, relation: Relation, column: str) -> str:
    try:
        effective_mask(catalog.account, relation, column)
    except MaskingConflict as conflict:
        return conflict.status
    return "ACTIVE"


def _row(reference: Reference) -> dict[str, str | None]:
    policy, entity, tag = reference.policy, reference.entity, reference.tag
    return {
        "POLICY_DB": policy.name[0],
        "POLICY_SCHEMA": policy.name[1],
        "POLICY_NAME": policy.name[2],
        "POLICY_KIND": policy.type.shown,
        "REF_DATABASE_NAME": entity.name[0],
        "REF_SCHEMA_NAME": entity.name[1],
        "REF_ENTITY_NAME": entity.name[2],
        "REF_ENTITY_DOMAIN": "TABLE" if entity.type is ObjectType.DYNAMIC_TABLE else entity.type.value,
        "REF_COLUMN_NAME": reference.column or None,
        "REF_ARG_COLUMN_NAMES": _argument_names(reference.arguments),
        "TAG_DATABASE": tag.name[0] if tag else None,
        "TAG_SCHEMA": tag.name[1] if tag else None,
        "TAG_NAME": tag.name[2] if tag else None,
        "POLICY_STATUS": reference.status,
    }


def _argument_names(names: tuple[str, ...]) -> str | None:
    """`[ "A", "B" ]`, NULL for a plain masking policy (M63)."""
    return "[ " + ", ".join(f'"{name}"' for name in names) + " ]" if names else None
