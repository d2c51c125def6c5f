"""Finds the top-level constructs of Markdown line by line, so that each is parsed once, alone, when it is whole.

The borders are those of CommonMark; a list is cut at its items. Knows nothing of inline markup, widths or styles.
"""

from __future__ import annotations

import re
from copy import copy
from dataclasses import dataclass
from typing import Literal

Kind = Literal["paragraph", "heading", "rule", "fence", "indented", "item", "quote", "table", "html"]

_FENCE = re.compile(r" {0,3}(`{3,})([^`]*)$| {0,3}(~{3,})(.*)$")
_HEADING = re.compile(r" {0,3}#{1,6}(?:[ \t]|$)")
_RULE = re.compile(r" {0,3}(?:(?:-[ \t]*){3,}|(?:_[ \t]*){3,}|(?:\*[ \t]*){3,})$")
_SETEXT = re.compile(r" {0,3}(?:=+|-+)[ \t]*$")
_MARKER = re.compile(r"( {0,3})([-+*]|(\d{1,9})[.)])(?:([ \t]+)|$)")
_QUOTE = re.compile(r" {0,3}>")
_DELIMITERS = re.compile(r" {0,3}\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
_HTML_UNTIL = (
    (
        re.compile(r" {0,3}<(?:script|pre|style|textarea)(?:\s|>|$)", re.IGNORECASE),
        re.compile(r"</(?:script|pre|style|textarea)>", re.IGNORECASE),
    ),
    (re.compile(r" {0,3}<!--"), re.compile(r"-->")),
    (re.compile(r" {0,3}<\?"), re.compile(r"\?>")),
    (re.compile(r" {0,3}<![A-Za-z]"), re.compile(r">")),
    (re.compile(r" {0,3}<!\[CDATA\["), re.compile(r"\]\]>")),
)
_HTML_BLOCK = re.compile(
    r" {0,3}</?(?:address|article|aside|base|basefont|blockquote|body|caption|center|col|colgroup|dd|details|dialog|"
    r"dir|div|dl|dt|fieldset|figcaption|figure|footer|form|frame|frameset|h[1-6]|head|header|hr|html|iframe|legend|li|link|"
    r"main|menu|menuitem|nav|noframes|ol|optgroup|option|p|param|search|section|summary|table|tbody|td|tfoot|th|thead|"
    r"title|tr|track|ul)(?:\s|/?>|$)",
    re.IGNORECASE,
)
_HTML_TAG = re.compile(
    r" {0,3}(?:<[A-Za-z][A-Za-z0-9-]*(?:\s+[A-Za-z_:][\w.:-]*(?:\s*=\s*(?:[^\"'=<>`\s]+|'[^']*'|\"[^\"]*\"))?)*\s*/?>"
    r"|</[A-Za-z][A-Za-z0-9-]*\s*>)\s*$"
)


@dataclass(slots=True)
class Construct:
    """A top-level piece of Markdown. `start` and `end` are character positions; `end` grows while it is open.

    `number` is that of an ordered item, counted from the list's first; `gap` the blank rows above it.
    """

    kind: Kind
    start: int
    end: int
    gap: int = 1
    number: int | None = None
    continues_list: bool = False
    fence: str = ""
    info: str = ""


class Scanner:
    """Eats whole lines with `line`; what ended is returned, what may still grow is `open`.

    `number` is that of the ordered item the text begins with, where it goes on with a list.
    """

    def __init__(self, number: int | None = None) -> None:
        self._number = number
        self.open: Construct | None = None
        self.has_definitions = False
        self._first_line = ""
        self._last_line = ""  # of the open construct, to know a table's head and lazy continuation
        self._last_start = 0
        self._lines = 0
        self._blank_before = False
        self._content_indent = 0
        self._inner_fence = ""
        self._html_end: re.Pattern[str] | None = None
        self._list: tuple[str, int] | None = None  # marker kind and number of the last item
        self._any = False

    def line(self, text: str, start: int) -> list[Construct]:
        """One line without its line end, beginning at position `start`. Returns the constructs it ends."""
        done: list[Construct] = []
        line = text.expandtabs(4) if "\t" in text else text
        end = start + len(text)
        blank = not line.strip()
        if self.open is not None and not self._continues(line, start, blank, done):
            done.append(self._close())
        if self.open is None:
            if blank:
                self._blank_before = True
            else:
                self._begin(line, start, end, done)
        else:
            if not blank or self.open.kind == "fence":
                self.open.end = end
            self._note(line, start, blank)
        if self.open is not None and self._is_complete(line):
            done.append(self._close())
        return done

    def finish(self) -> list[Construct]:
        """The text ended."""
        return [self._close()] if self.open is not None else []

    def peek(self, text: str, start: int) -> Construct:
        """The construct that a line would begin, where none is open; nothing is changed."""
        ahead = copy(self)
        done = ahead.line(text, start)
        return ahead.open or done[-1]

    # ── one line ─────────────────────────────────────────────────────────────

    def _continues(self, line: str, start: int, blank: bool, done: list[Construct]) -> bool:
        construct = self.open
        assert construct is not None
        match construct.kind:
            case "fence":
                return True
            case "html":
                return self._html_end is not None or not blank
            case "indented":
                return blank or line.startswith("    ")
            case "paragraph":
                return not blank and self._continues_paragraph(line, start, done)
            case "table":
                return not blank and not line.startswith("    ") and not interrupts(line, is_lazy=True)
            case "quote":
                return not blank and (bool(_QUOTE.match(line)) or self._is_lazy(line))
            case "item":
                return self._continues_item(line, blank)
            case "heading" | "rule":
                return False

    def _continues_paragraph(self, line: str, start: int, done: list[Construct]) -> bool:
        construct = self.open
        assert construct is not None
        if _heads_table(self._last_line, line) and (_SETEXT.match(line) or not interrupts(line)):
            return self._begin_table(done)
        if _SETEXT.match(line):
            construct.kind = "heading"
            return True
        return not interrupts(line)

    def _begin_table(self, done: list[Construct]) -> bool:
        """The paragraph's last line turns out to be the head of a table."""
        construct = self.open
        assert construct is not None
        if self._last_start > construct.start:
            head_end = construct.end
            construct.end = self._last_start - 1
            done.append(construct)
            construct = self.open = Construct("table", self._last_start, head_end)
        construct.kind = "table"
        return True

    def _continues_item(self, line: str, blank: bool) -> bool:
        if blank:
            return not (self._lines == 1 and not self._has_content())
        indent = len(line) - len(line.lstrip(" "))
        if indent >= self._content_indent:
            return True
        if self._blank_before or self._inner_fence:
            return False
        return self._is_lazy(line)

    def _has_content(self) -> bool:
        match = _MARKER.match(self._first_line)
        return match is not None and bool(self._first_line[match.end() :].strip())

    def _is_lazy(self, line: str) -> bool:
        """Paragraph text may go on without its indent or `>`."""
        inner = self._last_line
        while (match := _QUOTE.match(inner)) or (match := _MARKER.match(inner)):
            inner = inner[match.end() :].lstrip(" ")
        is_paragraph = bool(inner.strip()) and not interrupts(inner) and not self._inner_fence
        return is_paragraph and not interrupts(line, is_lazy=True)

    def _note(self, line: str, start: int, blank: bool) -> None:
        construct = self.open
        assert construct is not None
        self._lines += 1
        self._blank_before = blank
        if construct.kind == "item":
            self._track_inner_fence(line[min(len(line), self._content_indent) :] if self._lines > 1 else line)
        self._last_line, self._last_start = line, start

    def _track_inner_fence(self, line: str) -> None:
        match = _FENCE.match(line.strip())
        if not match:
            return
        mark = match[1] or match[3]
        if not self._inner_fence:
            self._inner_fence = mark
        elif (
            mark[0] == self._inner_fence[0]
            and len(mark) >= len(self._inner_fence)
            and not (match[2] or match[4] or "").strip()
        ):
            self._inner_fence = ""

    def _begin(self, line: str, start: int, end: int, done: list[Construct]) -> None:
        construct = Construct("paragraph", start, end)
        item = None
        if line.startswith("    "):
            construct.kind = "indented"
        elif match := _FENCE.match(line):
            construct.kind, construct.fence = "fence", match[1] or match[3]
            construct.info = (match[2] or match[4] or "").strip()
        elif _HEADING.match(line):
            construct.kind = "heading"
        elif _RULE.match(line):
            construct.kind = "rule"
        elif item := _MARKER.match(line):
            self._begin_item(construct, item)
        elif _QUOTE.match(line):
            construct.kind = "quote"
        elif html := _html_start(line, in_paragraph=False):
            construct.kind = "html"
            self._html_end = html[0]
        elif line.lstrip(" ").startswith("[") and "]:" in line:
            self.has_definitions = True
        if item is None:
            self._list = None
        if not self._any:
            construct.gap = 0
        self._any = True
        self.open = construct
        self._first_line, self._last_line, self._last_start, self._lines = line, line, start, 1
        self._blank_before = False
        self._inner_fence = ""
        if item is not None:
            self._track_inner_fence(line[item.end() :])

    def _begin_item(self, construct: Construct, match: re.Match[str]) -> None:
        construct.kind = "item"
        marker, digits, space = match[2], match[3], match[4] or ""
        sort = marker if digits is None else marker[-1]
        if self._list is not None and self._list[0] == sort:
            construct.continues_list = True
            number = self._list[1] + 1
            construct.gap = 1 if self._blank_before else 0
        else:
            number = int(digits) if digits else 0
            if self._number is not None and not self._any:
                number = self._number
        construct.number = number if digits else None
        self._list = (sort, number)
        width = len(space) if 1 <= len(space) <= 4 and match.end() < len(match.string) else 1
        self._content_indent = len(match[1]) + len(marker) + width

    def _is_complete(self, line: str) -> bool:
        construct = self.open
        assert construct is not None
        match construct.kind:
            case "heading" | "rule":
                return True
            case "fence":
                return self._lines > 1 and closes_fence(line, construct.fence)
            case "html":
                return self._html_end is not None and bool(self._html_end.search(line))
            case _:
                return False

    def _close(self) -> Construct:
        construct = self.open
        assert construct is not None
        self.open = None
        self._html_end = None
        return construct


def constructs(text: str, number: int | None = None) -> list[Construct]:
    """All constructs of a whole text; `number` as in `Scanner`."""
    scanner = Scanner(number)
    found: list[Construct] = []
    position = 0
    for line in text.split("\n"):
        found += scanner.line(line, position)
        position += len(line) + 1
    return found + scanner.finish()


def interrupts(line: str, *, is_lazy: bool = False) -> bool:
    """Whether a line ends a paragraph by beginning something else.

    Where it could only go on lazily, without the indent or mark of what the paragraph stands in, any list item does.
    """
    if line.startswith("    "):
        return False
    if _FENCE.match(line) or _HEADING.match(line) or _RULE.match(line) or _QUOTE.match(line):
        return True
    if marker := _MARKER.match(line):
        return is_lazy or (marker.end() < len(line) and (marker[3] is None or int(marker[3]) == 1))
    return _html_start(line, in_paragraph=True) is not None


def closes_fence(line: str, fence: str) -> bool:
    stripped = line.strip(" \t")
    return len(stripped) >= len(fence) and set(stripped) == {fence[0]} and not line.startswith("    ")


def _html_start(line: str, *, in_paragraph: bool) -> tuple[re.Pattern[str] | None] | None:
    """What ends the HTML block that begins here (None inside: a blank line), or None when none begins."""
    if "<" not in line[:4]:
        return None
    for begin, end in _HTML_UNTIL:
        if begin.match(line):
            return (end,)
    if _HTML_BLOCK.match(line) or (not in_paragraph and _HTML_TAG.match(line)):
        return (None,)
    return None


def _heads_table(head: str, delimiters: str) -> bool:
    """Whether a line of delimiters makes the line above it the head of a table."""
    if "|" not in head or len(delimiters.strip()) < 2 or not _DELIMITERS.match(delimiters):
        return False
    return _columns(head) == _columns(delimiters)


def _columns(line: str) -> int:
    cells = line.strip().replace("\\|", "").removeprefix("|")
    return cells.removesuffix("|").count("|") + 1 if cells else 0
