"""The impact of a change for a terminal, a program, a pull request and a code scanner."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from snowmesh.impact.rules import KINDS, Severity
from snowmesh.impact.run import Finding, Impact, Reached

_SARIF = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {Severity.BREAKING: "error", Severity.RISKY: "warning", Severity.SAFE: "note"}


def as_text(found: Impact) -> str:
    """Findings by severity, each with those whom it reaches, and one line of summary."""
    lines = []
    for severity, findings in groupby(found.findings, key=lambda finding: finding.severity):
        lines.append(severity.value.upper())
        for finding in findings:
            lines += [f"  {_subject(finding)}: {_text(finding)}", *(f"      {_who(r)}" for r in finding.reached)]
        lines.append("")
    return "\n".join([*lines, summary(found)])


def summary(found: Impact) -> str:
    """One line: how many of what, among how many products and consumers."""
    counts = [(s, sum(finding.severity is s for finding in found.findings)) for s in Severity]
    text = ", ".join(f"{count} {severity.value}" for severity, count in counts if count) or "No changes"
    return f"{text}; {found.products} public products, {found.consumers} models of other projects read them."


def as_document(found: Impact) -> str:
    """`{breaking, products, consumers, findings: [...]}` as JSON."""
    document = {
        "breaking": found.is_breaking,
        "products": found.products,
        "consumers": found.consumers,
        "findings": [_as_json(finding) for finding in found.findings],
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def as_markdown(found: Impact) -> str:
    """A comment for a pull request."""
    lines = [f"### Impact on the mesh: {summary(found)}", ""]
    if found.findings:
        lines += ["| | product | change | who reads it |", "|---|---|---|---|"]
        for finding in found.findings:
            who = "<br>".join(_escaped(_who(reached)) for reached in finding.reached) or "nobody that is known"
            cells = [f"**{finding.severity.value}**", f"`{_subject(finding)}`", _escaped(_text(finding)), who]
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def as_sarif(found: Impact) -> str:
    """SARIF 2.1.0: one result for each model that is reached, at its line; else at the product's file."""
    driver = {"name": "snowmesh impact", "informationUri": "https://docs.getdbt.com/docs/mesh", "rules": _rules(found)}
    results = [result for finding in found.findings for result in _results(finding)]
    document = {"$schema": _SARIF, "version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": results}]}
    return json.dumps(document, indent=2, ensure_ascii=False)


def _rules(found: Impact) -> list[dict[str, Any]]:
    names = sorted({finding.change.kind for finding in found.findings})
    return [{"id": name, "shortDescription": {"text": KINDS[name].text}} for name in names]


def _results(finding: Finding) -> Iterator[dict[str, Any]]:
    places: Iterable[tuple[str, int, str]] = [(r.file, r.line, f" {_who(r)}") for r in finding.reached]
    for file, line, who in places or [(finding.change.product.file, 1, "")]:
        yield {
            "ruleId": finding.change.kind,
            "level": _LEVELS[finding.severity],
            "message": {"text": f"{_subject(finding)}: {_text(finding)}.{who}"},
            "locations": [{"physicalLocation": {"artifactLocation": {"uri": file}, "region": {"startLine": line}}}],
        }


def _as_json(finding: Finding) -> dict[str, Any]:
    change, kind = finding.change, KINDS[finding.change.kind]
    return {
        "severity": finding.severity.value,
        "kind": change.kind,
        "product": change.product.label,
        "column": change.column or None,
        "before": change.before,
        "after": change.after,
        "text": kind.text,
        "dbt_says_so": kind.dbt or None,
        "owner": change.product.owner,
        "reached": [vars(reached) for reached in finding.reached],
    }


def _subject(finding: Finding) -> str:
    change = finding.change
    return change.product.label + (f", column {change.column}" if change.column else "")


def _text(finding: Finding) -> str:
    change = finding.change
    text = KINDS[change.kind].text
    if change.before or change.after:
        text += f" ({change.before or 'none'} -> {change.after or 'none'})"
    return text + (f", for refs that now mean {change.moved_to.label}" if change.moved_to is not None else "")


def _who(reached: Reached) -> str:
    pinned = f", pinned to v{reached.pinned}" if reached.pinned else ""
    owner = f"; owner {reached.owner}" if reached.owner else ""
    return f"{reached.project}.{reached.model} {reached.why} ({reached.file}:{reached.line}{pinned}{owner})"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
