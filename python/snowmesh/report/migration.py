"""A migration for people and for programs."""

from __future__ import annotations

import json
from dataclasses import asdict

from snowmesh.migrate.run import Migration


def as_text(found: Migration) -> str:
    """The change of every file as one unified diff; it can be given to `git apply`."""
    return "".join(file.diff if file.diff.endswith("\n") else f"{file.diff}\n" for file in found.files)


def as_document(found: Migration) -> str:
    """`{declarations, files: [{name, diff}], notes: [{where, what, next_step}]}` as JSON."""
    files = [{"name": file.name, "diff": file.diff} for file in found.files]
    document = {"declarations": found.declarations, "files": files, "notes": [asdict(note) for note in found.notes]}
    return json.dumps(document, indent=2, ensure_ascii=False)


def as_summary(found: Migration, written: bool) -> str:
    """What was read, what changes, and what a person has to look at."""
    if not found.declarations:
        lines = ["No governance of dbt-tags, dbt-snow-mask or dbt-snowflake was found in the YAML files."]
    else:
        done = "changed" if written else "would change; write them with --write"
        lines = [f"{_count(found.declarations, 'declaration')} read; {_count(len(found.files), 'file')} {done}."]
    if found.notes:
        lines.append(f"{_count(len(found.notes), 'thing')} to look at:")
    for number, note in enumerate(found.notes, start=1):
        lines += [f"  {number}. {note.where}: {note.what}.", f"     Next: {note.next_step}."]
    return "\n".join(lines)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
