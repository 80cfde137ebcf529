"""Why a cross-project ref does not resolve."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from dbt_snowmesh.declaration import FILE_NAME
from dbt_snowmesh.problem import Problem, hint, listed
from dbt_snowmesh.upstream import Model, Upstream


@dataclass(frozen=True)
class Reference:
    """`ref(project, model, v=version)` in a file of the downstream project."""

    file: str
    project: str
    model: str
    version: str | None = None

    def __str__(self) -> str:
        version = "" if self.version is None else f", v={self.version}"
        return f"ref('{self.project}', '{self.model}'{version})"


def explain(
    unresolved: Iterable[Reference], upstreams: Mapping[str, Upstream | Problem], installed: Collection[str]
) -> list[Problem]:
    """One problem for each reference, and for an upstream project that is missing one for all of them.

    `installed` are the projects that dbt itself knows (the root project, its packages): theirs is dbt's own message.
    """
    problems: dict[str, Problem] = {}
    for reference in dict.fromkeys(unresolved):
        upstream = upstreams.get(reference.project)
        if isinstance(upstream, Problem):
            problems.setdefault(reference.project, _without_upstream(reference, upstream))
        elif isinstance(upstream, Upstream):
            problems[f"{reference.file} {reference}"] = _in_upstream(reference, upstream)
        elif reference.project not in installed:
            problems[f"{reference.file} {reference}"] = _undeclared(reference, upstreams, installed)
    return list(problems.values())


def _without_upstream(reference: Reference, cause: Problem) -> Problem:
    return Problem(f"{reference.file} uses {reference}, but {cause.what}", cause.next_step)


def _undeclared(reference: Reference, declared: Iterable[str], installed: Iterable[str]) -> Problem:
    known = {*declared, *installed}
    what = f"{reference.file} uses {reference}, but {FILE_NAME} does not name the project '{reference.project}'."
    next_step = f"add `- name: {reference.project}` under `projects:` of {FILE_NAME}, or correct the ref."
    return Problem(f"{what}{hint(reference.project, known)}", next_step)


def _in_upstream(reference: Reference, upstream: Upstream) -> Problem:
    versions = [model for model in upstream.models if model.name == reference.model]
    if not versions:
        return _no_such_model(reference, upstream)
    hidden = [model for model in versions if not model.is_public and reference.version in (None, model.version)]
    if hidden:
        return _not_public(reference, hidden[0], upstream)
    return _no_such_version(reference, versions)


def _no_such_model(reference: Reference, upstream: Upstream) -> Problem:
    public = {model.name for model in upstream.public}
    other = upstream.others.get(reference.model)
    if other:
        what = f"'{reference.model}' is a {other} of {upstream.name}; only its public models can be referred to."
        next_step = "refer to a public model that selects from it, or ask its owner for one."
        return Problem(f"{reference.file} uses {reference}, but {what}", f"{next_step} Public: {listed(public)}.")
    what = f"{reference.file} uses {reference}, but {upstream.name} has no model '{reference.model}'."
    return Problem(
        f"{what}{hint(reference.model, public)} Public models: {listed(public)}.",
        f"correct the name; if the model is new, run `dbt parse` in the project '{upstream.name}' again.",
    )


def _not_public(reference: Reference, model: Model, upstream: Upstream) -> Problem:
    group = model.node.get("group")
    owner = upstream.owners.get(str(group), "") if group else ""
    who = f"its owner ({group}: {owner})" if owner else f"the owner of {upstream.name}"
    what = f"{reference.file} uses {reference}, but that model is {model.access}: only public models cross projects."
    public = listed(other.name for other in upstream.public)
    return Problem(what, f"ask {who} to set `access: public`, or use another model. Public: {public}.")


def _no_such_version(reference: Reference, versions: list[Model]) -> Problem:
    known = ", ".join(sorted(model.version for model in versions if model.version)) or "none, it is not versioned"
    what = f"{reference.file} uses {reference}, but that version does not exist. Versions: {known}."
    latest = next((model.latest_version for model in versions if model.latest_version), None)
    return Problem(what, f"use v={latest}, the latest." if latest else "leave v= out.")
