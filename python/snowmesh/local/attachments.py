"""Setting and unsetting tags and masking policies on objects and columns, with every check (T17-T24, M14-M30).

Pure: each function returns the account after the change or raises a SnowflakeError. `creating` is for the clauses of
a CREATE statement: the primary role alone counts, and the object in the making is its own (R22, P20).
"""

from __future__ import annotations

from snowmesh.account.authorization import Authority
from snowmesh.account.objects import Column, MaskingPolicy, ObjectRef, ObjectType, Relation, Tag
from snowmesh.account.state import Account, PolicyReference, TagTarget
from snowmesh.local import errors, policy_checks
from snowmesh.local.denials import creating_authority, denied
from snowmesh.local.errors import SnowflakeError
from snowmesh.local.session import Session

MAX_VALUE_LENGTH = 256  # T1
MAX_TAGS = 50  # T9 an object, T10 all columns of a table together
APPLY_TAG, APPLY_MASK = "APPLY TAG", "APPLY MASKING POLICY"


def set_tag(
    account: Account,
    session: Session,
    target: TagTarget,
    tag_parts: tuple[str, ...],
    value: str,
    *,
    creating: bool = False,
) -> Account:
    """Set a tag on an object or column; an earlier value is overwritten (T17)."""
    tag = _usable_tag(account, session, target, tag_parts, creating)
    _check_value(tag, value)
    changed = account.with_tag_value(target, tag.ref, value)
    _check_quota(changed, target)
    return changed


def unset_tag(account: Account, session: Session, target: TagTarget, tag_parts: tuple[str, ...]) -> Account:
    """Unset a tag; succeeds when it was not set (T17)."""
    tag = _usable_tag(account, session, target, tag_parts, creating=False)
    return account.without_tag_value(target, tag.ref)


def set_mask(
    account: Account,
    session: Session,
    relation: ObjectRef,
    column: str,
    policy_parts: tuple[str, ...],
    *,
    using: tuple[str, ...] = (),
    force: bool = False,
    creating: bool = False,
) -> Account:
    """Put a column under a masking policy. The same policy again changes nothing (M16); FORCE replaces (M17)."""
    item = _relation(account, relation)
    _column(item, column)
    policy = _usable_policy(account, session, item, policy_parts, creating)
    reference = PolicyReference(policy.ref, using if len(using) > 1 else ())
    _check_arguments(account, item, column, policy, using)
    current = account.masks.get((relation, column))
    if current == reference:
        return account
    if current is not None and not force:
        raise _already_masked()
    return account.with_mask(relation, column, reference)


def unset_mask(account: Account, session: Session, relation: ObjectRef, column: str) -> Account:
    """Take the directly set policy off a column. The owner of the table alone may not (M22, E9)."""
    item = _relation(account, relation)
    _column(item, column)
    authority = session.authority(account)
    current = account.masks.get((relation, column))
    if not _may_mask(authority, item, current.policy if current else None):
        name = current.policy.name[-1] if current else ""
        raise SnowflakeError(
            3001,
            "42501",
            "SQL access control error:\nInsufficient privileges to operate on ALTER TABLE UNSET MASKING POLICY "
            f"'{name}'. It takes APPLY on the policy and OWNERSHIP of the table, or APPLY MASKING POLICY on ACCOUNT.",
        )
    return account.without_mask(relation, column)


def tag_ref(session: Session, parts: tuple[str, ...], verb: str = "ALTER") -> ObjectRef:
    """Complete a tag's name like any schema object's (I18)."""
    return session.resolve(ObjectType.TAG, parts, verb)


def visible_policy(account: Account, session: Session, parts: tuple[str, ...], creating: bool = False) -> MaskingPolicy:
    """The masking policy of that name if the session may apply it at all, else E6."""
    found = policy_checks.usable(account, session, ObjectType.MASKING_POLICY, parts, creating)
    if not isinstance(found, MaskingPolicy):
        raise errors.not_found(found.ref)
    return found


# -- tags ----------------------------------------------------------------------------------------------


def _usable_tag(account: Account, session: Session, target: TagTarget, parts: tuple[str, ...], creating: bool) -> Tag:
    """The tag, if it exists, is in reach, and may be set on the target (T21, T22, T24)."""
    _check_target(account, target)
    ref = tag_ref(session, parts)
    authority = creating_authority(account, session, creating)
    everywhere = authority.holds_on_account(APPLY_TAG)
    tag = account.tag(ref)
    if tag is None or not authority.reaches(ref) or not (everywhere or authority.has_any(ref)):
        raise errors.not_found(ref)
    if not everywhere:
        if not authority.holds("APPLY", ref):
            raise denied(account, session, "APPLY", ref, creating)
        if target.object.type is ObjectType.ACCOUNT:  # nobody owns it
            raise denied(account, session, APPLY_TAG, target.object)
        if not creating and not authority.owns(target.object):
            raise denied(account, session, "OWNERSHIP", target.object)
    if not creating and not authority.reaches(target.object):
        raise errors.not_found(target.object)
    _check_masking_tag(account, session, authority, tag, target)
    return tag


def _check_masking_tag(account: Account, session: Session, authority: Authority, tag: Tag, target: TagTarget) -> None:
    """A tag with policies on a whole database, schema or account takes APPLY MASKING POLICY as well (T22, T24)."""
    container = target.object.type in (ObjectType.ACCOUNT, ObjectType.DATABASE, ObjectType.SCHEMA)
    if tag.masking_policies and container and not authority.holds_on_account(APPLY_MASK):
        raise denied(account, session, APPLY_MASK, ObjectRef(ObjectType.ACCOUNT))


def _check_target(account: Account, target: TagTarget) -> None:
    if target.object not in account.objects and target.object.type is not ObjectType.ACCOUNT:
        raise errors.not_found(target.object)
    if target.column:
        _column(_relation(account, target.object), target.column)


def _check_value(tag: Tag, value: str) -> None:
    """T1, T3, T6. Snowflake's text for a value that is not allowed is not known (E14): this one is our own."""
    if len(value) > MAX_VALUE_LENGTH:
        raise errors.invalid(
            f"Value of tag '{tag.ref.fqn}' has {len(value)} characters; {MAX_VALUE_LENGTH} are allowed."
        )
    if tag.allowed_values is None or value in tag.allowed_values:
        return
    allowed = ", ".join(f"'{v}'" for v in tag.allowed_values) or "none, all were dropped"
    raise errors.invalid(f"Value '{value}' is not allowed for tag '{tag.ref.fqn}'. Allowed values: {allowed}.")


def _check_quota(account: Account, target: TagTarget) -> None:
    if target.column:
        tags = {t for k, v in account.tag_values.items() if k.object == target.object and k.column for t in v}
        where = f"all columns of '{target.object.fqn}' together"
    else:
        tags, where = set(account.tag_values[target]), f"'{target.object.fqn}'"
    if len(tags) > MAX_TAGS:
        raise errors.invalid(f"{len(tags)} different tags on {where}; {MAX_TAGS} are allowed.")


# -- masking policies ----------------------------------------------------------------------------------


def _usable_policy(
    account: Account, session: Session, item: Relation, parts: tuple[str, ...], creating: bool
) -> MaskingPolicy:
    """M22. A role without APPLY reads that the policy does not exist (E6)."""
    policy = visible_policy(account, session, parts, creating)
    authority = creating_authority(account, session, creating)
    if creating:
        return policy
    if not authority.reaches(item.ref):
        raise errors.not_found(item.ref)
    if not _may_mask(authority, item, policy.ref):
        raise denied(account, session, "OWNERSHIP", item.ref)
    return policy


def _may_mask(authority: Authority, item: Relation, policy: ObjectRef | None) -> bool:
    return policy_checks.may_attach(authority, item, ObjectType.MASKING_POLICY, policy)


def _check_arguments(
    account: Account, item: Relation, column: str, policy: MaskingPolicy, using: tuple[str, ...]
) -> None:
    """The columns must fit the policy's signature in number and type family (M18, M24)."""
    if not using and len(policy.signature) > 1:
        raise errors.not_implemented(
            "a conditional masking policy without USING",
            f"write USING with {len(policy.signature)} columns, the masked column '{column}' first",
        )
    if using and using[0] != column:
        raise errors.invalid(f"The first column after USING must be the masked column '{column}', not '{using[0]}'.")
    columns = using or (column,)
    policy_checks.check_count(policy, item, columns)
    for name, (_, data_type) in zip(columns, policy.signature, strict=True):
        policy_checks.check_family(_column(item, name), data_type, ObjectType.MASKING_POLICY)
    _check_conditions(account, item, column, columns[1:], policy)
    _check_row_policy(account, item, columns, policy)
    policy_checks.check_sources(account, policy, item)


def _check_row_policy(account: Account, item: Relation, columns: tuple[str, ...], policy: MaskingPolicy) -> None:
    """A column is an argument of a masking or of a row access policy, not of both (A9, M28)."""
    reference = account.row_policies.get(item.ref)
    row_policy = account.policy(reference.policy) if reference else None
    if reference is None or row_policy is None:
        return
    for name in columns:
        if name in reference.columns:
            policy_checks.check_exemption(account, name, policy, row_policy)


def _check_conditions(
    account: Account, item: Relation, column: str, conditions: tuple[str, ...], policy: MaskingPolicy
) -> None:
    """A masked column is no condition of another policy, unless its own policy is exempt (M30)."""
    for name in conditions:
        if name != column and (item.ref, name) in account.projections:
            raise policy_checks.argument_is_masked(name)
        reference = account.masks.get((item.ref, name))
        other = account.masking_policy(reference.policy) if reference else None
        if name != column and other and not other.exempt_other_policies:
            raise policy_checks.argument_is_masked(name)
    for (ref, masked), reference in account.masks.items():
        if ref == item.ref and masked != column and column in reference.using and not policy.exempt_other_policies:
            raise policy_checks.argument_is_masked(column)


def _already_masked() -> SnowflakeError:
    """E7. FORCE replaces; that both policies are for the same type follows from the column's (M17, M24)."""
    return errors.invalid(
        "Specified column already attached to another masking policy. A column cannot be attached to multiple "
        "masking policies. Please drop the current association in order to attach a new masking policy."
    )


def _relation(account: Account, ref: ObjectRef) -> Relation:
    found = account.objects.get(ref)
    if not isinstance(found, Relation):
        raise errors.not_found(ref)
    return found


def _column(item: Relation, name: str) -> Column:
    found = item.column(name)
    if found is None:
        raise SnowflakeError(
            904, "42000", f"SQL compilation error: error line 1 at position 0\ninvalid identifier '{name}'"
        )
    return found
