"""A verification as text, JSON, SARIF, JUnit XML or Markdown."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

from snowmesh.bootstrap.assertions import Result
from snowmesh.bootstrap.differences import Drift
from snowmesh.bootstrap.problems import Place, printable
from snowmesh.bootstrap.render import markdown
from snowmesh.bootstrap.verification import NOTE, Finding, Report

FORMATS = ("text", "json", "sarif", "junit", "markdown")
TEST = "access test"
NO_DRIFT = "No drift."
_RULES = {
    Drift.MISSING.value: "What the mesh file declares is not in the account.",
    Drift.EXTRA.value: "The account grants what the mesh file does not declare.",
    Drift.OWNER.value: "A declared object belongs to another role.",
    Drift.OPTION.value: "A privilege is held with, or without, the option to grant it on.",
    Drift.PROPERTY.value: "A declared property has another value.",
    Drift.SHADOWED.value: "A future grant on a database has no effect in a schema that has its own.",
    Drift.STRANGER.value: "A role that nobody declared reaches into the mesh.",
    TEST: "An access test of the mesh file does not hold.",
    NOTE: "A user whom the mesh file does not declare holds one of its roles.",
}


def render(report: Report, output: str) -> str:
    """The report in one of FORMATS, without a final newline."""
    return {"json": as_json, "sarif": as_sarif, "junit": as_junit, "markdown": as_markdown}.get(output, as_text)(report)


def summary(report: Report) -> str:
    """`Found 3 differences (2 missing, 1 extra).`, and what the access tests found."""
    parts = []
    if report.findings:
        count = len(report.findings)
        classes = ", ".join(f"{number} {drift}" for drift, number in report.counted.items())
        parts.append(f"Found {count} difference{'' if count == 1 else 's'} ({classes}).")
    else:
        parts.append(NO_DRIFT)
    if report.tests:
        parts.append(f"{len(report.tests) - len(report.failed_tests)} of {len(report.tests)} access tests hold.")
    return " ".join(parts)


# -- text and Markdown -------------------------------------------------------------------------------------


def as_text(report: Report) -> str:
    """By class of drift; each with its place in the mesh file and what mends it."""
    lines = []
    for drift in report.counted:
        lines += [drift, *(line for f in report.findings if f.drift == drift for line in _finding_lines(f)), ""]
    if report.failed_tests:
        lines += [TEST, *(f"  {r.assertion.place}  {_test(r)}" for r in report.failed_tests), ""]
    if report.notes:
        lines += ["note", *(f"  {f.place}  {f.text}" for f in report.notes), ""]
    if lines:
        lines = [f"{report.file} on account {report.target.account}, as user {report.target.user}", "", *lines]
    return "\n".join(printable(line) for line in (*lines, summary(report)))


def _finding_lines(finding: Finding) -> Iterator[str]:
    yield f"  {finding.place}  {finding.text}"
    for role, statement in finding.mend:
        yield f"      {role}: {statement}"


def _test(result: Result) -> str:
    return f"{result.assertion}: {result.outcome.value}, {result.why}"


def as_markdown(report: Report) -> str:
    """For a comment on a pull request or an issue."""
    lines = [f"**mesh-bootstrap verify** of account {markdown(report.target.account)}: {summary(report)}"]
    if report.findings:
        lines += ["", "| drift | what | declared at | mended by |", "|---|---|---|---|"]
        for finding in report.findings:
            mend = "; ".join(f"{statement} as {role}" for role, statement in finding.mend) or "by hand"
            lines.append(_row(finding.drift, finding.text, str(finding.place), mend))
    if report.failed_tests:
        lines += ["", "| access test | declared at |", "|---|---|"]
        lines += [_row(_test(r), str(r.assertion.place)) for r in report.failed_tests]
    lines += ["", *(f"- note: {markdown(f.text)}" for f in report.notes)] if report.notes else []
    return "\n".join(lines)


def _row(*cells: str) -> str:
    return "| " + " | ".join(markdown(cell) for cell in cells) + " |"


# -- JSON and SARIF ------------------------------------------------------------------------------------------


def as_json(report: Report) -> str:
    """One document."""
    document = {
        "version": 1,
        "file": report.file,
        "account": report.target.account,
        "user": report.target.user,
        "clean": report.clean,
        "summary": report.counted,
        "findings": [_data(f) for f in report.findings],
        "notes": [_data(f) for f in report.notes],
        "tests": [
            {
                "test": str(r.assertion),
                "outcome": r.outcome.value,
                "reason": r.why,
                "declared_at": str(r.assertion.place),
            }
            for r in report.tests
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=True)


def _data(finding: Finding) -> dict[str, Any]:
    return {
        "drift": finding.drift,
        "text": finding.text,
        "group": finding.group,
        "declared_at": str(finding.place),
        "declared_by": finding.place.path,
        "granted_by": finding.granted_by or None,
        "mended_by": [{"role": role, "statement": statement} for role, statement in finding.mend],
    }


def as_sarif(report: Report) -> str:
    """SARIF 2.1.0, as code scanning services read it: https://docs.oasis-open.org/sarif/sarif/v2.1.0/."""
    results = [_sarif(f.drift, "error", f.text, f.place, f.fingerprint) for f in report.findings]
    results += [_sarif(TEST, "error", _test(r), r.assertion.place, str(r.assertion)) for r in report.failed_tests]
    results += [_sarif(NOTE, "note", f.text, f.place, f.fingerprint) for f in report.notes]
    rules = [{"id": _id(name), "shortDescription": {"text": text}} for name, text in _RULES.items()]
    document = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": {"name": "mesh-bootstrap", "rules": rules}}, "results": results}],
    }
    return json.dumps(document, indent=2, ensure_ascii=True)


def _sarif(rule: str, level: str, text: str, place: Place, fingerprint: str) -> dict[str, Any]:
    region = {"startLine": place.line, "startColumn": place.column}
    return {
        "ruleId": _id(rule),
        "ruleIndex": list(_RULES).index(rule),
        "level": level,
        "message": {"text": printable(text)},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": _uri(place.file)}, "region": region}}],
        "partialFingerprints": {"drift/v1": fingerprint},
    }


def _id(name: str) -> str:
    return name.replace(" ", "-")


def _uri(file: str) -> str:
    path = Path(file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())


# -- JUnit ---------------------------------------------------------------------------------------------------


def as_junit(report: Report) -> str:
    """JUnit XML: a failed case for each finding, a passed one for each domain without any, one for each access test."""
    suite = ElementTree.Element("testsuite", name="mesh-bootstrap verify", hostname=printable(report.target.account))
    for group in report.groups:
        findings = [f for f in report.findings if f.group == group]
        if not findings:
            _case(suite, group, "as declared")
        for finding in findings:
            body = [f"{finding.place}", *(f"{role}: {statement}" for role, statement in finding.mend)]
            _case(suite, group, f"{finding.drift}: {finding.text}", finding.drift, body)
    for result in report.tests:
        failed = result in report.failed_tests
        _case(suite, TEST, str(result.assertion), TEST if failed else "", [str(result.assertion.place), result.why])
    cases = suite.findall("testcase")
    suite.set("tests", str(len(cases)))
    suite.set("failures", str(len(suite.findall("testcase/failure"))))
    suite.set("errors", "0")
    root = ElementTree.Element("testsuites")
    root.append(suite)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode")


def _case(suite: ElementTree.Element, group: str, name: str, failure: str = "", body: Iterable[str] = ()) -> None:
    case = ElementTree.SubElement(suite, "testcase", classname=printable(group), name=printable(name))
    if failure:
        found = ElementTree.SubElement(case, "failure", type=failure, message=printable(name))
        found.text = "\n".join(printable(line) for line in body)
