"""The published JSON schema and the reference page of mesh.yml, both made from the language itself.

`python -m snowmesh.bootstrap.reference docs/reference` writes them.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from snowmesh.account.objects import ObjectType
from snowmesh.account.privileges import GRANTABLE
from snowmesh.bootstrap import targets
from snowmesh.bootstrap.blocks import CREATABLE, GOVERNABLE
from snowmesh.bootstrap.declarations import WAREHOUSE_SIZES
from snowmesh.bootstrap.keyed_blocks import Block, Key
from snowmesh.bootstrap.schema import MESH_BLOCK
from snowmesh.bootstrap.values import Value

SCHEMA_FILE, PAGE_FILE = "mesh.schema.json", "mesh-yml.md"
_HEAD = """# mesh.yml

<!-- generated from the code: python -m snowmesh.bootstrap.reference docs/reference -->

Every key of a mesh file. [mesh-bootstrap](../mesh-bootstrap.md) shows how they are used. The same as a
[JSON schema](mesh.schema.json), with which an editor completes and checks the file when its first line names it:

```yaml
# yaml-language-server: $schema=mesh.schema.json
```

`mesh-bootstrap schema > mesh.schema.json` writes the schema that belongs to the installed version.

A name follows Snowflake: `foo` is `FOO`; `'"foo"'` keeps its case. The file is plain YAML without anchors, aliases and
tags, of at most 5 MB. A mesh may lie in several files; each has these keys, and names declared in one are known in all.
"""


def json_schema() -> dict[str, Any]:
    """The JSON schema of a mesh file."""
    blocks = list(_blocks(MESH_BLOCK, {}))
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "mesh.yml",
        **MESH_BLOCK.definition(),
        "$defs": {block.anchor: block.definition() for block in blocks[1:]},
    }


def schema_text() -> str:
    """The JSON schema as it is published."""
    return json.dumps(json_schema(), indent=2) + "\n"


def page() -> str:
    """The reference page."""
    parts = [_HEAD, *(_section(block) for block in _blocks(MESH_BLOCK, {})), *_lists()]
    return "\n".join(parts)


def _blocks(block: Block[Any], seen: dict[str, None]) -> Iterator[Block[Any]]:
    """A block and every block inside it, each once, outermost first."""
    if block.title in seen:
        return
    seen[block.title] = None
    yield block
    for key in block.keys:
        inner = _inner(key.value)
        if inner is not None:
            yield from _blocks(inner, seen)


def _inner(value: Value[Any]) -> Block[Any] | None:
    """The block that a kind of value holds, however deep."""
    if isinstance(value, Block):
        return value
    held = getattr(value, "block", None) or getattr(value, "item", None)
    return _inner(held) if held is not None else None


def _section(block: Block[Any]) -> str:
    rows = [f"| `{key.name}` | {key.value.form} | {_default(key)} | {key.meaning} |" for key in block.keys]
    head = [
        "",
        f"## {block.title}",
        "",
        block.meaning,
        "",
        "| key | value | without it | meaning |",
        "|---|---|---|---|",
    ]
    return "\n".join([*head, *rows])


def _default(key: Key[Any]) -> str:
    return "required" if key.required else key.default


def _lists() -> Iterator[str]:
    yield "\n## words\n"
    yield f"`size`: {_words(WAREHOUSE_SIZES)}.\n"
    yield f"`creates` of a domain or schema: {_words(CREATABLE)}.\n"
    yield f"`creates` of `governance`: {_words(GOVERNABLE)}.\n"
    yield "Privileges, by the kind of object that `on` names:\n\n| on | privileges |\n|---|---|"
    for kind in targets.TYPES:
        yield f"| `{_on(kind)}` | {_words(p.lower() for p in GRANTABLE[kind])} |"
    plurals = _words(kind.plural.lower() for kind in targets.EACH)
    yield (
        "\n`on: tables in schema db.prod` means every table that is there and every one to come. "
        f"It exists for {plurals}, in a `schema` or a `database`.\n"
    )


def _on(kind: ObjectType) -> str:
    names = {0: "", 1: " name", 2: " database.name", 3: " database.schema.name"}
    return kind.value.lower() + names[kind.depth]


def _words(words: Any) -> str:
    return ", ".join(f"`{word}`" for word in words)


def main(folder: Path) -> None:
    """Write both files."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / SCHEMA_FILE).write_text(schema_text())
    (folder / PAGE_FILE).write_text(page())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
