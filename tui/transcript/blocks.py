"""What a transcript holds: one small frozen object an entry, with its source text. Nothing here is drawn.

Every text is clean already (`tui.text.clean`): whoever makes a block from outside text cleans it on the way in.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from backends.frozen import frozen

ToolProgress = Literal["writing", "running", "done", "failed", "rejected", "cancelled"]
ProposalState = Literal["waiting", "writing", "applied", "partly", "rejected", "failed", "cancelled", "interrupted"]
Level = Literal["info", "warning", "error"]


@frozen
class KeyHint:
    """A key and what it does here, as the app bound it."""

    key: str
    label: str


@frozen
class Prompt:
    text: str


@frozen
class Reasoning:
    """What the model thought. `tokens` None: not known yet; `is_estimate` shows it with `≈`. `seconds` of thinking."""

    text: str = ""
    seconds: float = 0.0
    tokens: int | None = None
    is_estimate: bool = True
    is_open: bool = False


@frozen
class Answer:
    """Markdown by the model. A long answer is a run of Answers of which all but the first `continues`.

    Such a one stands `gap` blank rows below the one before; in the midst of a list, `number` is that of its first item.
    """

    text: str = ""
    continues: bool = False
    gap: int = 1
    number: int | None = None


@frozen
class ToolEntry:
    """A tool call: one line that opens to its output. `summary` is for the person, e.g. `14 matches in 5 files`."""

    call_id: str
    name: str
    title: str
    state: ToolProgress = "running"
    summary: str = ""
    output: str = ""
    is_open: bool = False


@frozen
class DiffLine:
    """One row of a small diff. `number` is a line from 1, of the old text for removed lines; 0 for a fold."""

    kind: Literal["context", "removed", "added", "fold"]
    number: int
    text: str


@frozen
class FileLine:
    """One file of a proposal, with its path as it will be shown in full and the lines it gains and loses.

    `diff` is all of its change where the proposal is small; else empty.
    """

    path: str
    added: int
    removed: int
    remark: str = ""
    warnings: tuple[str, ...] = ()
    diff: tuple[DiffLine, ...] = ()


@frozen
class ProposalCard:
    """File changes, waiting for review or decided. `keys` are shown while it waits; `remark` says what went wrong.

    `writing`: approved and not on disk yet; `interrupted`: the turn ended while it was written.
    """

    proposal_id: str
    files: tuple[FileLine, ...]
    state: ProposalState = "waiting"
    keys: tuple[KeyHint, ...] = ()
    remark: str = ""


@frozen
class CommandCard:
    """A command that waits for the person. It is shown whole, however long; once decided it is a ToolEntry again."""

    request_id: str
    command: str
    folder: str
    is_sandboxed: bool
    warning: str = ""
    keys: tuple[KeyHint, ...] = ()


@frozen
class Notice:
    text: str
    level: Level = "info"


@frozen
class CutOff:
    """The answer above is not whole; `reason` in a few words."""

    reason: str


@frozen
class CompactionMark:
    """What stands above was compacted. `text` says by how much; opened, it shows the model's own `summary`."""

    text: str = ""
    summary: str = ""
    is_open: bool = False


Block: TypeAlias = (
    Prompt | Reasoning | Answer | ToolEntry | ProposalCard | CommandCard | Notice | CutOff | CompactionMark
)
Growing: TypeAlias = Reasoning | Answer
"""Blocks whose text arrives piece by piece."""
Folding: TypeAlias = Reasoning | ToolEntry | CompactionMark
"""Blocks that fold and open, when there is something inside; see `opens`."""


def source_of(block: Block) -> str:
    """The text of a block: what is searched and copied, and what positions in drawn rows refer to."""
    match block:
        case Prompt() | Reasoning() | Answer() | Notice():
            return block.text
        case CompactionMark():
            return block.summary or block.text
        case ToolEntry():
            return block.output
        case ProposalCard():
            return "\n".join(file.path for file in block.files)
        case CommandCard():
            return block.command
        case CutOff():
            return block.reason


def opens(block: Block) -> bool:
    """Whether the block folds and opens."""
    match block:
        case Reasoning():
            return True
        case ToolEntry():
            return bool(block.output)
        case CompactionMark():
            return bool(block.summary)
        case _:
            return False
