"""What is selected: two points in the sources of blocks, and the text between them as it was written.

Pure: knows the document and rows, no mouse and no keys.
"""

from __future__ import annotations

from backends.frozen import frozen
from tui.transcript.blocks import Answer, Folding, source_of
from tui.transcript.document import BlockId, Document
from tui.transcript.rows import Mark, Row, place_at


@frozen
class Point:
    """A character of a block's source: the positions before and after it, equal where there is none."""

    block: BlockId
    before: int
    after: int


@frozen
class Selection:
    """From the point where it began to the point where it is now, in either order."""

    anchor: Point
    head: Point

    def spans(self, document: Document) -> dict[int, tuple[int, int]]:
        """Selected source positions by index of block, in order; empty when a block of it is gone."""
        if self.anchor.block not in document or self.head.block not in document:
            return {}
        one, other = (document.index(self.anchor.block), self.anchor), (document.index(self.head.block), self.head)
        (first, start), (last, end) = sorted((one, other), key=lambda point: (point[0], point[1].before))
        if first == last:
            return (
                {first: (start.before, max(start.after, end.after))}
                if start != end or start.before != end.after
                else {}
            )
        spans = {index: (0, len(document.source(index))) for index in range(first, last + 1)}
        spans[first] = (start.before, spans[first][1])
        spans[last] = (0, end.after)
        return spans

    def marks(self, document: Document, index: int) -> tuple[Mark, ...]:
        span = self.spans(document).get(index)
        return (Mark(*span, "selection"),) if span else ()

    def text(self, document: Document) -> str:
        """The source text of it, without wraps, borders and line numbers; what is folded away is not in it."""
        parts: list[str] = []
        for index, (start, end) in self.spans(document).items():
            block = document[index].block
            if isinstance(block, Folding) and not block.is_open:
                continue
            part = document.source(index)[start:end]
            if parts and isinstance(block, Answer) and block.continues:
                parts[-1] += part
            elif part.strip():
                parts.append(part)
        return "\n\n".join(part.strip("\n") for part in parts)


def whole_blocks(document: Document, one: BlockId, other: BlockId) -> Selection:
    """Everything from one block to another, both included."""
    first, last = sorted((document.index(one), document.index(other)))
    end = len(document.source(last))
    return Selection(Point(document[first].id, 0, 0), Point(document[last].id, end, end))


def answer_around(document: Document, index: int) -> Selection:
    """The whole block; of an answer that goes on in further blocks, all of them."""
    first = last = index
    while _continues(document, first):
        first -= 1
    while _continues(document, last + 1):
        last += 1
    return whole_blocks(document, document[first].id, document[last].id)


def _continues(document: Document, index: int) -> bool:
    block = document[index].block if index < len(document) else None
    return isinstance(block, Answer) and block.continues


def code_in(document: Document, index: int) -> list[Selection]:
    """The code blocks of an answer, without their fences."""
    from tui.transcript.scanner import closes_fence, constructs  # here, because a start reads no Markdown

    text, block_id = document.source(index), document[index].id
    found: list[Selection] = []
    for construct in constructs(text) if isinstance(document[index].block, Answer) else ():
        lines = text[construct.start : construct.end].split("\n")
        if construct.kind != "fence" or len(lines) < 2:
            continue
        start = construct.start + len(lines[0]) + 1
        end = construct.end - len(lines[-1]) - 1 if closes_fence(lines[-1], construct.fence) else construct.end
        if end > start:
            found.append(Selection(Point(block_id, start, start), Point(block_id, end, end)))
    return found


def point_in(document: Document, index: int, rows: list[Row], offset: int, cell: int) -> Point:
    """The point at a cell of the row `offset` of a block; a row without text counts as the text that follows it."""
    block_id = document[index].id
    if offset < len(rows) and (place := place_at(rows[offset], cell)):
        return Point(block_id, *place)
    for row in rows[offset + 1 :]:
        if place := place_at(row, 0):
            return Point(block_id, place[0], place[0])
    end = len(source_of(document[index].block))
    return Point(block_id, end, end)
