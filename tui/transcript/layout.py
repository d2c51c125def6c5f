"""Every kind of block to rows, margins included. Pure: a block and a width in, rows out; no colours, no widget."""

from __future__ import annotations

from typing import assert_never

from rich.cells import cell_len

from agent.own_reports import OWN_COMMAND
from backends.frozen import frozen
from tui.text import ellipsis
from tui.transcript.blocks import (
    Answer,
    Block,
    CommandCard,
    CompactionMark,
    CutOff,
    Level,
    Notice,
    Prompt,
    ProposalCard,
    Reasoning,
    ToolEntry,
)
from tui.transcript.cards import command_rows, proposal_rows
from tui.transcript.rows import BLANK, MEASURE, Row, Run, clipped, padded, prefixed, row_cells, wrap
from tui.transcript.sections import SECTION
from tui.transcript.written import LIMITS, flood, plain_in_part

LEFT = 3
"""Cells left of what is written: a column for the cursor, the mark and a space."""
RIGHT = 2

FLOODED = SECTION + max(LIMITS.values())
"""Characters: an answer that is longer holds a construct too long for Markdown, and is not even looked through."""

LIVE_LINES = 5
LIVE_CHARACTERS = 2_000
"""The end of a running call's output that is shown without opening it."""

OWN_LINES = 20
OWN_CHARACTERS = 8_000
"""As much of the person's own command is shown without opening it: they ran it to see that."""

NAME_WIDTH = 11
"""Cells of the tool names' column."""

_MARGIN: Row = (Run(" " * LEFT),)


def inner_width(width: int) -> int:
    return max(8, width - LEFT - RIGHT)


@frozen
class Growth:
    """What is known of a block while its text still arrives."""

    text: str
    seconds: float = 0.0


def lay_out(block: Block, gap: int, width: int, growth: Growth | None = None, *, wraps_code: bool = True) -> list[Row]:
    """The rows of a block, `gap` blank ones first. Every row is at most `width` cells."""
    return [BLANK] * gap + _rows(block, width, growth, wraps_code=wraps_code)


def _behind_margin(rows: list[Row]) -> list[Row]:
    return prefixed(rows, _MARGIN, _MARGIN)


def answer_rows(rows: list[Row]) -> list[Row]:
    """Rows of Markdown behind the margin."""
    return [_MARGIN + row if row else row for row in rows]


def _rows(block: Block, width: int, growth: Growth | None, *, wraps_code: bool) -> list[Row]:
    inside = inner_width(width)
    match block:
        case Prompt():
            mark = (Run(" "), Run("❯ ", "prompt-mark"))
            return prefixed(plain_in_part(block.text, min(inside, MEASURE), ink="prompt"), mark, _MARGIN)
        case Answer():
            from tui.transcript.markdown import render  # here, because no start shows an answer

            if len(block.text) > FLOODED:
                return answer_rows(flood(block.text, inside, 0))
            return answer_rows(render(block.text, inside, number=block.number, wraps_code=wraps_code))
        case Reasoning():
            return _reasoning(block, inside, growth)
        case ToolEntry():
            return _tool(block, inside)
        case ProposalCard():
            return _behind_margin(proposal_rows(block, inside))
        case CommandCard():
            return _behind_margin(command_rows(block, inside))
        case Notice():
            mark, ink = _NOTICE_MARKS[block.level]
            rows = wrap([Run(block.text, ink if block.level != "info" else "notice", 0)], min(inside - 2, MEASURE))
            return prefixed(rows, (*_MARGIN, Run(f"{mark} ", ink)), (*_MARGIN, Run("  ")))
        case CutOff():
            return prefixed(
                wrap([Run("cut off: ", "warning"), Run(block.reason, "warning", 0)], min(inside - 2, MEASURE)),
                (*_MARGIN, Run("✂ ", "warning")),
                (*_MARGIN, Run("  ")),
            )
        case CompactionMark():
            return _compaction(block, inside)
        case _:
            assert_never(block)


_NOTICE_MARKS: dict[Level, tuple[str, str]] = {
    "info": ("·", "notice"),
    "warning": ("!", "warning"),
    "error": ("✗", "error"),
}


# ── reasoning and tools ──────────────────────────────────────────────────────


def _reasoning(block: Reasoning, inside: int, growth: Growth | None) -> list[Row]:
    sign = "▾ " if block.is_open else "▸ "
    if growth is not None:
        head = [Run("thinking", "reasoning")]
        if not block.is_open and (thought := last_thought(growth.text)):
            head += [Run("  "), Run(ellipsis(thought, min(inside, MEASURE) - 12), "reasoning-text")]
    else:
        head = [Run(f"thought{_duration(block.seconds)}{_tokens(block)}", "reasoning")]
    rows = [clipped((*_MARGIN, Run(sign, "reasoning"), *head), inside + LEFT)]
    if block.is_open:
        bar = (*_MARGIN, Run("│ ", "reasoning-bar"))
        text = growth.text if growth else block.text
        start = len(text) - len(text.lstrip("\n"))
        rows += prefixed(plain_in_part(text.strip("\n"), min(inside - 2, MEASURE), start, "reasoning-text"), bar, bar)
    return rows


def last_thought(text: str) -> str:
    """The line a thought is at now, for its one-line summary."""
    lines = text[-600:].strip().split("\n")
    line = lines[-1].strip()
    for end in (". ", "? ", "! ", ": "):
        if end in line and len(line) - line.rindex(end) > 12:
            line = line[line.rindex(end) + 2 :]
    return line


def _duration(seconds: float) -> str:
    if seconds < 1:
        return ""
    if seconds < 60:
        return f" for {seconds:.0f} s"
    return f" for {int(seconds) // 60} min {int(seconds) % 60} s"


def _tokens(block: Reasoning) -> str:
    if block.tokens is None:
        return ""
    return f" · {'≈' if block.is_estimate else ''}{block.tokens:,} tokens".replace(",", "\u2009")


_STATE_MARKS = {
    "writing": ("…", "muted"),
    "running": ("…", "muted"),
    "done": ("", "muted"),
    "failed": ("✗", "error"),
    "rejected": ("✗", "warning"),
    "cancelled": ("–", "warning"),
}


def _tool(block: ToolEntry, inside: int) -> list[Row]:
    name = ellipsis(block.name, NAME_WIDTH) if cell_len(block.name) > NAME_WIDTH else block.name
    mark, ink = _STATE_MARKS[block.state]
    head: list[Run] = [*_MARGIN, Run(name.ljust(NAME_WIDTH), "tool-name"), Run("  "), Run(block.title, "tool-title")]
    summary = block.summary or (block.state if block.state in ("rejected", "cancelled", "failed") else "")
    end = [Run(f"  {mark}", ink)] if mark else []
    if summary:
        end += [Run(f"  {summary}" if mark else f" — {summary}", ink if mark else "tool-summary")]
    room = inside + LEFT - row_cells(end)
    rows = [clipped((*clipped(tuple(head), max(LEFT + NAME_WIDTH + 6, room)), *end), inside + LEFT)]
    if block.is_open and block.output:
        rows += _output(block.output, 0, inside)
    elif block.state == "running" and block.name != OWN_COMMAND and block.output:
        rows += _output(*_end(block.output, LIVE_LINES, LIVE_CHARACTERS), inside)
    elif block.name == OWN_COMMAND and block.output:
        rows += _own_output(block.output, inside)
    return rows


def _end(output: str, most_lines: int, most_characters: int) -> tuple[str, int]:
    """The last lines of an output, and where they begin."""
    text = output.rstrip("\n")
    shown = "\n".join(text[max(0, len(text) - most_characters) :].split("\n")[-most_lines:])
    return shown, len(text) - len(shown)


def _own_output(output: str, inside: int) -> list[Row]:
    """The end of it, under a row that tells how much stands above."""
    shown, at = _end(output, OWN_LINES, OWN_CHARACTERS)
    rows = _output(shown, at, inside)
    if above := output.count("\n", 0, at):
        words = f"  + {above:,} line{'s' * (above != 1)} above"
        rows.insert(0, padded((*_MARGIN, Run(words, "output muted")), inside + LEFT, "output"))
    return rows


def _output(text: str, at: int, inside: int) -> list[Row]:
    margin = (*_MARGIN, Run("  ", "output"))
    return [padded((*margin, *row), inside + LEFT, "output") for row in plain_in_part(text, inside - 2, at, "output")]


def _compaction(block: CompactionMark, inside: int) -> list[Row]:
    label = f" {block.text or 'earlier conversation compacted'} "
    width = min(inside, MEASURE)
    label = ellipsis(label, width - 4)
    side = max(2, (width - cell_len(label)) // 2)
    rest = "╌" * (width - side - cell_len(label))
    rows: list[Row] = [(*_MARGIN, Run("╌" * side, "rule"), Run(label, "muted"), Run(rest, "rule"))]
    if block.is_open:
        margin = (*_MARGIN, Run("  "))
        rows += prefixed(plain_in_part(block.summary, width - 2, ink="muted"), margin, margin)
    return rows
