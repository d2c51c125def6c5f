"""The instructions: what the model is told before the conversation, the same bytes for a whole session.

The words are in data/instructions.md: short and stable, because gpt-oss does its published best with a few hundred
words and a prompt that changes empties the server's cache (gpt-oss.md §5, PERFORMANCE.md "Prompt and cache").
"""

from __future__ import annotations

import platform
from dataclasses import dataclass
from importlib import resources
from pathlib import Path


@dataclass(frozen=True, slots=True)
class PromptFacts:
    """What the instructions say about the place; constant for a session."""

    folder: Path
    system: str = platform.system()


def instructions(facts: PromptFacts) -> str:
    """The instructions for a session in `facts.folder`."""
    words = resources.files("agent").joinpath("data/instructions.md").read_text("utf-8")
    return words.replace("{folder}", str(facts.folder)).replace("{system}", facts.system)
