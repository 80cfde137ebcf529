"""CREATE TABLE … CLONE and CREATE TABLE … LIKE (table 3.6, P48, A15, M52, T41, T46)."""

from __future__ import annotations

from dataclasses import replace

from snowmesh.account import attached, lifecycle
from snowmesh.account.objects import EPOCH, Column, ObjectRef, ObjectType, Relation
from snowmesh.account.state import Account, TagTarget, frozen
from snowmesh.local import storage
from snowmesh.local.create_spec import CreateSpec
from snowmesh.local.errors import invalid, not_implemented
from snowmesh.local.session import Copy, ResultSet, status
from snowmesh.local.work import Effect, Work, temporary_of


def table(spec: CreateSpec, ref: ObjectRef, existing: Relation | None, work: Work) -> Effect:
    """The effect of a CREATE TABLE … CLONE or LIKE; both take SELECT on the source."""
    reader = work.reader()
    source = reader.resolve(spec.clone or spec.like)
    reader.authorize(source)
    words = "CLONE" if spec.clone else "LIKE"
    if source.ref.type is not ObjectType.TABLE:
        raise not_implemented(f"{words} of anything but a table")
    if source.kind == "TEMPORARY" or spec.temporary:
        if spec.like:
            raise not_implemented("LIKE with temporary tables")
        if not (spec.temporary or spec.transient):
            raise invalid("Temp table can not be cloned to a permanent table; clone to a transient table instead.")
    if spec.tags or spec.row_policies or spec.aggregation or spec.columns:
        raise not_implemented(f"columns, tags and policies in CREATE TABLE … {words}", "set them with ALTER TABLE")
    physical = work.temporaries[source.ref.name].physical if source.kind == "TEMPORARY" else source.physical
    if spec.temporary:
        return _temporary_clone(source, physical, ref, work)
    relation = _like(source, spec, ref, work)
    copied_from = (existing.ref if existing else source.ref) if spec.copy_grants else None
    after = lifecycle.create(work.base, relation, copy_grants_from=copied_from)
    if spec.clone:
        after = attached.copied(after, work.seen, source.ref, ref)
    else:
        after = _with_tags(after, work.base, source.ref, ref)
    after = with_copied_tags(after, relation, existing, spec, work)
    copy = Copy(physical, relation.physical, rows=bool(spec.clone))
    return Effect(after, created("Table", ref), reader=reader, copies=(copy,))


def _temporary_clone(source: Relation, physical: tuple[str, ...], ref: ObjectRef, work: Work) -> Effect:
    """A clone that the session alone sees, with the tags and policies of its source (I19, M52)."""
    relation = replace(source, ref=ref, owner=work.session.role, created_on=EPOCH, kind="TEMPORARY", storage=())
    after = attached.copied(lifecycle.create(work.seen, relation), work.seen, source.ref, ref)
    target = (*work.scratch, ref.fqn)
    temporaries = {**work.temporaries, ref.name: temporary_of(after, relation, target)}
    return Effect(work.base, created("Table", ref), (), temporaries, work.reader(), copies=(Copy(physical, target),))


def created(kind: str, ref: ObjectRef) -> ResultSet:
    """What a CREATE answers."""
    return status(f"{kind} {ref.name[-1]} successfully created.")


def with_copied_tags(
    account: Account, relation: Relation, existing: Relation | None, spec: CreateSpec, work: Work
) -> Account:
    """COPY TAGS: those of the replaced object, and they win over WITH TAG (T46)."""
    if not spec.copy_tags or existing is None:
        return account
    declared = {c.name for c in spec.columns if c.data_type}

    def same_type(old: Column, new: Column) -> bool:
        # the engine does not tell the length of a text that a query computes
        texts = old.data_type.startswith("VARCHAR") and new.data_type.startswith("VARCHAR")
        return old.data_type == new.data_type or (texts and new.name not in declared)

    before = work.seen if spec.temporary else work.base
    return lifecycle.copy_tags(account, relation, existing, before.tag_values, same_type)


def _like(source: Relation, spec: CreateSpec, ref: ObjectRef, work: Work) -> Relation:
    """The new table. A clone keeps the settings of its source; what LIKE makes is a new table of the same columns."""
    transient = spec.transient or (bool(spec.clone) and source.kind == "TRANSIENT")
    kept = dict(source.properties) if spec.clone else {}
    return replace(
        source,
        ref=ref,
        owner=work.session.role,
        created_on=EPOCH,
        kind="TRANSIENT" if transient else "TABLE",
        comment=spec.comment or (source.comment if spec.clone else ""),
        properties=frozen({**kept, **spec.settings}),
        storage=storage.place_for(work.base, ref),
    )


def _with_tags(account: Account, before: Account, old: ObjectRef, new: ObjectRef) -> Account:
    """LIKE carries tags, and no policy that is set directly (T41, A15)."""
    for target, values in before.tag_values.items():
        for tag, value in values.items() if target.object == old else ():
            account = account.with_tag_value(TagTarget(new, target.column), tag, value)
    return account
