"""What attaching a policy of any kind checks: that it may be used, that its arguments fit, what its body reads."""

from __future__ import annotations

import sqlglot
from sqlglot import exp

from snowmesh.account.authorization import Authority
from snowmesh.account.data_types import UnknownDataType, family
from snowmesh.account.masking import MaskingConflict, effective_mask, tag_policies
from snowmesh.account.objects import POLICY_TYPES, Column, MaskingPolicy, ObjectRef, ObjectType, Policy, Relation
from snowmesh.account.roles import closure
from snowmesh.account.state import Account
from snowmesh.local import denials, errors
from snowmesh.local.errors import SnowflakeError
from snowmesh.local.names import TableLike, parts_of, stored, visit_tables
from snowmesh.local.session import Session


def usable(
    account: Account, session: Session, kind: ObjectType, parts: tuple[str, ...], creating: bool = False
) -> Policy:
    """The policy of that name if the session may apply it at all; else it does not exist (E6, A18)."""
    ref = session.resolve(kind, parts, "ALTER")
    authority = denials.creating_authority(account, session, creating)
    check_kind(account, session, ref)
    policy = account.policy(ref)
    known = authority.holds_on_account(f"APPLY {kind.value}") or authority.holds("APPLY", ref)
    if policy is None or not known or not authority.reaches(ref):
        raise errors.not_found(ref)
    return policy


def check_kind(account: Account, session: Session, ref: ObjectRef) -> None:
    """Policies share one namespace: a name of another kind says so to who may see it (I17)."""
    other = namesake(account, ref)
    if ref not in account.objects and other is not None and session.authority(account).sees(other):
        raise denials.wrong_type(other.type, ref.type)


def namesake(account: Account, ref: ObjectRef) -> ObjectRef | None:
    """The policy of another kind at the name of this one."""
    if ref.type not in POLICY_TYPES:
        return None
    others = (ObjectRef(kind, ref.name) for kind in POLICY_TYPES if kind is not ref.type)
    return next((other for other in others if other in account.objects), None)


def may_attach(authority: Authority, item: Relation, kind: ObjectType, policy: ObjectRef | None) -> bool:
    """The global APPLY privilege, or OWNERSHIP of the object and APPLY on the policy (M22, A18)."""
    if authority.holds_on_account(f"APPLY {kind.value}"):
        return True
    return authority.owns(item.ref) and (policy is None or authority.holds("APPLY", policy))


def authorize(account: Account, session: Session, item: Relation, kind: ObjectType, policy: ObjectRef | None) -> None:
    """Raise unless the session may put policies of a kind on the relation, or take this one off (M22, A18)."""
    authority = session.authority(account)
    if not authority.reaches(item.ref):
        raise errors.not_found(item.ref)
    if may_attach(authority, item, kind, policy):
        return
    if authority.owns(item.ref) and policy is not None:
        raise denials.denied(account, session, "APPLY", policy)
    raise denials.denied(account, session, "OWNERSHIP", item.ref)


def relation(account: Account, ref: ObjectRef) -> Relation:
    """The table or view, or 002003."""
    found = account.objects.get(ref)
    if not isinstance(found, Relation):
        raise errors.not_found(ref)
    return found


def column(item: Relation, name: str, creating: bool = False) -> Column:
    """The column, or 000904 in the words of ALTER or of CREATE (A8)."""
    found = item.column(name)
    if found is None:
        where = "" if creating else " error line 1 at position 0"
        what = f"column '{name}' does not exist" if creating else f"invalid identifier '{name}'"
        raise SnowflakeError(904, "42000", f"SQL compilation error:{where}\n{what}")
    return found


def check_count(policy: Policy, item: Relation, columns: tuple[str, ...]) -> None:
    """A column for each argument (A5)."""
    if len(columns) != len(policy.signature):
        raise errors.invalid(
            f"Invalid number of arguments for attaching policy '{policy.ref.name[-1]}' to '{item.ref.name[-1]}', "
            f"expected {len(policy.signature)} arguments, got {len(columns)} arguments."
        )


def check_family(column: Column, data_type: str, kind: ObjectType) -> None:
    """Types fit by family (M24, A6)."""
    try:
        same = family(column.data_type) == family(data_type)
    except UnknownDataType as error:
        raise errors.invalid(f"Column '{column.name}' cannot have a policy: {error}") from None
    if not same:
        raise errors.invalid(
            f"Column '{column.name}' data type '{column.data_type}' does not match with "
            f"{kind.value.capitalize()} data type '{data_type}'."
        )


def argument_is_masked(name: str) -> SnowflakeError:
    """A9, M28, M30."""
    return errors.invalid(f"Column '{name}' cannot be used as policy argument because it is masked by another policy.")


def check_row_argument(account: Account, item: Relation, column: str, row_policy: Policy) -> None:
    """A masked column is no argument of a row access policy, unless its mask is exempt (A9, M28)."""
    if (item.ref, column) in account.projections:
        raise argument_is_masked(column)
    try:
        mask = effective_mask(account, item, column)
    except MaskingConflict:
        raise argument_is_masked(column) from None
    if mask is not None:
        check_exemption(account, column, mask.policy, row_policy)


def check_exemption(account: Account, column: str, mask: MaskingPolicy, row_policy: Policy) -> None:
    """EXEMPT_OTHER_POLICIES, and the mask's owner below the owner of the row access policy (M28, M31)."""
    if not mask.exempt_other_policies:
        raise argument_is_masked(column)
    if mask.owner not in closure(account, [row_policy.owner]):
        raise errors.invalid(
            f"Column '{column}' cannot be used as policy argument: EXEMPT_OTHER_POLICIES of '{mask.ref.name[-1]}' "
            f"takes that its owner is below the owner of '{row_policy.ref.name[-1]}' in the role hierarchy."
        )


def check_sources(account: Account, policy: Policy, item: Relation | None) -> None:
    """A body reads no protected table, nor the one that it protects (A10, M7, M29)."""
    body = exp.Paren(this=sqlglot.parse_one(policy.body, read="snowflake"))
    names = {stored(c.this) for c in body.find_all(exp.Column) if isinstance(c.this, exp.Identifier)}
    everything = body.find(exp.Star) is not None
    read: list[Relation] = []

    def visit(table: TableLike) -> None:
        parts = parts_of(table) if isinstance(table, exp.Table) else ()
        found = account.relation((*policy.ref.name[: 3 - len(parts)], *parts))
        if found is not None:
            read.append(found)

    visit_tables(body, visit)
    for source in read:
        why = "it is protected by the policy itself" if item is not None and source.ref == item.ref else ""
        if not why and source.ref in account.row_policies:
            why = "it is protected by a row access policy"
        if not why and source.ref in account.aggregations:
            why = "it is protected by an aggregation policy"
        for column in source.columns:
            direct = (source.ref, column.name) in account.masks and (everything or column.name in names)
            if not why and (direct or tag_policies(account, source, column.name)):
                why = f"its column {column.name} is protected by a masking policy"
            projected = (source.ref, column.name) in account.projections and (everything or column.name in names)
            if not why and projected:
                why = f"its column {column.name} is protected by a projection policy"
        if why:
            raise errors.invalid(
                f"Policy '{policy.ref.name[-1]}' cannot be attached: its body reads '{source.ref.fqn}', but {why}."
            )
