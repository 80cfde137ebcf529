"""A plan as text for people, as JSON, as SQL or as Markdown: four views of the same data."""

from __future__ import annotations

from collections.abc import Sequence

from snowmesh.bootstrap import plan_document, plan_rows, statements
from snowmesh.bootstrap.changes import Plan, Step
from snowmesh.bootstrap.plan_document import Target
from snowmesh.bootstrap.problems import printable

FORMATS = ("text", "json", "sql", "markdown")
NO_CHANGES = "No changes."
_MARKDOWN_HEAD = ("| role | change | on | detail | declared at |", "|---|---|---|---|---|")
_WIDEST = 48  # a very long name does not push everything else out of sight


def render(plan: Plan, target: Target, output: str) -> str:
    """The plan in one of FORMATS, without a final newline."""
    if output == "json":
        return plan_document.as_json(plan, target)
    if output == "sql":
        return as_sql(plan)
    return as_markdown(plan, target) if output == "markdown" else as_text(plan, target)


# -- text ----------------------------------------------------------------------------------------------


def as_text(plan: Plan, target: Target) -> str:
    """Grouped by domain, aligned over the whole plan, one summary line; `No changes.` when there is nothing."""
    if not plan.steps:
        return NO_CHANGES
    groups = _grouped(plan)
    rows = {group: [_cells(step) for step in steps] for group, steps in groups.items()}
    widths = _widths([row for cells in rows.values() for row in cells])
    lines = [_title(plan, target)]
    for group, cells in rows.items():
        lines += ["", group, *(_line(row, widths) for row in cells)]
    if reasons := plan_rows.reasons(plan.steps):
        lines += ["", *(f"{role}: {why}." for role, why in reasons)]
    return "\n".join(printable(line) for line in (*lines, "", summary(plan)))


def summary(plan: Plan) -> str:
    """`Planned 3 changes (1 to create, 0 to alter, 2 to grant, 0 to revoke).`"""
    if not plan.steps:
        return NO_CHANGES
    parts = ", ".join(f"{count} to {action}" for action, count in plan_rows.counted(plan).items())
    return f"Planned {len(plan.steps)} change{'' if len(plan.steps) == 1 else 's'} ({parts})."


def _title(plan: Plan, target: Target) -> str:
    environment = f", environment {plan.environment}" if plan.environment else ""
    return f"{plan.file}{environment} on account {target.account}, as user {target.user}"


def _grouped(plan: Plan) -> dict[str, list[Step]]:
    found: dict[str, list[Step]] = {}
    for step in plan.steps:
        found.setdefault(step.cause.group, []).append(step)
    return found


def _cells(step: Step) -> tuple[str, ...]:
    row = plan_rows.row(step.change)
    return (step.run_as, row.head, row.name, row.detail)


def _widths(rows: Sequence[tuple[str, ...]]) -> list[int]:
    return [min(max(len(row[i]) for row in rows), _WIDEST) for i in range(len(rows[0]))]


def _line(cells: tuple[str, ...], widths: list[int]) -> str:
    return ("  " + "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True))).rstrip()


# -- SQL and Markdown ------------------------------------------------------------------------------------


def as_sql(plan: Plan) -> str:
    """A script, one statement a line. Nothing from the mesh file stands in a comment."""
    lines = [] if plan.steps else [f"-- {NO_CHANGES}"]
    role = ""
    for step in plan.steps:
        if step.run_as != role:
            role = step.run_as
            lines.append(f"{statements.use_role(role)};")
        lines.append(f"{statements.render(step.change)};")
    return "\n".join(lines)


def as_markdown(plan: Plan, target: Target) -> str:
    """For a comment on a pull request: the summary, a table for each domain, what is taken away first."""
    lines = [f"**mesh-bootstrap plan** for account `{_code(target.account)}`: {summary(plan)}"]
    for group, steps in _grouped(plan).items():
        lines += ["", f"### {markdown(group)}", "", *_MARKDOWN_HEAD, *(_markdown_row(step) for step in steps)]
    if reasons := plan_rows.reasons(plan.steps):
        lines += ["", *(f"- {role}: {markdown(why)}." for role, why in reasons)]
    if plan.warnings:
        lines += ["", "### Warnings", "", *(f"- {markdown(text)}" for text in plan.warnings)]
    return "\n".join(lines)


def _markdown_row(step: Step) -> str:
    row = plan_rows.row(step.change)
    place = "not declared" if step.takes_away else str(step.cause.place)
    cells = (step.run_as, row.head, row.name, row.detail, place)
    return "| " + " | ".join(markdown(cell) for cell in cells) + " |"


def markdown(text: str) -> str:
    """Text that is no markup: it stays one cell of a table and starts no link, tag or mention."""
    return "".join(f"\\{c}" if c in "\\|`*_<>[]()#@!~&" else c for c in printable(text))


def _code(text: str) -> str:
    return printable(text).replace("`", "'")
