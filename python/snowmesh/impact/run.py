"""The changes of all public products between two folders of manifests, with those whom each one reaches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from snowmesh.impact.changes import Change, compare
from snowmesh.impact.mesh import Consumer, Mesh, Product, read_mesh
from snowmesh.impact.reads import Read, reads_of
from snowmesh.impact.rules import KINDS, Reach, Severity


@dataclass(frozen=True)
class Reached:
    """A model that a change reaches: in which line, and whether that is certain."""

    project: str
    model: str
    file: str
    line: int
    owner: str
    pinned: str
    why: str


@dataclass(frozen=True)
class Finding:
    """A change and whom it reaches."""

    change: Change
    severity: Severity
    reached: tuple[Reached, ...] = ()


@dataclass(frozen=True)
class Impact:
    """All findings, worst first; `consumers` is how many models of other projects were looked at."""

    findings: tuple[Finding, ...]
    products: int
    consumers: int

    @property
    def is_breaking(self) -> bool:
        """Whether a known consumer breaks."""
        return any(finding.severity is Severity.BREAKING for finding in self.findings)


def impact(base: Path, head: Path) -> Impact:
    """Compare two folders of manifests. Raises ArtifactError."""
    before, after = read_mesh(base), read_mesh(head)
    public = {name: product for name, product in before.products.items() if product.access == "public"}
    consumers = _consumers(before, after)
    reads = _reads(consumers, before, after)
    changes = list(_changes(public, after, before.projects))
    order = list(Severity)
    findings = [_finding(change, reads) for change in changes]
    findings.sort(key=lambda f: (order.index(f.severity), f.change.product.label, f.change.kind, f.change.column))
    return Impact(tuple(findings), len(public), len(consumers))


def _consumers(before: Mesh, after: Mesh) -> list[Consumer]:
    """Of every project its newest manifest; a project that is gone no longer reads anything."""
    missing = before.projects - after.projects
    return [*after.consumers, *(consumer for consumer in before.consumers if consumer.project in missing)]


def _reads(consumers: list[Consumer], before: Mesh, after: Mesh) -> dict[str, list[Read]]:
    names = {*before.products, *after.products}
    states = {name: [mesh.products[name] for mesh in (before, after) if name in mesh.products] for name in names}
    found: dict[str, list[Read]] = {}
    for consumer in consumers:
        for read in reads_of(consumer, states):
            found.setdefault(read.product, []).append(read)
    return found


def _changes(public: Mapping[str, Product], after: Mesh, projects: frozenset[str]) -> Iterator[Change]:
    for unique_id, product in public.items():
        head = after.products.get(unique_id)
        if head is not None:
            yield from compare(product, head)
        elif product.project in after.projects:
            yield _gone(product, after)
    yield from _latest_changes(public, after)


def _gone(product: Product, after: Mesh) -> Change:
    versions = [p for p in after.products.values() if (p.project, p.name) == (product.project, product.name)]
    if product.version:
        return Change("version-removed", product, "", product.version, ", ".join(sorted(p.version for p in versions)))
    if versions:
        return Change("product-versioned", product, "", product.relation, ", ".join(p.relation for p in versions))
    same = [p.label for p in after.products.values() if p.relation == product.relation]
    return Change("product-removed", product, "", product.relation, f"renamed to {same[0]}" if same else "")


def _latest_changes(public: Mapping[str, Product], after: Mesh) -> Iterator[Change]:
    """An unpinned ref silently means another version, with everything in which the two differ."""
    for product in public.values():
        if not product.version or product.version != product.latest_version:
            continue
        heads = [p for p in after.products.values() if (p.project, p.name) == (product.project, product.name)]
        latest = next((p for p in heads if p.is_latest), None)
        if latest is not None and latest.version != product.version:
            yield Change("latest-version-changed", product, "", product.version, latest.version, latest)
            for change in compare(product, latest):
                if change.column and KINDS[change.kind].reached is Severity.BREAKING:
                    yield replace(change, product=product, moved_to=latest)


def _finding(change: Change, reads: Mapping[str, list[Read]]) -> Finding:
    kind = KINDS[change.kind]
    near = list(reads.get(change.product.unique_id, ()))
    if change.moved_to is not None:
        near = [read for read in (*near, *reads.get(change.moved_to.unique_id, ())) if not read.pinned]
    reached = tuple(_reached(change, read) for read in near if _is_reached(change, kind.reach, read))
    return Finding(change, kind.reached if reached else kind.unreached, reached)


def _is_reached(change: Change, reach: Reach, read: Read) -> bool:
    if reach is Reach.COLUMN:
        return read.touches(change.column)
    if reach is Reach.STAR:
        return read.star or bool(read.unknown)
    return reach is not Reach.NOBODY


def _reached(change: Change, read: Read) -> Reached:
    word = change.column if change.column in read.columns else change.product.name
    why = f"reads {change.column}" if change.column in read.columns else "reads the product"
    if read.star:
        why = "reads every column with *"
    if read.unknown:
        why = f"may read everything: its SQL is not understood ({read.unknown})"
    consumer = read.consumer
    return Reached(consumer.project, consumer.name, consumer.file, read.line(word), consumer.owner, read.pinned, why)
