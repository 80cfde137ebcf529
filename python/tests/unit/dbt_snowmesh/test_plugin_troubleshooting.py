"""Every message of the plugin has an entry in the troubleshooting page, under words that the message contains."""

import re
from pathlib import Path

REPOSITORY = Path(__file__).parents[4]
PAGE = REPOSITORY / "docs/troubleshooting/cross-project-ref.md"
SOURCES = REPOSITORY / "python/dbt_snowmesh"
# What a message says whatever it is about.
MESSAGES = (
    "has no manifest yet",
    "was found in the folders around",
    "exists more than once",
    "there is no such file",
    "is not of the form <project>=<path of its manifest.json>",
    "has no model",
    "only public models cross projects",
    "only its public models can be referred to",
    "that version does not exist",
    "does not name the project",
    "'projects' is not a list",
    "has no name",
    "unknown key",
    "is not JSON",
    "cannot be read",
    "is not a dbt manifest",
    "cannot be understood",
    "or later is needed",
    "is of the project",
    "cross-project ref is off",
)


def headings() -> str:
    return "\n".join(line for line in PAGE.read_text().splitlines() if line.startswith("## "))


def sources() -> str:
    return "".join(path.read_text() for path in sorted(SOURCES.glob("*.py")))


def test_every_message_has_an_entry() -> None:
    assert [message for message in MESSAGES if message not in headings()] == []
    assert [message for message in MESSAGES if message not in sources()] == []


def test_every_problem_in_the_code_is_in_the_list_above() -> None:
    """A new `what = …` or `Problem(…)` needs an entry, and its words here."""
    texts = re.findall(r'(?:what = |Problem\(\s*)f?"([^"]*)"', sources())
    assert len(texts) > 12
    known = [*MESSAGES, "uses {reference}, but {cause.what}", "but {what}", "{what}"]
    assert [text for text in texts if not any(message in text for message in known)] == []
