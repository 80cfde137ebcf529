"""Writing blocks and definitions into the documents of a project."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from jinja2 import TemplateError, nodes
from jinja2.sandbox import SandboxedEnvironment
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString

from snowmesh.migrate.found import Definitions, Drop, MaskingPolicy, Taken

APPLY = "{{ snowmesh.apply() }}"
CREATE = "{{ snowmesh.create_policies() }}"
PACKAGES = ("dbt_tags", "dbt_snow_mask")
_ONE_LINE = 90  # characters
# what a person has to fill in for a policy that is made elsewhere; the dbt package refuses it as it is
_UNKNOWN: dict[str, dict[str, None]] = {
    "masking_policies": {"data_type": None, "body": None},
    "row_access_policies": {"columns": None, "body": None},
    "projection_policies": {"body": None},
}


def write_block(entry: CommentedMap, taken: Taken) -> None:
    """Put the block under `config: meta: snowmesh:` of a node or column, and take away what it replaces."""
    for drop in taken.drops:
        _drop(entry, drop.path, drop)
    block = _child(_child(_child(entry, "config"), "meta"), "snowmesh")
    _merge(block, taken.block)
    for key in ("meta", "config", "snowmesh"):
        if isinstance(entry.get(key), CommentedMap):
            _flow_when_small(entry[key])


def write_folder_layer(folder: CommentedMap, key: str, taken: Taken) -> None:
    """Put a folder's layer under `+meta: snowmesh_<name>:` of dbt_project.yml."""
    for drop in taken.drops:
        _drop(folder, drop.path, drop)
    _merge(_child(_child(folder, "+meta"), key), taken.block)


def write_definitions(main: CommentedMap, definitions: Definitions, old_variables: Iterable[str]) -> None:
    """Write `vars: snowmesh:` and remove variables that only the replaced package read."""
    variables = _child(main, "vars")
    for holder in (variables, variables.get(main.get("name"))):
        for name in old_variables if isinstance(holder, CommentedMap) else ():
            holder.pop(name, None)
    found = _child(variables, "snowmesh")
    if definitions.schemas:
        found.setdefault("schema", definitions.schemas[0])
    for name, policies in definitions.tags.items():
        _child(found, "tags").setdefault(name, _flow({"masking_policies": _flow(policies)}) if policies else None)
    for name, policy in definitions.masking_policies.items():
        _child(found, "masking_policies").setdefault(name, _masking_policy(policy))
    for key, others in definitions.other_policies.items():
        for name in others:
            _child(found, key).setdefault(name, CommentedMap(_UNKNOWN[key]))


def _masking_policy(policy: MaskingPolicy) -> CommentedMap:
    entry = CommentedMap({"data_type": policy.data_type})
    if policy.using:
        entry["using"] = _flow(dict(policy.using))
    is_long = "\n" in policy.body
    entry["body"] = LiteralScalarString(_dedented(policy.body) + "\n") if is_long else policy.body
    return entry


def _dedented(text: str) -> str:
    """The lines after the first without the indentation that they share with the macro they come from."""
    first, *rest = text.split("\n")
    depth = min((len(line) - len(line.lstrip()) for line in rest if line.strip()), default=0)
    return "\n".join([first, *(line[depth:] for line in rest)])


def is_only_package_call(hook: Any) -> bool | None:
    """Whether a hook does nothing but call a package that is replaced; None when it does not call one at all."""
    text = hook.get("sql", "") if isinstance(hook, Mapping) else str(hook)
    if not any(f"{package}." in text for package in PACKAGES):
        return None
    try:
        tree = SandboxedEnvironment(extensions=["jinja2.ext.do"]).parse(text)
    except TemplateError:
        return False
    literal = "".join(data.data for data in tree.find_all(nodes.TemplateData)).strip(" \n;")
    calls = [call.node for call in tree.find_all(nodes.Call)]
    return not literal and all(
        isinstance(node, nodes.Getattr) and isinstance(node.node, nodes.Name) and node.node.name in PACKAGES
        for node in calls
    )


def replace_hooks(holder: CommentedMap, key: str, replacement: str | None) -> list[str]:
    """Replace package calls in a list of hooks by ours, once; returns the hooks that a person has to look at."""
    if not holder.get(key):
        return []
    hooks = holder[key] if isinstance(holder[key], list) else [holder[key]]
    kept = [hook for hook in hooks if not is_only_package_call(hook)]
    if replacement and len(kept) < len(hooks) and replacement not in kept:
        kept.insert(0, DoubleQuotedScalarString(replacement))
    if not kept:
        del holder[key]
    elif kept != hooks:
        holder[key] = kept[0] if len(kept) == 1 else CommentedSeq(kept)
    return [str(hook).strip() for hook in kept if is_only_package_call(hook) is False]


def add_dispatch(main: CommentedMap) -> None:
    """Add the line that closes the unmasked window, unless the project dispatches dbt's macros already."""
    entries = main.setdefault("dispatch", CommentedSeq())
    if not any(isinstance(entry, Mapping) and entry.get("macro_namespace") == "dbt" for entry in entries):
        order = CommentedSeq([str(main.get("name", "")), "snowmesh", "dbt"])
        order.fa.set_flow_style()
        entries.append(CommentedMap({"macro_namespace": "dbt", "search_order": order}))


def _drop(entry: CommentedMap, path: tuple[str, ...], drop: Drop) -> None:
    """Remove an item, and then the mappings and lists on the way that have become empty."""
    holder: Any = entry
    holders = []
    for key in path:
        holders.append((holder, key))
        holder = holder[key]
    if isinstance(holder, list):
        holder.remove(drop.item)
    elif isinstance(holder, dict):
        holder.pop(drop.item, None)
    else:  # one tag instead of a list of tags
        above, key = holders.pop()
        del above[key]
    for above, key in reversed(holders):
        if above[key]:
            break
        del above[key]


def _child(holder: CommentedMap, key: str) -> CommentedMap:
    if not isinstance(holder.get(key), CommentedMap):
        holder[key] = CommentedMap()
    child: CommentedMap = holder[key]
    return child


def _merge(target: CommentedMap, block: Mapping[str, Any]) -> None:
    """Add what the target does not say; what it says stays."""
    for key, value in block.items():
        if isinstance(value, Mapping) and isinstance(target.get(key, CommentedMap()), CommentedMap):
            _merge(_child(target, key), value)
        else:
            target.setdefault(key, _flow(value) if isinstance(value, list) else value)


def _flow(value: Any) -> Any:
    made = CommentedMap(value) if isinstance(value, Mapping) else CommentedSeq(value)
    made.fa.set_flow_style()
    return made


def _flow_when_small(config: CommentedMap) -> None:
    """One line for a new block that fits on one."""
    meta = config.get("meta")
    is_ours = set(config) == {"meta"} and isinstance(meta, CommentedMap) and set(meta) == {"snowmesh"}
    if is_ours and len(str(config)) < _ONE_LINE:
        config.fa.set_flow_style()
