"""The account survives a round trip through JSON."""

from __future__ import annotations

import json

import pytest

from snowmesh.account.grants import FutureGrant, Membership
from snowmesh.account.objects import ObjectType, role, schema
from snowmesh.account.state import PolicyReference, TagTarget
from snowmesh.local.codec import UnreadableCatalog, decode, encode
from snowmesh.local.store import FolderStore
from tests.unit.local.test_rewrite import MASK, TABLE, TAG, an_account


def full_account():
    account = an_account().with_mask(TABLE, "NAME", PolicyReference(MASK, ("NAME", "ID")))
    account = account.with_tag_value(TagTarget(TABLE, "NAME"), TAG, "it's").with_tag_value(TagTarget(TABLE), TAG, "")
    account = account.with_memberships([Membership("READER", role("OWNER"))])
    return account.with_future_grants([FutureGrant("SELECT", ObjectType.TABLE, schema("D", "S"), "READER")])


def test_round_trip() -> None:
    account = full_account()
    assert decode(json.loads(json.dumps(encode(account)))) == account


def test_a_catalog_of_another_version_is_refused() -> None:
    with pytest.raises(UnreadableCatalog, match="version 99"):
        decode({**encode(full_account()), "version": 99})


def test_a_table_left_uncertain_by_a_crash_is_gone(tmp_path) -> None:
    """What `begin` noted and no `save` settled cannot be read after a restart."""
    store = FolderStore(tmp_path)
    store.save(full_account())
    assert store.load() == full_account()
    store.begin([TABLE])
    loaded = FolderStore(tmp_path).load()
    assert loaded is not None
    assert TABLE not in loaded.objects
    assert not loaded.grants_on(TABLE)
    store.save(full_account())
    assert FolderStore(tmp_path).load() == full_account()
