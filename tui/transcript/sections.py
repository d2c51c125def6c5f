"""A long answer in parts, cut between constructs, so that none of them is costly to lay out. Pure; knows no rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from tui.transcript.blocks import Answer

if TYPE_CHECKING:
    from tui.transcript.scanner import Construct

SECTION = 8_192
"""Characters after which an answer goes on in a new block, at the next border between constructs."""

SECTION_CONSTRUCTS = 500
"""As SECTION, for the constructs of a block: each costs the parser something, and an item may be two letters long."""


def is_full(characters: int, constructs_in_it: int) -> bool:
    """Whether what comes next belongs into another part."""
    return characters >= SECTION or constructs_in_it >= SECTION_CONSTRUCTS


def beginning_with(construct: Construct) -> Answer:
    """The next part of an answer, without its text yet."""
    return Answer(continues=True, gap=construct.gap, number=construct.number)


def sections(text: str) -> Iterator[Answer]:
    """The parts of a whole answer, as they would be had it streamed."""
    if len(text) <= SECTION and text.count("\n") < SECTION_CONSTRUCTS:  # each construct begins a line of its own
        yield Answer(text)
        return
    from tui.transcript.scanner import constructs  # here, because a start reads no Markdown

    start = count = 0
    part = Answer()
    for construct in constructs(text):
        if is_full(construct.start - start, count):
            yield replace(part, text=text[start : construct.start])
            part, start, count = beginning_with(construct), construct.start, 0
        count += 1
    yield replace(part, text=text[start:])
