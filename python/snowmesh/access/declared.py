"""What a role sees of a model, from declarations alone: mesh.yml for roles and usage, dbt for grants and masks.

The rules are those of snowmesh.account, which the local Snowflake enforces.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Any

from snowmesh.account import data_types, identifiers, roles
from snowmesh.account.authorization import Authority
from snowmesh.account.grants import Grant
from snowmesh.account.masking import MaskingConflict, effective_mask
from snowmesh.account.objects import Column, MaskingPolicy, ObjectRef, ObjectType, Relation, Tag
from snowmesh.account.state import Account, PolicyReference, TagTarget
from snowmesh.artifacts.definitions import Definitions, Mask, TagDefinition
from snowmesh.artifacts.manifest import Model, ModelColumn
from snowmesh.artifacts.problems import ArtifactError

NO_TYPES: Mapping[str, str] = MappingProxyType({})
_NEVER_MASKED = "BOOLEAN"  # stands for the type of a column that the relation does not have


class Sight(str, Enum):
    """What a role gets for a column."""

    CLEAR = "clear"
    MASKED = "masked"
    REFUSED = "refused"


@dataclass(frozen=True)
class Cell:
    """What is declared for a role and a column, and why.

    `mask` is the policy in force on the column, also for a role that it shows clear values to; `arguments`
    are the columns given to the policy, the masked one first.
    """

    sight: Sight
    why: str
    mask: Mask | None = None
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True)
class Product:
    """A model placed into the declared account."""

    account: Account
    relation: Relation
    masks: Mapping[ObjectRef, Mask]

    def cell(self, column: str, role: str) -> Cell:
        """What the role alone (and what it inherits) sees of a column. Raises ArtifactError."""
        authority = Authority(self.account, [role])
        if not authority.may_use(self.relation.ref, "SELECT"):
            return Cell(Sight.REFUSED, self._missing(authority))
        try:
            found = effective_mask(self.account, self.relation, column)
        except MaskingConflict as error:
            raise ArtifactError(
                f"{self.relation.ref.fqn}: {error}", "keep one masking policy for the column."
            ) from error
        if found is None:
            return Cell(Sight.CLEAR, "no masking policy")
        mask = self.masks[found.policy.ref]
        if mask.body:
            raise ArtifactError(
                f"Masking policy {mask.name} has a body of its own; who sees through it is not computed.",
                "write it as unmasked_for and masked to have it proved.",
            )
        through = f"policy {mask.name}" + (f" of tag {found.tag.name[-1]}" if found.tag else "")
        clear_as = sorted({identifiers.stored(r) for r in mask.unmasked_for} & roles.closure(self.account, [role]))
        if clear_as:
            return Cell(Sight.CLEAR, f"{through}: unmasked for {clear_as[0]}", mask, found.arguments)
        return Cell(Sight.MASKED, through, mask, found.arguments)

    def _missing(self, authority: Authority) -> str:
        closed = [parent for parent in self.relation.ref.parents if not authority.has_any(parent)]
        if closed:
            return f"no privilege on {closed[0].type.value.lower()} {closed[0].fqn}"
        return f"no SELECT on {self.relation.ref.fqn}"


def relation_name(model: Model) -> tuple[str, ...]:
    """Database, schema and name of a model as stored."""
    return identifiers.split(model.relation)


def lacks_types(model: Model) -> bool:
    """Whether a governed model has columns whose type is not declared; a policy is chosen by type (M33)."""
    governed = bool(model.block) or any(column.block for column in model.columns)
    return governed and not all(column.data_type for column in model.columns)


def place(
    account: Account, model: Model, definitions: Definitions, owner: str, types: Mapping[str, str] = NO_TYPES
) -> Product:
    """Add a model, its grants, tags and masks to the declared account. Raises ArtifactError.

    `types` are the data types of columns that declare none.
    """
    kind = ObjectType.VIEW if model.materialized == "view" else ObjectType.TABLE
    ref = ObjectRef(kind, relation_name(model))
    relation = Relation(ref=ref, owner=owner, columns=tuple(_column(model, column, types) for column in model.columns))
    grants = [
        Grant(privilege.upper(), ref, identifiers.stored(role))
        for privilege, grantees in model.grants.items()
        for role in grantees
    ]
    governance = _Governance(account.with_object(relation).with_grants(grants), definitions, ref)
    governance.set_on(TagTarget(ref), model.block, f"{model.file}: model {model.name}")
    for column in model.columns:
        where = f"{model.file}: model {model.name}, column {column.name}"
        governance.set_on(TagTarget(ref, _stored_column(column)), column.block, where)
    return Product(governance.account, relation, governance.masks)


def _stored_column(column: ModelColumn) -> str:
    return column.name if column.quoted else identifiers.stored(column.name)


def _column(model: Model, column: ModelColumn, types: Mapping[str, str]) -> Column:
    name = _stored_column(column)
    data_type = column.data_type or types.get(name, "") or _NEVER_MASKED
    try:
        return Column(name, data_types.described(data_type))
    except data_types.UnknownDataType as error:
        where = f"{model.file}: model {model.name}, column {column.name}"
        raise ArtifactError(f"{where}: {error}", "correct its data_type.") from error


class _Governance:
    """The tags and policies of a project, put into an account and set on one relation."""

    def __init__(self, account: Account, definitions: Definitions, relation: ObjectRef) -> None:
        self.account, self._definitions, self._relation = account, definitions, relation
        self.masks: dict[ObjectRef, Mask] = {}
        for mask in definitions.masks:
            self._define_mask(mask)
        for tag in definitions.tags:
            self._define_tag(tag)

    def set_on(self, target: TagTarget, block: Mapping[str, Any], where: str) -> None:
        """Set the tags and the masking policy of a governance block."""
        for written, value in (block.get("tags") or {}).items():
            tag = self.account.tag(self._ref(ObjectType.TAG, written))
            if tag is None:
                raise self._unknown(where, "tag", written, [tag.name for tag in self._definitions.tags])
            if value is None:
                continue
            if tag.allowed_values and value not in tag.allowed_values:
                allowed = ", ".join(tag.allowed_values)
                raise ArtifactError(f"{where}: value {value!r} of tag {written} is not allowed.", f"use: {allowed}.")
            self.account = self.account.with_tag_value(target, tag.ref, value)
        if policy := block.get("masking_policy"):
            long = {"name": policy} if isinstance(policy, str) else policy
            using = tuple(identifiers.stored(column) for column in long.get("using") or ())
            reference = PolicyReference(self._policy(long["name"], where), (target.column, *using) if using else ())
            self.account = self.account.with_mask(target.object, target.column, reference)

    def _define_mask(self, mask: Mask) -> None:
        ref = self._ref(ObjectType.MASKING_POLICY, mask.name)
        signature = (("VAL", mask.data_type), *((identifiers.stored(name), kind) for name, kind in mask.using))
        policy = MaskingPolicy(ref=ref, owner="", signature=signature, returns=mask.data_type, body=mask.masked)
        self.account, self.masks[ref] = self.account.with_object(policy), mask

    def _define_tag(self, tag: TagDefinition) -> None:
        policies = tuple(self._policy(name, f"tag {tag.name}") for name in tag.masking_policies)
        ref = self._ref(ObjectType.TAG, tag.name)
        found = Tag(ref=ref, owner="", allowed_values=tag.allowed_values, masking_policies=policies)
        self.account = self.account.with_object(found)

    def _policy(self, written: str, where: str) -> ObjectRef:
        ref = self._ref(ObjectType.MASKING_POLICY, written)
        if ref not in self.masks:
            raise self._unknown(where, "masking policy", written, [mask.name for mask in self._definitions.masks])
        return ref

    def _ref(self, kind: ObjectType, written: str) -> ObjectRef:
        if not self._definitions.schema:
            raise ArtifactError(
                f"vars: snowmesh: in {self._definitions.file} names no schema for tags and policies.",
                "write for example schema: governance.",
            )
        schema = identifiers.split(self._definitions.schema)
        full = (self._relation.name[0], *schema) if len(schema) == 1 else schema
        return ObjectRef(kind, (*full, identifiers.stored(written)))

    def _unknown(self, where: str, word: str, written: str, known: list[str]) -> ArtifactError:
        return ArtifactError(
            f"{where}: {word} {written} is not defined in {self._definitions.file}.",
            f"define it under vars: snowmesh, or name one of: {', '.join(known) or 'none is defined'}.",
        )
