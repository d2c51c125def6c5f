"""The instructions: what the model is told before the conversation, the same bytes for a whole session.

The words are in data/instructions.md: short and stable, because gpt-oss does its published best with a few hundred
words and a prompt that changes empties the server's cache (gpt-oss.md §5, PERFORMANCE.md "Prompt and cache").
"""

from __future__ import annotations

import os
from pathlib import Path

from agent.notes import Guidance, Note
from backends.frozen import frozen

_WORDS = Path(__file__).with_name("data") / "instructions.md"


@frozen
class PromptFacts:
    """What the instructions say about the place; constant for a session."""

    folder: Path
    system: str = os.uname().sysname


def instructions(facts: PromptFacts, guidance: Guidance = Guidance()) -> str:  # noqa: B008  (frozen)
    """The instructions for a session in `facts.folder`, with the notes that hold for all of it at the end."""
    words = _WORDS.read_text("utf-8")
    words = words.replace("{folder}", str(facts.folder)).replace("{system}", facts.system)
    return words + _section("The user's own instructions", guidance.own) + _section(_PROJECT, guidance.project)


_PROJECT = "Notes of the user's project: how work is done here, below what the user says"


def _section(heading: str, note: Note | None) -> str:
    return f"\n# {heading} ({note.path})\n{note.text}\n" if note else ""
