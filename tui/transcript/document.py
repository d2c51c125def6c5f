"""The transcript as data: blocks in order, their heights, and the one block whose text is still arriving.

Knows no widget, no width in itself and no style: heights are what the view measured, or an estimate until then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from tui.transcript.blocks import (
    Answer,
    Block,
    CommandCard,
    CompactionMark,
    CutOff,
    Growing,
    Notice,
    Prompt,
    ProposalCard,
    Reasoning,
    ToolEntry,
    source_of,
)
from tui.transcript.heights import Heights

BlockId = int


class Entry:
    """A block in its place. `revision` grows with every change; `gap` counts the blank rows above it."""

    __slots__ = ("block", "gap", "id", "is_measured", "revision")

    def __init__(self, id: BlockId, block: Block, gap: int) -> None:  # noqa: A002
        self.id = id
        self.block = block
        self.gap = gap
        self.revision = 0
        self.is_measured = False


class Document:
    """Blocks in order. Every change calls `on_change` with the index of the first entry it touches."""

    def __init__(self, on_change: Callable[[int], None] | None = None) -> None:
        self.on_change = on_change
        self.generation = 0
        self.heights = Heights()
        self.width = 80
        self._entries: list[Entry] = []
        self._places: dict[BlockId, int] = {}
        self._next_id: BlockId = 1
        self._growing: Entry | None = None
        self._opened: list[Entry] = []
        self._pieces: list[str] = []
        self._later: dict[BlockId, Callable[[], Block]] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def __getitem__(self, index: int) -> Entry:
        return self._entries[index]

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries)

    def __contains__(self, block_id: BlockId) -> bool:
        return block_id in self._places

    def index(self, block_id: BlockId) -> int:
        """The place of a block; KeyError when it is gone."""
        return self._places[block_id]

    def block(self, block_id: BlockId) -> Block:
        return self._entries[self._places[block_id]].block

    def source(self, index: int) -> str:
        """The text of a block, with what arrived so far."""
        entry = self._entries[index]
        return "".join(self._pieces) if entry is self._growing else source_of(entry.block)

    # ── changes ──────────────────────────────────────────────────────────────

    def append(self, block: Block) -> BlockId:
        self._append(block)
        self._changed(len(self._entries) - 1)
        return self._entries[-1].id

    def extend(self, blocks: Iterable[Block]) -> None:
        """Append many at once, as when a conversation is shown again."""
        first = len(self._entries)
        above = self._entries[-1].block if first else None
        for block in blocks:
            entry = Entry(self._next_id, block, gap_between(above, block))
            self._places[entry.id] = len(self._entries)
            self._entries.append(entry)
            self._next_id += 1
            above = block
        self.heights.reset([*self.heights, *map(self._estimate, self._entries[first:])])
        self._changed(first)

    def replace(self, block_id: BlockId, block: Block) -> None:
        """Put another block in the place of one; a block that is gone stays gone."""
        index = self._places.get(block_id)
        if index is None:
            return
        self._later.pop(block_id, None)
        entry = self._entries[index]
        entry.block = block
        entry.revision += 1
        entry.is_measured = False
        self._changed(index)

    def later(self, block_id: BlockId, make: Callable[[], Block]) -> None:
        """Replace a block when it is looked at next, however often that is asked for until then; the last one wins."""
        index = self._places.get(block_id)
        if index is not None:
            self._later[block_id] = make
            self._tell(index)

    def catch_up(self) -> None:
        """Do what was put off by `later`."""
        for block_id, make in list(self._later.items()):
            self.replace(block_id, make())

    def truncate(self, block_id: BlockId) -> None:
        """Remove this block and everything below it."""
        index = self._places[block_id]
        for entry in self._entries[index:]:
            del self._places[entry.id]
            self._later.pop(entry.id, None)
            if entry is self._growing:
                self._growing, self._pieces = None, []
        del self._entries[index:]
        self.heights.truncate(index)
        self._changed(index)

    def clear(self) -> None:
        if self._entries:
            self.truncate(self._entries[0].id)

    # ── the growing block ────────────────────────────────────────────────────

    @property
    def growing(self) -> Entry | None:
        return self._growing

    @property
    def pieces(self) -> list[str]:
        """What arrived for the growing block, in order; only ever appended to while it is the same block."""
        return self._pieces

    def open(self, block: Growing) -> BlockId:
        """Append a block whose text arrives by `feed`; one at a time."""
        self.close()
        block_id = self.append(block)
        self._growing = self._entries[-1]
        self._opened.append(self._growing)
        self._pieces = [block.text] if block.text else []
        return block_id

    @property
    def has_opened(self) -> bool:
        return bool(self._opened)

    def take_opened(self) -> Entry | None:
        """The next block that was opened and not taken yet, unless it is gone, or closed and cheap to draw whole."""
        while self._opened:
            entry = self._opened.pop(0)
            if entry.id in self._places and (entry is self._growing or isinstance(entry.block, Answer)):
                return entry
        return None

    def feed(self, text: str) -> None:
        """Store text of the growing block. Nothing is drawn or measured here."""
        assert self._growing is not None
        self._pieces.append(text)
        self._tell(self._places[self._growing.id])

    def close(self, change: Callable[[Growing], Growing] | None = None) -> None:
        """The growing block is whole now; `change` may set what else became known."""
        entry = self._growing
        if entry is None:
            return
        block = entry.block
        assert isinstance(block, Reasoning | Answer)
        block = replace(block, text="".join(self._pieces))
        self._growing, self._pieces = None, []
        self.replace(entry.id, change(block) if change is not None else block)

    def split(self, block_id: BlockId, at: int, rest: Answer) -> Entry:
        """Let an answer end at a character and go on in `rest`, the entry below it, so that each stays small."""
        index = self._places[block_id]
        entry = self._entries[index]
        assert isinstance(entry.block, Answer)
        text = self.source(index)
        entry.block = replace(entry.block, text=text[:at])
        entry.revision += 1
        is_growing = entry is self._growing
        below = self._insert(index + 1, rest if is_growing else replace(rest, text=text[at:]))
        if is_growing:
            self._growing, self._pieces = below, [text[at:]]
        self._changed(index + 1)
        return below

    # ── heights ──────────────────────────────────────────────────────────────

    def measured(self, index: int, rows: int) -> None:
        """The exact height of a block at the present width, its gap included."""
        self._entries[index].is_measured = True
        self.heights.set(index, rows)

    def resize(self, width: int) -> None:
        """Another width: every height is an estimate again."""
        self.width = width
        for entry in self._entries:
            entry.is_measured = False
        self.heights.reset(self._estimate(entry) for entry in self._entries)

    # ── inside ───────────────────────────────────────────────────────────────

    def _append(self, block: Block) -> None:
        self._insert(len(self._entries), block)

    def _insert(self, index: int, block: Block) -> Entry:
        before = self._entries[index - 1].block if index else None
        entry = Entry(self._next_id, block, gap_between(before, block))
        self._next_id += 1
        self._entries.insert(index, entry)
        for place in range(index, len(self._entries)):
            self._places[self._entries[place].id] = place
        self.heights.insert(index, self._estimate(entry))
        return entry

    def _estimate(self, entry: Entry) -> int:
        match entry.block:
            case Prompt() | Answer():
                text = entry.block.text
                return entry.gap + text.count("\n") + len(text) // max(1, self.width) + 1
            case ProposalCard():
                return entry.gap + len(entry.block.files) + 3
            case CommandCard():
                return entry.gap + 5
            case Reasoning() | ToolEntry() | Notice() | CutOff() | CompactionMark():
                return entry.gap + 1

    def _changed(self, index: int) -> None:
        self.generation += 1
        self._tell(index)

    def _tell(self, index: int) -> None:
        if self.on_change is not None:
            self.on_change(index)


def gap_between(above: Block | None, below: Block) -> int:
    """Blank rows between two blocks: steps of one piece of work stand together, turns stand apart."""
    if above is None:
        return 0
    if isinstance(below, Prompt):
        return 2
    if isinstance(below, Answer) and below.continues:
        return below.gap
    if isinstance(above, Reasoning | ToolEntry | Notice) and isinstance(below, Reasoning | ToolEntry | Notice):
        return 0
    return 1
