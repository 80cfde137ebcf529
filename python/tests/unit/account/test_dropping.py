"""Dropping, restoring, renaming and cloning as changes of an account: nothing is lost, nothing is somebody else's."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import datetime, timedelta, timezone

import pytest

from snowmesh.account import cloning, dropping, lifecycle, renaming
from snowmesh.account.grants import FutureGrant, Grant, Membership
from snowmesh.account.mapping import ATTACHMENTS
from snowmesh.account.objects import (
    Column,
    Database,
    MaskingPolicy,
    ObjectRef,
    ObjectType,
    Relation,
    RowAccessPolicy,
    Schema,
    SecurableObject,
    Tag,
    database,
    database_role,
    role,
    schema,
)
from snowmesh.account.state import (
    Account,
    AggregationReference,
    PolicyReference,
    RowPolicyReference,
    TagTarget,
)
from snowmesh.account.system import fresh_account

NOW = datetime(2026, 5, 1, tzinfo=timezone.utc)
D, S = database("D"), schema("D", "S")
T = ObjectRef(ObjectType.TABLE, ("D", "S", "T"))
TAG = ObjectRef(ObjectType.TAG, ("D", "S", "G"))
HIDE = ObjectRef(ObjectType.MASKING_POLICY, ("D", "S", "HIDE"))
AWAY = ObjectRef(ObjectType.MASKING_POLICY, ("E", "PUBLIC", "AWAY"))
FEW = ObjectRef(ObjectType.ROW_ACCESS_POLICY, ("D", "S", "FEW"))
READER = database_role("D", "READER")


def policy(ref: ObjectRef) -> MaskingPolicy:
    return MaskingPolicy(ref=ref, owner="A", signature=(("V", "VARCHAR"),), returns="VARCHAR", body="V")


@pytest.fixture
def account() -> Account:
    """Every part of an account has something that hangs on table D.S.T."""
    account = fresh_account()
    for name in ("A", "B"):
        account = account.with_object(SecurableObject(ref=role(name), owner="USERADMIN"))
    for item in (
        Database(ref=D, owner="A"),
        Database(ref=database("E"), owner="A"),
        Schema(ref=S, owner="A"),
        SecurableObject(ref=READER, owner="A"),
        Tag(ref=TAG, owner="A", masking_policies=(HIDE,)),
        policy(HIDE),
        policy(AWAY),
        RowAccessPolicy(ref=FEW, owner="A", signature=(("V", "VARCHAR"),), body="TRUE"),
        Relation(ref=T, owner="A", columns=(Column("C", "VARCHAR"), Column("X", "VARCHAR"))),
    ):
        account = lifecycle.create(account, item)
    account = account.with_grants([Grant("SELECT", T, "B", granted_by="A"), Grant("SELECT", T, READER, granted_by="A")])
    account = account.with_future_grants([FutureGrant("SELECT", ObjectType.TABLE, S, "B")])
    account = account.with_memberships([Membership(READER, role("B"), granted_by="A")])
    account = account.with_tag_value(TagTarget(T, "C"), TAG, "x").with_tag_value(TagTarget(database("E")), TAG, "far")
    account = account.with_mask(T, "C", PolicyReference(HIDE)).with_mask(T, "X", PolicyReference(AWAY, ("X", "C")))
    account = account.with_row_policy(T, RowPolicyReference(FEW, ("C",)))
    account = account.with_projection(T, "C", HIDE).with_aggregation(T, AggregationReference(FEW))
    return lifecycle.stamped(fresh_account(), account, NOW)


def test_the_account_of_these_tests_has_something_in_every_part(account: Account) -> None:
    assert all(getattr(account, part) for part in ATTACHMENTS)
    known = {"name", "objects", "grants", "future_grants", "memberships", "tag_values", "dropped", *ATTACHMENTS}
    assert {f.name for f in fields(Account)} == known


@pytest.mark.parametrize("ref", [T, S, D, TAG], ids=lambda ref: ref.type.value)
def test_what_was_dropped_comes_back_as_it_was(account: Account, ref: ObjectRef) -> None:
    """Table 3.6, T18: grants, future grants, role grants, tags and policies of every kind."""
    dropped = lifecycle.stamped(account, dropping.drop(account, ref), NOW)
    assert ref not in dropped.objects and dropped != account
    record = dropping.last_dropped(dropped, ref)
    assert record is not None
    assert dropping.restore(dropped, record) == account


def test_what_changed_since_is_left_alone(account: Account) -> None:
    """A tag that was set anew keeps its value; a role, policy or tag of the same name is another one."""
    dropped = lifecycle.stamped(account, dropping.drop(account, T), NOW)
    later = NOW + timedelta(hours=1)
    again = lifecycle.drop(dropped, role("B"), heir="A").with_object(SecurableObject(ref=role("B"), owner="USERADMIN"))
    again = lifecycle.create(again.without_object(AWAY), policy(AWAY))
    again = lifecycle.stamped(dropped, again, later)
    record = dropping.last_dropped(again, T)
    assert record is not None
    found = dropping.restore(again, record)
    assert {g.role for g in found.grants_on(T)} == {READER}
    assert found.masks[T, "C"].policy == HIDE
    assert found.masks[T, "X"].policy not in found.objects and found.masks[T, "X"].using == ("X", "C")


def test_retention_is_the_nearest_that_is_set(account: Account) -> None:
    def kept(*settings: tuple[ObjectRef, str]) -> int:
        changed = account
        for ref, days in settings:
            changed = changed.with_object(replace(changed.objects[ref], properties={dropping.RETENTION: days}))
        return dropping.retention_days(changed, T)

    assert (kept(), kept((D, "5")), kept((D, "5"), (S, "3")), kept((S, "3"), (T, "0"))) == (1, 5, 3, 0)
    transient = account.with_object(replace(account.objects[T], kind="TRANSIENT", properties={dropping.RETENTION: "9"}))
    assert dropping.retention_days(transient, T) == 1


def test_what_is_too_old_is_purged_and_of_one_name_only_some_versions_are_kept(account: Account) -> None:
    table = account.objects[T]
    for number in range(dropping.KEPT + 3):
        account = lifecycle.stamped(account, dropping.drop(account, T), NOW + timedelta(minutes=number))
        account = lifecycle.create(account, table)
    assert len(account.dropped) == dropping.KEPT
    for _ in range(3):
        account = lifecycle.create(account, table)
    assert sum(d.replaced for d in account.dropped) == dropping.KEPT_REPLACED
    account = lifecycle.stamped(account, account, NOW + timedelta(minutes=30))
    assert dropping.purged(account, NOW + timedelta(hours=23)) is account
    assert dropping.purged(account, NOW + timedelta(days=2)).dropped == ()


@pytest.mark.parametrize(
    ("old", "new"),
    [(D, database("Z")), (S, schema("D", "Z")), (S, schema("E", "Z")), (T, replace(T, name=("E", "PUBLIC", "Z")))],
    ids=["database", "schema", "schema to another database", "table to another database"],
)
def test_a_new_name_is_everywhere_and_going_back_changes_nothing(
    account: Account, old: ObjectRef, new: ObjectRef
) -> None:
    """T50, M56; where the rows are is remembered."""
    renamed = renaming.renamed(account, old, new)
    assert old not in renamed.objects and new in renamed.objects
    relation = next(o for o in renamed.objects.values() if isinstance(o, Relation))
    assert relation.physical == ("D", "S", "T")
    back = renaming.renamed(renamed, new, old)
    assert back.with_object(account.objects[T]) == account


def test_what_is_not_renamed_stays_the_very_same_object(account: Account) -> None:
    """An open transaction tells by it that its tables are still the same."""
    renamed = renaming.renamed(account, database("E"), database("F"))
    assert renamed.objects[T] is account.objects[T]
    assert renamed.grants is account.grants


def test_a_dropped_object_of_the_same_name_is_not_renamed(account: Account) -> None:
    dropped = lifecycle.create(dropping.drop(account, T), account.objects[T])
    other = replace(T, name=("D", "S", "OTHER"))
    assert [d.ref for d in renaming.renamed(dropped, T, other).dropped] == [T]
    assert [d.ref.name for d in renaming.renamed(dropped, S, schema("D", "Z")).dropped] == [("D", "Z", "T")]


def test_a_clone_has_what_its_source_has_under_names_of_its_own(account: Account) -> None:
    """P48, T49, M52."""
    target = schema("D", "COPY")
    started = lifecycle.create(account, Schema(ref=target, owner="B"))
    choice = cloning.Choice(lambda item: True, lambda _account, ref: ref.name)
    found = cloning.filled(started, account, S, target, choice)
    copy = replace(T, name=("D", "COPY", "T"))
    after = found.account
    assert found.rows == ((T.name, copy.name),)
    assert {g.role for g in after.grants_on(copy)} == {"B", READER}
    assert FutureGrant("SELECT", ObjectType.TABLE, target, "B") in after.future_grants
    assert after.objects[copy].owner == "A" and after.objects[target].owner == "B"
    own = {ref.name[1] for ref in (after.masks[copy, "C"].policy, after.row_policies[copy].policy)}
    own |= {after.projections[copy, "C"].name[1], after.aggregations[copy].policy.name[1]}
    assert own == {"COPY"}
    assert after.masks[copy, "X"].policy == AWAY
    [tag] = after.tag_values[TagTarget(copy, "C")]
    assert tag.name[1] == "COPY" and after.tag(tag).masking_policies[0].name[1] == "COPY"


def test_what_is_not_cloned_is_referred_to_where_it_is(account: Account) -> None:
    """A policy that the clone has not got must not become a policy that does not exist."""
    target = schema("D", "COPY")
    choice = cloning.Choice(lambda item: item.ref != HIDE, lambda _account, ref: ref.name)
    found = cloning.filled(lifecycle.create(account, Schema(ref=target, owner="B")), account, S, target, choice)
    assert found.account.masks[replace(T, name=("D", "COPY", "T")), "C"].policy == HIDE
