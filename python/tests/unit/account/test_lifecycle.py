"""What creating, dropping, handing over and renaming do to grants, tags and policies (table 3.6, P34-P49)."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from snowmesh.account import lifecycle
from snowmesh.account.grants import FutureGrant, Grant, Membership
from snowmesh.account.lifecycle import DependentGrants
from snowmesh.account.objects import (
    EPOCH,
    Column,
    Database,
    MaskingPolicy,
    ObjectRef,
    ObjectType,
    Relation,
    Schema,
    SecurableObject,
    Tag,
    database,
    role,
    schema,
    user,
)
from snowmesh.account.privileges import OWNERSHIP
from snowmesh.account.renaming import renamed
from snowmesh.account.state import Account, PolicyReference, TagTarget
from snowmesh.account.system import fresh_account

TABLE, VIEW, DYNAMIC = ObjectType.TABLE, ObjectType.VIEW, ObjectType.DYNAMIC_TABLE
D, S = database("D"), schema("D", "S")
T = ObjectRef(TABLE, ("D", "S", "T"))
V = ObjectRef(VIEW, ("D", "S", "T"))
TAG = ObjectRef(ObjectType.TAG, ("D", "PUBLIC", "G"))
POLICY = ObjectRef(ObjectType.MASKING_POLICY, ("D", "PUBLIC", "P"))


def table(ref: ObjectRef = T, owner: str = "A", kind: str = "TABLE") -> Relation:
    return Relation(ref=ref, owner=owner, kind=kind, columns=(Column("C", "VARCHAR(10)"),))


@pytest.fixture
def account() -> Account:
    account = fresh_account()
    for name in ("A", "B", "C"):
        account = account.with_object(SecurableObject(ref=role(name), owner="USERADMIN"))
    account = lifecycle.create(account, Database(ref=D, owner="A"))
    account = lifecycle.create(account, Schema(ref=S, owner="A"))
    account = lifecycle.create(account, Tag(ref=TAG, owner="A", masking_policies=(POLICY,)))
    policy = MaskingPolicy(ref=POLICY, owner="A", signature=(("V", "VARCHAR"),), returns="VARCHAR", body="V")
    return lifecycle.create(account, policy)


def granted(account: Account, ref: ObjectRef = T) -> set[tuple[str, str, str]]:
    return {(g.privilege, g.role, g.granted_by) for g in account.grants_on(ref)}


def test_a_database_comes_with_a_schema_public_of_the_same_owner(account: Account) -> None:
    assert account.objects[schema("D", "PUBLIC")].owner == "A"


def test_create_or_replace_loses_grants_tags_and_masks(account: Account) -> None:
    """T45, M53, and table 3.6: grants are lost."""
    account = lifecycle.create(account, table())
    account = account.with_grants([Grant("SELECT", T, "B", granted_by="A")])
    account = account.with_tag_value(TagTarget(T, "C"), TAG, "x").with_mask(T, "C", PolicyReference(POLICY))
    after = lifecycle.create(account, table(owner="C"))
    assert (granted(after), dict(after.tag_values), dict(after.masks)) == (set(), {}, {})
    assert after.objects[T].owner == "C"


def test_a_view_replaces_a_table_of_the_same_name(account: Account) -> None:
    """I16: tables and views share a namespace."""
    account = lifecycle.create(account, table())
    view = Relation(ref=V, owner="A", kind="VIEW")
    assert T not in lifecycle.create(account, view).objects


def test_copy_grants_keeps_all_but_ownership_and_skips_future_grants(account: Account) -> None:
    """P47 and table 3.6: granted_by is the role that replaces the object."""
    account = lifecycle.create(account, table())
    account = account.with_grants(
        [Grant("SELECT", T, "B", grant_option=True, granted_by="A"), Grant("EVOLVE SCHEMA", T, "B", granted_by="A")]
    )
    account = account.with_future_grants([FutureGrant("INSERT", TABLE, S, "B")])
    after = lifecycle.create(account, table(owner="C"), copy_grants_from=T)
    assert granted(after) == {("SELECT", "B", "C"), ("EVOLVE SCHEMA", "B", "C")}
    assert all(g.grant_option for g in after.grants_on(T) if g.privilege == "SELECT")


@pytest.mark.parametrize(
    ("future", "expected"),
    [
        ([FutureGrant("SELECT", TABLE, D, "B")], {("SELECT", "B", "A")}),
        # P43: a grant on the schema silences the database's, for every role
        ([FutureGrant("SELECT", TABLE, D, "B"), FutureGrant("INSERT", TABLE, S, "C")], {("INSERT", "C", "A")}),
        # P43: only for the same object type; P49: type words are distinct
        ([FutureGrant("SELECT", TABLE, D, "B"), FutureGrant("SELECT", VIEW, S, "C")], {("SELECT", "B", "A")}),
        ([FutureGrant("SELECT", VIEW, S, "B"), FutureGrant("SELECT", DYNAMIC, S, "B")], set()),
        # P45: the owner is the role of the future OWNERSHIP, and the grantor of the rest
        ([FutureGrant(OWNERSHIP, TABLE, S, "C"), FutureGrant("SELECT", TABLE, S, "B")], {("SELECT", "B", "C")}),
    ],
)
def test_future_grants_apply_at_creation(
    account: Account, future: list[FutureGrant], expected: set[tuple[str, str, str]]
) -> None:
    after = lifecycle.create(account.with_future_grants(future), table())
    assert granted(after) == expected


def test_p42_a_future_grant_does_not_touch_what_exists(account: Account) -> None:
    account = lifecycle.create(account, table()).with_future_grants([FutureGrant("SELECT", TABLE, S, "B")])
    assert granted(account) == set()


def test_p45_future_ownership_of_the_database_stops_at_managed_access(account: Account) -> None:
    future = [FutureGrant(OWNERSHIP, TABLE, D, "C")]
    account = account.with_future_grants(future)
    assert lifecycle.create(account, table()).objects[T].owner == "C"
    managed = account.with_object(Schema(ref=S, owner="A", managed_access=True))
    assert lifecycle.create(managed, table()).objects[T].owner == "A"


def test_future_grants_on_schemas(account: Account) -> None:
    account = account.with_future_grants([FutureGrant("USAGE", ObjectType.SCHEMA, D, "B")])
    new = schema("D", "NEW")
    assert granted(lifecycle.create(account, Schema(ref=new, owner="A")), new) == {("USAGE", "B", "A")}


def test_temporary_tables_get_no_future_grants(account: Account) -> None:
    account = account.with_future_grants([FutureGrant("SELECT", TABLE, S, "B")])
    assert granted(lifecycle.create(account, table(kind="TEMPORARY"))) == set()


def test_dropping_a_role_hands_its_objects_to_the_heir_and_ends_its_grants(account: Account) -> None:
    account = lifecycle.create(account, table())
    account = account.with_grants(
        [
            Grant("SELECT", T, "B", grant_option=True, granted_by="A"),
            Grant("SELECT", T, "C", granted_by="B"),
            Grant("INSERT", T, "B", granted_by="A"),
        ]
    )
    account = account.with_memberships([Membership("A", user("ADMIN"), granted_by="USERADMIN")])
    without_b = lifecycle.drop(account, role("B"), heir="C")
    assert granted(without_b) == set()
    without_a = lifecycle.drop(account, role("A"), heir="C")
    assert without_a.objects[T].owner == without_a.objects[D].owner == "C"
    assert granted(without_a) == {("SELECT", "B", "C"), ("SELECT", "C", "C"), ("INSERT", "B", "C")}
    assert Membership("A", user("ADMIN"), granted_by="USERADMIN") not in without_a.memberships


def test_dropping_a_database_drops_what_is_in_it(account: Account) -> None:
    account = lifecycle.create(account, table()).with_grants([Grant("SELECT", T, "B", granted_by="A")])
    after = lifecycle.drop(account, D)
    assert [r for r in after.objects if r.parents] == []
    assert granted(after) == set()


class TestOwnership:
    """P36-P38."""

    @pytest.fixture
    def owned(self, account: Account) -> Account:
        account = lifecycle.create(account, table())
        return account.with_grants([Grant("SELECT", T, "B", granted_by="A")])

    def test_p36_fails_while_other_grants_exist(self, owned: Account) -> None:
        with pytest.raises(DependentGrants):
            lifecycle.transfer_ownership(owned, T, "C")

    def test_p36_copy_rewrites_the_grantor(self, owned: Account) -> None:
        after = lifecycle.transfer_ownership(owned, T, "C", "COPY")
        assert (after.objects[T].owner, granted(after)) == ("C", {("SELECT", "B", "C")})

    def test_p36_revoke_removes_them_first(self, owned: Account) -> None:
        after = lifecycle.transfer_ownership(owned, T, "C", "REVOKE")
        assert (after.objects[T].owner, granted(after)) == ("C", set())

    def test_p38_the_old_owner_keeps_nothing(self, account: Account) -> None:
        after = lifecycle.transfer_ownership(lifecycle.create(account, table()), T, "C")
        assert granted(after) == set()

    def test_to_the_owner_itself_nothing_is_blocked(self, owned: Account) -> None:
        assert lifecycle.transfer_ownership(owned, T, "A") == owned

    def test_r16_a_role_moves_with_its_grants(self, account: Account) -> None:
        account = account.with_memberships([Membership("A", role("B"), granted_by="USERADMIN")])
        after = lifecycle.transfer_ownership(account, role("A"), "C")
        assert after.objects[role("A")].owner == "C"
        assert Membership("A", role("B"), granted_by="C") in after.memberships


class TestRenaming:
    """Everything that refers to an object follows its new name (T50, M56)."""

    def test_a_role(self, account: Account) -> None:
        account = lifecycle.create(account, table())
        account = account.with_grants([Grant("SELECT", T, "A", granted_by="A")])
        account = account.with_memberships([Membership("A", role("B"), granted_by="A")])
        account = account.with_future_grants([FutureGrant("SELECT", TABLE, S, "A")])
        after = renamed(account, role("A"), role("Z"))
        assert not after.role_exists("A")
        assert {o.owner for o in after.of_type(TABLE, ObjectType.DATABASE, ObjectType.SCHEMA)} == {"Z"}
        assert granted(after) == {("SELECT", "Z", "Z")}
        assert Membership("Z", role("B"), granted_by="Z") in after.memberships
        assert {g.role for g in after.future_grants} == {"Z"}

    def test_a_tag_and_a_policy(self, account: Account) -> None:
        account = lifecycle.create(account, table()).with_mask(T, "C", PolicyReference(POLICY))
        account = account.with_tag_value(TagTarget(T, "C"), TAG, "x")
        new_tag = ObjectRef(ObjectType.TAG, ("D", "PUBLIC", "G2"))
        new_policy = ObjectRef(ObjectType.MASKING_POLICY, ("D", "PUBLIC", "P2"))
        after = renamed(renamed(account, TAG, new_tag), POLICY, new_policy)
        assert after.tag_values[TagTarget(T, "C")] == {new_tag: "x"}
        assert after.masks[(T, "C")] == PolicyReference(new_policy)
        tag = after.tag(new_tag)
        assert tag is not None and tag.masking_policies == (new_policy,)


def test_only_what_is_new_is_stamped(account: Account) -> None:
    now, later = datetime(2026, 5, 1, tzinfo=timezone.utc), datetime(2026, 6, 1, tzinfo=timezone.utc)
    first = lifecycle.stamped(account, lifecycle.create(account, table()), now)
    assert (first.objects[T].created_on, first.objects[D].created_on) == (now, EPOCH)
    again = lifecycle.stamped(first, lifecycle.create(first, table()), later)
    assert again.objects[T].created_on == later
