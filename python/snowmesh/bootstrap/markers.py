"""The marker that mesh-bootstrap leaves in the comment of what it creates; `destroy` drops nothing without it."""

from __future__ import annotations

MARKER = "[mesh-bootstrap]"
MARKED = "MARKED"  # the property of an object whose comment has the marker: TRUE


def marked(comment: str) -> str:
    """A comment with the marker at its end."""
    return f"{comment} {MARKER}" if comment else MARKER


def unmarked(comment: str) -> tuple[str, bool]:
    """A comment without the marker, and whether it was there."""
    text = comment.rstrip()
    if not text.endswith(MARKER):
        return comment, False
    return text[: -len(MARKER)].rstrip(), True
