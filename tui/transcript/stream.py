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
from tui.transcript.rows import BLANK, MEASURE, Row, Run, breaks, cut, wrap
from tui.transcript.scanner import Construct, Scanner
from tui.transcript.written import PLAIN_LIMIT, flood_head, is_flood, plain

SECTION = 8_192
"""Characters after which an answer goes on in a new block, at the next border between constructs."""

COMMIT_LIMIT = 4_096
"""Characters taken in by one commit, so that a flood never holds up a key press."""

_UNDECIDED = re.compile(r"[ \t]*(?:[-=*_+>#`~|:]+|\d{1,9}[.)]?)?[ \t]*$")
_OPEN_MARKUP = re.compile(r"[*_`~\[\]<]")
_DRAWN_EACH_TIME = 4_096
_GROWTH = 16
"""An open item, table or quote longer than that is drawn again when it grew by a sixteenth: its cost stays linear."""

_STABLE_AFTER = 300
_STABLE_AT_MOST = 3_000


class MarkdownStream:
    """The rows of one growing answer at one width. `rows` is valid after `commit`."""

    def __init__(self, width: int, *, wraps_code: bool = True) -> None:
        self.rows: list[Row] = []
        self._width = width
        self._wraps_code = wraps_code
        self._text = ""
        self._pieces: list[str] = []
        self._scanner = Scanner()
        self._next_line = 0
        self._frozen = 0
        self._tail: _OpenFence | _OpenParagraph | _OpenFlood | None = None
        self._next_draw = 0

    @property
    def text(self) -> str:
        return self._text + "".join(self._pieces)

    @property
    def is_behind(self) -> bool:
        """Whether fed text waits for another commit."""
        return bool(self._pieces)

    @property
    def border(self) -> int | None:
        """Where the answer may go on in a new block, once it is long enough."""
        construct = self._scanner.open
        if construct is None or construct.start < SECTION or construct.gap != 1 or construct.continues_list:
            return None
        return construct.start

    def feed(self, text: str) -> None:
        self._pieces.append(text)

    def commit(self) -> int:
        """Draw what was fed, at most COMMIT_LIMIT characters of it. Returns the first row that changed."""
        fed = "".join(self._pieces)
        self._text += fed[:COMMIT_LIMIT]
        self._pieces = [fed[COMMIT_LIMIT:]] if len(fed) > COMMIT_LIMIT else []
        first = len(self.rows)
        while (end := self._text.find("\n", self._next_line)) >= 0:
            for construct in self._scanner.line(self._text[self._next_line : end], self._next_line):
                first = min(first, self._freeze(construct))
            self._next_line = end + 1
            if self.border is not None:
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
        return min(first, self._put(0, render(self._text, self._width, wraps_code=self._wraps_code)))

    def drop_open(self) -> None:
        """Forget the rows of the open construct: it goes on in another block."""
        self._put(self._frozen, [])

    # ── inside ───────────────────────────────────────────────────────────────

    def _freeze(self, construct: Construct) -> int:
        if isinstance(self._tail, _OpenFlood) and self._tail.start == construct.start:
            first = self._draw_flood(construct, "")
        else:
            rows = render_construct(self._text, construct, self._width, wraps_code=self._wraps_code)
            first = self._put(self._frozen, self._gap(construct) + rows if rows else [])
        self._frozen = len(self.rows)
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
        rows = [cut(runs, low, high) for low, high in spans[:-1]]
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
            pieces = self._highlighter.line(line) if stop - self.start < PLAIN_LIMIT else [(line, "")]
            rows += code_rows(pieces, self._width, self._next, wraps=self._wraps)
            self._next = stop + 1
        self._done += len(rows)
        if partial.strip("`~ "):
            rows += code_rows([(partial, "")], self._width, self._next, wraps=self._wraps)
        rows.append(code_foot(self._width))
        return kept, rows


class _OpenFlood:
    """The rows of what is too long to be read as Markdown: its lines as they were written, each drawn once."""

    def __init__(self, start: int, width: int) -> None:
        self.start = start
        self._width = width
        self._next = start
        self._done = 0

    def draw(self, text: str, end: int, partial: str) -> tuple[int, list[Row]]:
        """`end` is where the last whole line ended. Returns how many rows stay as they are, and the rows after them."""
        kept = self._done
        rows: list[Row] = [] if kept else [flood_head(self._width)]
        if self._next <= end:
            rows += plain(text[self._next : end], self._width, self._next)
            self._next = end + 1
        self._done += len(rows)
        if partial:
            rows += plain(partial, self._width, len(text) - len(partial))
        return kept, rows
