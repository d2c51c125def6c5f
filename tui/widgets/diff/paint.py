"""Rows to strips: gutter, signs, code in colour, marks. Colours come in as a palette; nothing is kept.

The door of this widget for file text: every piece goes through `tui.text.clean`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from agent.edits.proposal import FileChange, Verdict
from backends.frozen import frozen
from tui.text import clean, ellipsis
from tui.widgets.diff.content import TAB
from tui.widgets.diff.draft import HunkDraft
from tui.widgets.diff.model import LONG_LINE, FileDiff, Side
from tui.widgets.diff.rows import NONE, Row

COMPONENTS = frozenset(
    f"diff--{name}"
    for name in (
        "text number added removed added-sign removed-sign added-word removed-word dropped absent match found "
        "invisible end overflow fold note header header-current rule rule-current bar bar-current "
        "undecided accepted rejected button button-chosen "
        "keyword string comment number-literal name type operator"
    ).split()
)
"""Component classes of the diff view; its styles give each one a colour from the theme."""

MARKS: Mapping[Verdict | None, tuple[str, str]] = {
    None: ("●", "undecided"),
    "accept": ("✓", "accepted"),
    "reject": ("✗", "rejected"),
}
"""A decision's sign and its word."""

_ROLE_STYLES = {"number": "number-literal"}


class Layer(NamedTuple):
    """A style over the characters `start` to `end` of a line."""

    start: int
    end: int
    style: Style


@frozen
class Painter:
    """Draws rows of one file at one size. `scroll` is in cells, for the code alone; the gutter stays."""

    diff: FileDiff
    palette: Mapping[str, Style]
    width: int
    side_by_side: bool
    current: int = NONE
    scroll: int = 0
    query: str = ""
    found: Row | None = None

    def strip(self, row: Row) -> Strip:
        match row.kind:
            case "header":
                return self._header(row)
            case "fold":
                return self._fold(row)
            case "note":
                return self._note(row)
            case "context" | "removed" | "added" | "changed":
                return self._code_row(row)

    @property
    def code_width(self) -> int:
        """Cells for the code of a unified row, or of the left side."""
        numbers = self.diff.number_width
        return max(1, (self.width - 2) // 2 - numbers - 3 if self.side_by_side else self.width - 2 * numbers - 5)

    def _half_width(self, side: Side) -> int:
        """Cells for the code of one side; the right one takes an odd cell."""
        return self.code_width + ((self.width - 2) % 2 if side == "after" else 0)

    # ── rows of code ─────────────────────────────────────────────────────────

    def _code_row(self, row: Row) -> Strip:
        segments = [self._bar(row)]
        if self.side_by_side:
            segments += [*self._half("before", row), Segment("│", self.palette["rule"]), *self._half("after", row)]
        else:
            segments += self._unified(row)
        return Strip(segments).adjust_cell_length(self.width, self.palette["text"])

    def _unified(self, row: Row) -> Iterator[Segment]:
        side: Side = "before" if row.kind == "removed" else "after"
        base, sign = self._base(side, row)
        width = self.diff.number_width
        yield Segment(f"{_number(row.before, width)} {_number(row.after, width)} ", base + self.palette["number"])
        yield Segment(f"{sign} ", base + self._sign_style(sign))
        yield from self._code(side, row, base, self.code_width)

    def _half(self, side: Side, row: Row) -> Iterator[Segment]:
        line = row.before if side == "before" else row.after
        width = self.diff.number_width
        if line == NONE:
            yield Segment(" " * (width + 3 + self._half_width(side)), self.palette["absent"])
            return
        base, sign = self._base(side, row)
        yield Segment(f"{_number(line, width)} ", base + self.palette["number"])
        yield Segment(f"{sign} ", base + self._sign_style(sign))
        yield from self._code(side, row, base, self._half_width(side))

    def _base(self, side: Side, row: Row) -> tuple[Style, str]:
        if row.kind == "context":
            return self.palette["text"], " "
        sign, name = ("−", "removed") if side == "before" else ("+", "added")
        is_dropped = self.diff.draft.hunks[row.hunk].verdict == "reject"
        return self.palette["dropped" if is_dropped else name], sign

    def _sign_style(self, sign: str) -> Style:
        if sign == " ":
            return Style.null()
        return _foreground(self.palette["added-sign" if sign == "+" else "removed-sign"])

    def _code(self, side: Side, row: Row, base: Style, width: int) -> Iterator[Segment]:
        line = row.before if side == "before" else row.after
        text = self.diff.line(side, line)
        scroll, unseen = self.scroll, 0
        if len(text) > LONG_LINE:  # drawn by the piece, and scrolled by characters instead of cells
            text, unseen, scroll = text[scroll : scroll + width], max(0, len(text) - scroll - width), 0
        segments = list(painted(text, list(self._layers(side, row, line, text)), base, self.palette["invisible"]))
        if (end := self.diff.line_end(side, row)) and not unseen:
            segments.append(Segment(f" {end}", base + self.palette["end"]))
        strip = Strip(segments)
        hidden = unseen + strip.cell_length - scroll - width
        label = _overflow(hidden, width) if hidden > 0 else ""
        shown = strip.crop(scroll, scroll + width - cell_len(label))
        yield from shown.adjust_cell_length(width - cell_len(label), base)
        if label:
            yield Segment(label, self.palette["overflow"])

    def _layers(self, side: Side, row: Row, line: int, text: str) -> Iterator[Layer]:
        is_changed = row.kind != "context"
        is_dropped = is_changed and self.diff.draft.hunks[row.hunk].verdict == "reject"
        if not is_dropped and len(self.diff.line(side, line)) <= LONG_LINE:
            for start, end, role in self.diff.roles(side, line):
                yield Layer(start, end, _foreground(self.palette[_ROLE_STYLES.get(role, role)]))
            if is_changed:
                word = self.palette["added-word" if side == "after" else "removed-word"]
                for start, end in self.diff.words(side, row):
                    yield Layer(start, end, word)
        if self.query:
            style = self.palette["found" if row == self.found else "match"]
            for start in occurrences(text, self.query):
                yield Layer(start, start + len(self.query), style)

    # ── rows of words ────────────────────────────────────────────────────────

    def _header(self, row: Row) -> Strip:
        hunk = self.diff.draft.hunks[row.hunk]
        is_current = row.hunk == self.current
        name = "header-current" if is_current else "header"
        mark, word = MARKS[hunk.verdict]
        left = [
            self._bar(row),
            Segment(f"{mark} ", self._verdict_style(hunk)),
            Segment(f"{row.hunk + 1} of {len(self.diff.draft.hunks)} ", self.palette[name]),
            *self._size(row, hunk),
            *([Segment(f"  {word}", self._verdict_style(hunk))] if hunk.verdict else []),
            *([Segment("  edited", self.palette["note"])] if hunk.edited is not None else []),
            Segment(" ", self.palette["text"]),
        ]
        buttons: tuple[Verdict, ...] = ("accept", "reject") if self.diff.can_decide else ()
        right = [self._button(verdict, row.hunk, hunk) for verdict in buttons]
        used = Segment.get_line_length(left) + Segment.get_line_length(right)
        rule = Segment("─" * max(0, self.width - used), self.palette["rule-current" if is_current else "rule"])
        return Strip([*left, rule, *right]).adjust_cell_length(self.width, self.palette["text"])

    def _size(self, row: Row, hunk: HunkDraft) -> Iterator[Segment]:
        change = self.diff.change
        if not change.hunks:
            yield Segment(f"  {without_hunks(change)}", self.palette["text"])
            return
        added = change.hunks[row.hunk].added if hunk.edited is None else len(hunk.edited)
        if added:
            yield Segment(f" +{added}", self.palette["added-sign"])
        if removed := change.hunks[row.hunk].removed:
            yield Segment(f" −{removed}", self.palette["removed-sign"])

    def _button(self, verdict: Verdict, number: int, hunk: HunkDraft) -> Segment:
        style = self.palette["button-chosen" if hunk.verdict == verdict else "button"]
        meta = Style(meta={"hunk": number, "verdict": verdict})
        return Segment(f" {MARKS[verdict][0]} {verdict} ", style + meta)

    def _fold(self, row: Row) -> Strip:
        sign = "▾" if row.hunk in self.diff.opened else "⋯"
        indent = " " * (self.diff.number_width - 1)
        text = f" {indent}{sign} {row.part:,} unchanged lines"
        style = self.palette["fold"] + Style(meta={"fold": row.hunk})
        return Strip([Segment(text, style)]).adjust_cell_length(self.width, style)

    def _note(self, row: Row) -> Strip:
        lines = self.diff.draft.hunks[row.hunk].comment.splitlines()
        sign = "✎" if row.part == 0 else " "
        room = max(1, self.width - self.diff.number_width - 3)
        text = f"{sign:>{self.diff.number_width}} {ellipsis(lines[row.part], room)}"
        return Strip([self._bar(row), Segment(text, self.palette["note"])]).adjust_cell_length(
            self.width, self.palette["note"]
        )

    def _bar(self, row: Row) -> Segment:
        if row.hunk == NONE:
            return Segment(" ", self.palette["text"])
        if row.hunk == self.current:
            return Segment("▌", self.palette["bar-current"])
        return Segment("▏", self._verdict_style(self.diff.draft.hunks[row.hunk]))

    def _verdict_style(self, hunk: HunkDraft) -> Style:
        return self.palette[MARKS[hunk.verdict][1]]


def without_hunks(change: FileChange) -> str:
    """What happens to a file whose text stays as it is."""
    match change.operation:
        case "create":
            return "creates an empty file"
        case "delete":
            return "deletes an empty file"
        case "move":
            return "moves, text unchanged"
        case "edit":
            return "changes nothing"


def occurrences(text: str, query: str) -> Iterator[int]:
    """Where `query` is in `text`; a query in small letters finds capitals too."""
    if query == query.lower() and len(text.lower()) == len(text):
        text = text.lower()
    start = text.find(query)
    while start >= 0:
        yield start
        start = text.find(query, start + len(query))


def painted(text: str, layers: Sequence[Layer], base: Style, invisible: Style) -> Iterator[Segment]:
    """A raw line as clean segments: later layers lie over earlier ones, tabs become spaces, the invisible is marked."""
    cuts = sorted({0, len(text), *(cut for layer in layers for cut in layer[:2] if cut < len(text))})
    styles = [base] * (len(cuts) - 1)
    for layer in layers:
        for place in range(bisect_left(cuts, layer.start), min(bisect_left(cuts, layer.end), len(styles))):
            styles[place] += layer.style
    column = 0
    for start, end, style in zip(cuts, cuts[1:], styles, strict=False):
        for piece, is_marked in _pieces(text[start:end]):
            shown = piece
            if "\t" in piece:
                shown = (" " * (column % TAB) + piece).expandtabs(TAB)[column % TAB :]
            column += cell_len(shown)
            yield Segment(shown, style + invisible if is_marked else style)


def _pieces(text: str) -> Iterator[tuple[str, bool]]:
    """Clean pieces of a line, and whether each stands for something that could not be seen."""
    shown = clean(text)
    if shown == text:
        yield text, False
        return
    for character in text:
        mark = clean(character)
        yield mark, mark != character


def _number(line: int, width: int) -> str:
    return f"{line + 1:>{width}}" if line != NONE else " " * width


def _overflow(hidden: int, width: int) -> str:
    """How many cells lie to the right, the label's own cells included."""
    unit = " columns" if width >= 50 else ""
    label = f" +{hidden}{unit} → "
    return f" +{hidden + cell_len(label)}{unit} → "


def _foreground(style: Style) -> Style:
    return Style(color=style.color, bold=style.bold, italic=style.italic)
