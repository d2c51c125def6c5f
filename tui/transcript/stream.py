"""Markdown that is still arriving, to rows: `feed` stores, `commit` draws once a frame, and only what changed.

A construct that ended is drawn for good by `markdown`; the open one is drawn again, a long paragraph only from its last
stable break and code only from its last line. So a token costs the same however much came before it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from tui.transcript.code import Highlighter, language_of
from tui.transcript.code_block import code_foot, code_head, code_rows
from tui.transcript.markdown import inline, render, render_construct, render_source
from tui.transcript.rows import BLANK, MEASURE, Row, Run, breaks, cut, cuts, wrap
from tui.transcript.scanner import Construct, Scanner
from tui.transcript.sections import is_full
from tui.transcript.written import flood_head, is_flood, more_lines, plain, shown_end

COMMIT_LIMIT = 1_024
"""Characters taken in by one commit, so that a flood never holds up a key press."""

_UNDECIDED = re.compile(r"[ \t]*(?:[-=*_+>#`~|:]+|\d{1,9}[.)]?)?[ \t]*$")
_OPEN_MARKUP = re.compile(r"[*_`~\[\]<]")
_DRAWN_EACH_TIME = 4_096
_GROWTH = 16
"""An open item, table or quote longer than that is drawn again when it grew by a sixteenth: its cost stays linear."""

_STABLE_AFTER = 300
_STABLE_AT_MOST = 3_000


class MarkdownStream:
    """The rows of one growing answer at one width, valid after `commit`.

    `border` is the construct that begins another block, once this one is full; nothing is drawn from there on.
    """

    def __init__(self, width: int, *, number: int | None = None, wraps_code: bool = True) -> None:
        """`number` is that of the item it begins with, where it goes on with a list."""
        self.rows: list[Row] = []
        self.border: Construct | None = None
        self._number = number
        self._width = width
        self._wraps_code = wraps_code
        self._text = ""
        self._pieces: list[str] = []
        self._scanner = Scanner(number)
        self._next_line = 0
        self._frozen = 0
        self._constructs = 0
        self._tail: _OpenFence | _OpenParagraph | _OpenFlood | None = None
        self._next_draw = 0

    @property
    def text(self) -> str:
        return self._text + "".join(self._pieces)

    @property
    def is_behind(self) -> bool:
        """Whether fed text waits for another commit."""
        return bool(self._pieces)

    def feed(self, text: str) -> None:
        self._pieces.append(text)

    def commit(self, limit: int = COMMIT_LIMIT) -> int:
        """Draw what was fed, at most `limit` characters of it. Returns the first row that changed."""
        fed = "".join(self._pieces)
        self._text += fed[:limit]
        self._pieces = [fed[limit:]] if len(fed) > limit else []
        first = len(self.rows)
        while (end := self._text.find("\n", self._next_line)) >= 0:
            line = self._text[self._next_line : end]
            if self._ends_before(line):
                self.border = self._scanner.peek(line, self._next_line)
                return first
            for construct in self._scanner.line(line, self._next_line):
                first = min(first, self._freeze(construct))
            self._next_line = end + 1
            if self._scanner.open is not None and is_full(self._scanner.open.start, self._constructs):
                self.border = self._scanner.open
                return first
        return min(first, self._draw_open())

    def finish(self) -> int:
        """The text is whole: draw it for good, as `markdown.render` would. Returns the first row that changed."""
        self._text, self._pieces = self.text, []
        first = len(self.rows)
        for line in self._text[self._next_line :].split("\n"):
            for construct in self._scanner.line(line, self._next_line):
                first = min(first, self._freeze(construct))
            self._next_line += len(line) + 1
        for construct in self._scanner.finish():
            first = min(first, self._freeze(construct))
        first = min(first, self._put(self._frozen, []))
        if not self._scanner.has_definitions:
            return first
        whole = render(self._text, self._width, number=self._number, wraps_code=self._wraps_code)
        return min(first, self._put(0, whole))

    def drop_open(self) -> None:
        """Forget the rows of the open construct: it goes on in another block."""
        self._put(self._frozen, [])

    # ── inside ───────────────────────────────────────────────────────────────

    def _ends_before(self, line: str) -> bool:
        """Whether the block is full where a line begins something new."""
        return self._scanner.open is None and bool(line.strip()) and is_full(self._next_line, self._constructs)

    def _freeze(self, construct: Construct) -> int:
        if isinstance(self._tail, _OpenFlood) and self._tail.start == construct.start:
            first = self._draw_flood(construct, "")
        else:
            rows = render_construct(self._text, construct, self._width, wraps_code=self._wraps_code)
            first = self._put(self._frozen, self._gap(construct) + rows if rows else [])
        self._frozen = len(self.rows)
        self._constructs += 1
        self._tail = None
        self._next_draw = 0
        return first

    def _gap(self, construct: Construct) -> list[Row]:
        return [BLANK] * construct.gap if self._frozen else []

    def _put(self, start: int, rows: list[Row]) -> int:
        """Replace the rows from `start` on; returns the first that differs."""
        old = self.rows
        same = start
        while same < len(old) and same - start < len(rows) and old[same] == rows[same - start]:
            same += 1
        old[same:] = rows[same - start :]
        return same

    def _draw_open(self) -> int:
        construct = self._scanner.open
        partial = self._text[self._next_line :]
        if construct is None:
            if _UNDECIDED.fullmatch(partial):
                return self._put(self._frozen, [])
            return self._draw_beginning(partial)
        if self._is_flooded(construct):
            return self._draw_flood(construct, partial)
        if construct.kind == "fence":
            return self._draw_fence(construct, partial)
        if _UNDECIDED.fullmatch(partial):
            partial = ""
        end = self._next_line + len(partial)
        if construct.kind == "paragraph":
            if (
                not partial
                and self._text[construct.start : end].count("\n") == 1
                and self._text[construct.start] == "|"
            ):
                return self._put(self._frozen, [])
            return self._draw_paragraph(construct, end)
        if end < self._next_draw:
            return len(self.rows)
        size = end - construct.start
        self._next_draw = end + size // _GROWTH if size > _DRAWN_EACH_TIME else 0
        source = self._text[construct.start : end].rstrip("\n")
        rows = self._drawn(source, construct.start, construct)
        return self._put(self._frozen, self._gap(construct) + rows)

    def _is_flooded(self, construct: Construct) -> bool:
        if isinstance(self._tail, _OpenFlood) and self._tail.start == construct.start:
            return True
        return is_flood(self._text[construct.start : construct.end], construct.kind)

    def _draw_flood(self, construct: Construct, partial: str) -> int:
        if not isinstance(self._tail, _OpenFlood) or self._tail.start != construct.start:
            self._tail = _OpenFlood(construct.start, self._width)
        gap = self._gap(construct)
        kept, rows = self._tail.draw(self._text, construct.end, partial)
        start = self._frozen + (len(gap) + kept if kept else 0)
        return self._put(start, rows if kept else gap + rows)

    def _draw_beginning(self, partial: str) -> int:
        """A line that is not whole, where nothing is open."""
        construct = self._scanner.peek(partial, self._next_line)
        if self._is_flooded(construct):
            return self._draw_flood(construct, partial)
        if construct.kind == "paragraph":
            return self._draw_paragraph(construct, len(self._text))
        if construct.kind == "fence":
            return self._put(self._frozen, [])
        return self._put(self._frozen, self._gap(construct) + self._drawn(partial, self._next_line, construct))

    def _drawn(self, source: str, at: int, construct: Construct) -> list[Row]:
        return render_source(source, at, construct.kind, self._width, construct.number, wraps_code=self._wraps_code)

    def _draw_paragraph(self, construct: Construct, end: int) -> int:
        if not isinstance(self._tail, _OpenParagraph) or self._tail.start != construct.start:
            self._tail = _OpenParagraph(construct.start, min(self._width, MEASURE))
        gap = self._gap(construct)
        kept, rows = self._tail.draw(self._text, end)
        start = self._frozen + (len(gap) + kept if kept else 0)
        return self._put(start, rows if kept else gap + rows)

    def _draw_fence(self, construct: Construct, partial: str) -> int:
        if not isinstance(self._tail, _OpenFence) or self._tail.start != construct.start:
            self._tail = _OpenFence(construct, self._width, wraps=self._wraps_code)
        gap = self._gap(construct)
        kept, rows = self._tail.draw(self._text, self._next_line, partial)
        start = self._frozen + (len(gap) + kept if kept else 0)
        return self._put(start, rows if kept else gap + rows)


class _OpenParagraph:
    """The rows of a paragraph that grows. Text before the last stable break is laid out once."""

    def __init__(self, start: int, width: int) -> None:
        self.start = start
        self._width = width
        self._stable = start
        self._done = 0
        self._carry: Row = ()  # what stands before the stable break on its row

    def draw(self, text: str, end: int) -> tuple[int, list[Row]]:
        """How many of its rows stay as they are, and the rows after them."""
        kept = self._done
        settled: list[Row] = []
        while end - self._stable > _STABLE_AFTER and (place := self._stable_break(text, end)):
            settled += self._settle(inline(text[self._stable : place], self._stable), place)
        tail = text[self._stable : end].rstrip("\n")
        if len(tail) > 2 * _STABLE_AT_MOST:  # no space for so long: no Markdown before the paragraph is whole
            settled += self._settle([Run(tail, "", self._stable)], self._stable + len(tail))
            tail = ""
        return kept, settled + wrap([*self._carry, *inline(tail, self._stable)], self._width)

    def _stable_break(self, text: str, end: int) -> int | None:
        """A space before which no markup is open, far enough back that what follows cannot close anything there."""
        limit = min(end - _STABLE_AFTER // 3, self._stable + _STABLE_AFTER)
        place = text.rfind(" ", self._stable, limit) + 1
        if place <= self._stable:
            return None
        head = inline(text[self._stable : place], self._stable)
        if any(_OPEN_MARKUP.search(run.text) for run in head if "code" not in run.ink):
            closed = text.find(" ", self._stable + _STABLE_AT_MOST, end)
            return closed + 1 if closed > 0 else None
        return place

    def _settle(self, pieces: Sequence[Run], place: int) -> list[Row]:
        runs = [*self._carry, *pieces]
        flat = "".join(run.text for run in runs)
        spans = breaks(flat, self._width)
        rows = cuts(runs, spans[:-1])
        self._carry = cut(runs, spans[-1][0], len(flat))
        self._stable = place
        self._done += len(rows)
        return rows


class _OpenFence:
    """The rows of code that grows: a line is final when its end came, with the lexer's state carried on."""

    def __init__(self, construct: Construct, width: int, *, wraps: bool) -> None:
        self.start = construct.start
        self._width = width
        self._wraps = wraps
        self._language = language_of(construct.info)
        self._highlighter = Highlighter(self._language)
        self._next: int | None = None
        self._done = 0

    def draw(self, text: str, end: int, partial: str) -> tuple[int, list[Row]]:
        """`end` is where the last whole line ended. Returns how many rows stay as they are, and the rows after them."""
        kept = self._done
        rows: list[Row] = []
        if self._next is None:
            self._next = text.index("\n", self.start) + 1
            rows.append(code_head(self._language, self._width))
        while self._next < end:
            stop = text.index("\n", self._next)
            line = text[self._next : stop]
            rows += code_rows(self._highlighter.line(line), self._width, self._next, wraps=self._wraps)
            self._next = stop + 1
        self._done += len(rows)
        if partial.strip("`~ "):
            rows += code_rows([(partial, "")], self._width, self._next, wraps=self._wraps)
        rows.append(code_foot(self._width))
        return kept, rows


class _OpenFlood:
    """The rows of what is too long to be read as Markdown: as it was written, each row drawn once but for the last."""

    def __init__(self, start: int, width: int) -> None:
        self.start = start
        self._width = width
        self._next = start  # where the first row that may still change begins
        self._done = 0

    def draw(self, text: str, end: int, partial: str) -> tuple[int, list[Row]]:
        """`end` is where the last whole line ended. Returns how many rows stay as they are, and the rows after them."""
        kept = self._done
        head = [] if kept else [flood_head(self._width)]
        whole = len(text) if partial else end
        shown = max(self._next, shown_end(text, self.start, whole))
        rows = plain(text[self._next : shown], self._width, self._next)
        begins = next((run.at for run in rows[-1] if run.at >= 0), text.rfind("\n", self._next, shown) + 1)
        if len(rows) > 1 and begins > self._next:
            self._done += len(head) + len(rows) - 1
            self._next = begins
        return kept, [*head, *rows, *more_lines(text, shown, whole)]
