"""Commands on dbt projects: build, impact, migrate."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from snowmesh.commands.base import DONE, FINDINGS, FOLDER, Command, progress


@click.command(cls=Command)
@click.argument("project_dir", type=FOLDER, default=Path())
@click.option("--write", is_flag=True, help="Change the files; without it nothing is written.")
@click.option("--output", type=click.Choice(["text", "json"]), default="text", show_default=True)
def migrate(*, project_dir: Path, write: bool, output: str) -> None:
    """Write the governance of a dbt project as snowmesh blocks.

    Reads what dbt-tags and dbt-snow-mask declare, and table_tag, row_access_policy and custom constraints of
    dbt-snowflake. Prints the change as a diff; what a person has to decide is listed. Exit 1 when there is such
    a thing, 0 when there is none.

    \b
    Examples:
      snowmesh migrate projects/core                  print the change
      snowmesh migrate projects/core --write          make it
      snowmesh migrate projects/core | git apply      make it with git
    """
    from snowmesh.migrate.run import migrate as run
    from snowmesh.report import migration as report

    found = run(project_dir)
    if write:
        for file in found.files:
            file.path.write_bytes(file.after.encode())
    if output == "json" or not write:
        click.echo(report.as_document(found) if output == "json" else report.as_text(found), nl=output == "json")
    progress(report.as_summary(found, written=write))
    sys.exit(FINDINGS if found.notes else DONE)


@click.command(cls=Command)
@click.option("--base", type=FOLDER, required=True, help="Folder with the manifests of the mesh before the change.")
@click.option("--head", type=FOLDER, required=True, help="Folder with the manifests after it.")
@click.option("--output", type=click.Choice(["text", "json", "markdown", "sarif"]), default="text", show_default=True)
def impact(*, base: Path, head: Path, output: str) -> None:
    """Say whom a change of public models breaks.

    Compares the manifests of all projects before and after: columns, types, contract, access, names, grants,
    tags, masks, tests, versions. For each change it names the models of other projects that read it, with file
    and line. Works on what `dbt parse` writes; compiled manifests tell more. Exit 1 when a model breaks.

    \b
    Examples:
      snowmesh impact --base main/ --head branch/     each with <project>/target/manifest.json
      snowmesh impact --base main/ --head branch/ --output markdown > comment.md
    """
    from snowmesh.impact.run import impact as run
    from snowmesh.report import impact as report

    found = run(base, head)
    write = {"json": report.as_document, "markdown": report.as_markdown, "sarif": report.as_sarif}
    click.echo(write.get(output, report.as_text)(found))
    sys.exit(FINDINGS if found.is_breaking else DONE)


@click.command(cls=Command)
@click.argument("folder", type=FOLDER, default=Path("projects"))
@click.option("-s", "--select", multiple=True, help="Passed on to dbt; may be given several times.")
@click.option("--exclude", multiple=True, help="Passed on to dbt; may be given several times.")
@click.option("-t", "--target", default="", help="The target of each project's profile; default: the profile's.")
@click.option("--full-refresh", is_flag=True, help="Passed on to dbt.")
@click.option("--docs/--no-docs", default=True, show_default=True, help="Generate each project's docs.")
@click.option("--changed-since", type=FOLDER, help="Folder with the manifests of the last build.")
@click.option("--plan", "only_plan", is_flag=True, help="Print what would be built, and build nothing.")
@click.option("--output", type=click.Choice(["text", "json"]), default="text", show_default=True)
def build(
    *,
    folder: Path,
    select: tuple[str, ...],
    exclude: tuple[str, ...],
    target: str,
    full_refresh: bool,
    docs: bool,
    changed_since: Path | None,
    only_plan: bool,
    output: str,
) -> None:
    """Build all dbt projects of a folder, upstream first, with dbt itself.

    A project that fails stops those that read it, and no others. With --changed-since a project is built when
    it changed, and a consumer when a product that it reads changed. Exit 1 when a project failed.

    \b
    Examples:
      snowmesh build                                  every project below projects/
      snowmesh build --changed-since last-manifests/
      snowmesh build --plan --output json             for CI matrices and orchestrators
    """
    from snowmesh.build import plan as planner
    from snowmesh.build.projects import find_projects
    from snowmesh.build.run import Options, parse
    from snowmesh.build.run import build as run
    from snowmesh.report import build as report

    options = Options(select, exclude, target, full_refresh, docs)
    projects = find_projects(folder)
    manifests = {project.name: project.manifest for project in projects}
    if changed_since is None:
        steps = planner.plan_all(projects)
    else:
        steps = planner.plan_changed(projects, changed_since, lambda p: parse(p, options, manifests, progress))
    if only_plan:
        click.echo(report.plan_as_json(steps) if output == "json" else report.plan_as_text(steps))
        return
    outcomes = run(steps, options, progress)
    click.echo(report.as_json(outcomes) if output == "json" else report.as_text(outcomes))
    sys.exit(FINDINGS if any(outcome.status in ("failed", "stopped") for outcome in outcomes) else DONE)
