"""Markdown to rows, by the syntax tree of a CommonMark parser. Pure: text and a width in, rows out.

Nothing is fetched, nothing is opened; a link shows where it leads when that differs from its text (T5).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from tui.transcript.code import Highlighter, language_of
from tui.transcript.code_block import code_foot, code_head, code_rows
from tui.transcript.rows import BLANK, MEASURE, Ink, Row, Run, prefixed, wrap
from tui.transcript.scanner import Construct, Kind, constructs
from tui.transcript.table import table_rows
from tui.transcript.written import flood, is_flood

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_BULLETS = ("•", "◦", "▪")
_TASK = re.compile(r"\[([ xX])\][ \t]")
_PLAIN_TEXT = re.compile(r"[^\\`*_\[\]<>&!~\n]*")


def render(text: str, width: int, *, number: int | None = None, wraps_code: bool = True) -> list[Row]:
    """A whole Markdown text, each construct parsed alone. Without `wraps_code` a line of code is one row, cut.

    `number` is that of the item it begins with, where it goes on with a list.
    """
    references: dict[str, Any] = {}
    found = constructs(text, number)
    if "]:" in text:
        for construct in found:
            source = text[construct.start : construct.end]
            if construct.kind == "paragraph" and not is_flood(source, "paragraph"):
                _parser().parse(source, references)
    rows: list[Row] = []
    for construct in found:
        piece = render_construct(text, construct, width, references, wraps_code=wraps_code)
        if piece and rows:
            rows += [BLANK] * construct.gap
        rows += piece
    return rows


def render_construct(
    text: str,
    construct: Construct,
    width: int,
    references: dict[str, Any] | None = None,
    *,
    wraps_code: bool = True,
) -> list[Row]:
    """One construct of `text`, without its gap."""
    source = text[construct.start : construct.end]
    if is_flood(source, construct.kind):
        return flood(source, width, construct.start)
    return render_source(
        source, construct.start, construct.kind, width, construct.number, references, wraps_code=wraps_code
    )


def render_source(
    source: str,
    at: int,
    kind: Kind,
    width: int,
    number: int | None = None,
    references: dict[str, Any] | None = None,
    *,
    wraps_code: bool = True,
) -> list[Row]:
    """Markdown that begins at position `at` of its block. `number` is that of its first list item."""
    if kind == "paragraph" and _PLAIN_TEXT.fullmatch(source):
        return wrap([Run(source.strip(), "", at + len(source) - len(source.lstrip()))], min(width, MEASURE))
    tokens = _parser().parse(source, references if references is not None else {})
    return _Drawing(source, at, number, wraps_code=wraps_code).blocks(tokens, width)


def inline(source: str, at: int) -> list[Run]:
    """Inline markup alone, as the open end of a paragraph has it."""
    if _PLAIN_TEXT.fullmatch(source):
        return [Run(source, "", at)]
    children = _parser().parseInline(source)[0].children or []
    return _Drawing(source, at, None).inlines(children)


def load() -> None:
    """Import what reads Markdown and colours code, in whatever thread this is: with the first answer it would take
    70 ms of the screen's own."""
    inline("*a*", 0)
    Highlighter("python")


@lru_cache(1)
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"maxNesting": 12}).enable(["table", "strikethrough"])


class _Drawing:
    """Turns the tokens of one piece of source into rows, finding each text again in the source as it goes."""

    def __init__(self, source: str, at: int, number: int | None, *, wraps_code: bool = True) -> None:
        self._source = source
        self._at = at
        self._cursor = 0
        self._number = number
        self._wraps_code = wraps_code
        self._depth = 0

    # ── blocks ───────────────────────────────────────────────────────────────

    def blocks(self, tokens: list[Token], width: int, *, tight: bool = False) -> list[Row]:
        rows: list[Row] = []
        index = 0
        while index < len(tokens):
            end = _end_of(tokens, index)
            piece = self._block(tokens[index : end + 1], max(4, width))
            if rows and piece and not tight:
                rows.append(BLANK)
            rows += piece
            index = end + 1
        return rows

    def _block(self, tokens: list[Token], width: int) -> list[Row]:
        head = tokens[0]
        prose = min(width, MEASURE)
        match head.type:
            case "heading_open":
                return wrap(self._inline_of(tokens[1], f"heading {head.tag}"), prose)
            case "paragraph_open":
                return wrap(self._inline_of(tokens[1]), prose)
            case "inline":
                return wrap(self._inline_of(head), prose)
            case "bullet_list_open" | "ordered_list_open":
                return self._list(tokens, width)
            case "blockquote_open":
                rows = self.blocks(tokens[1:-1], width - 2)
                bar = (Run("▎ ", "quote-bar"),)
                return [tuple(_quoted(run) for run in row) for row in prefixed(rows, bar, bar)]
            case "fence" | "code_block":
                return self._code(head, width)
            case "table_open":
                return self._table(tokens, width)
            case "hr":
                return [(Run("─" * prose, "rule"),)]
            case "html_block":
                return wrap([self._found(head.content.rstrip("\n"), "html")], prose)
            case _:
                return []

    def _list(self, tokens: list[Token], width: int) -> list[Row]:
        items = list(_children(tokens))
        is_ordered = tokens[0].type == "ordered_list_open"
        first = int(tokens[0].attrGet("start") or 1) if tokens[0].attrGet("start") != 0 else 0
        if self._depth == 0 and self._number is not None:
            first = self._number
        marker_width = len(str(first + len(items) - 1)) + 2 if is_ordered else 2
        is_tight = all(
            token.hidden
            for item in items
            for token in item
            if token.type == "paragraph_open" and token.level == tokens[0].level + 2
        )
        rows: list[Row] = []
        for offset, item in enumerate(items):
            marker = f"{first + offset}. ".rjust(marker_width) if is_ordered else _BULLETS[min(self._depth, 2)] + " "
            self._depth += 1
            body = self.blocks(item[1:-1], width - marker_width, tight=is_tight)
            self._depth -= 1
            body, marker = _with_checkbox(body, marker)
            if rows and not is_tight:
                rows.append(BLANK)
            indent = (Run(" " * len(marker)),)
            rows += prefixed(body or [BLANK], (Run(marker, "bullet"),), indent)
        return rows

    def _code(self, token: Token, width: int) -> list[Row]:
        code = token.content.removesuffix("\n")
        highlighter = Highlighter(language_of(token.info))
        rows = [code_head(language_of(token.info), width)]
        for pieces in highlighter.whole(code):
            line = "".join(text for text, _ in pieces)
            rows += code_rows(pieces, width, self._find(line), wraps=self._wraps_code)
        rows.append(code_foot(width))
        return rows

    def _table(self, tokens: list[Token], width: int) -> list[Row]:
        lines: list[list[list[Run]]] = []
        aligns: list[str] = []
        for token in tokens:
            if token.type == "tr_open":
                lines.append([])
            elif token.type in ("th_open", "td_open"):
                if token.type == "th_open":
                    aligns.append(str(token.attrGet("style") or "")[len("text-align:") :])
                lines[-1].append([])
            elif token.type == "inline" and lines:
                ink = "table-head" if len(lines) == 1 else ""
                lines[-1][-1] = self._inline_of(token, ink)
        return table_rows(lines, aligns, width)

    # ── inline ───────────────────────────────────────────────────────────────

    def _inline_of(self, token: Token, ink: Ink = "") -> list[Run]:
        return self.inlines(token.children or [], ink)

    def inlines(self, tokens: list[Token], ink: Ink = "") -> list[Run]:
        runs: list[Run] = []
        inks = [ink] if ink else []
        links: list[tuple[str, int]] = []
        for token in tokens:
            match token.type:
                case "text" | "html_inline" | "text_special":
                    if token.content:
                        runs.append(self._found(token.content, " ".join(inks)))
                case "code_inline":
                    runs.append(self._found(token.content, " ".join((*inks, "code"))))
                case "softbreak":
                    runs.append(Run(" ", " ".join(inks)))
                case "hardbreak":
                    runs.append(Run("\n", " ".join(inks)))
                case "strong_open" | "em_open" | "s_open":
                    inks.append({"strong_open": "strong", "em_open": "em", "s_open": "strike"}[token.type])
                case "strong_close" | "em_close" | "s_close":
                    inks.pop()
                case "link_open":
                    links.append((str(token.attrGet("href") or ""), len(runs)))
                    inks.append("link")
                case "link_close":
                    inks.pop()
                    target, begin = links.pop()
                    runs += _target("".join(run.text for run in runs[begin:]), target)
                case "image":
                    alt = token.content or "image"
                    runs.append(self._found(alt, " ".join((*inks, "link"))))
                    runs += _target("", str(token.attrGet("src") or ""))
                case _:
                    pass
        return runs

    def _found(self, text: str, ink: Ink) -> Run:
        return Run(text.expandtabs(4), ink, self._find(text) if "\t" not in text else -1)

    def _find(self, text: str) -> int:
        """The position of `text` in the block, looked for a little way on from the last one; -1 when not as written."""
        if not text:
            return -1
        place = self._source.find(text, self._cursor, self._cursor + len(text) + 400)
        if place < 0:
            return -1
        self._cursor = place + len(text)
        return self._at + place


def _target(text: str, target: str) -> list[Run]:
    """Where a link leads, when its text does not say so."""
    from urllib.parse import unquote

    from tui.text import clean_line

    shown = clean_line(unquote(target)) if target.isascii() else clean_line(target)
    if not shown or text.strip() in (target, shown, target.removeprefix("mailto:")):
        return []
    return [Run(f" ({clean_line(target)})", "url")]


def _quoted(run: Run) -> Run:
    return run if run.ink == "quote-bar" or "code-block" in run.ink else run._replace(ink=f"quote {run.ink}".rstrip())


def _with_checkbox(rows: list[Row], marker: str) -> tuple[list[Row], str]:
    """A task's `[ ]` takes the place of the bullet."""
    if not rows or not rows[0] or not (match := _TASK.match(rows[0][0].text)):
        return rows, marker
    first, *others = rows[0]
    rest = Run(first.text[match.end() :], first.ink, first.at + match.end() if first.at >= 0 else -1)
    box = "☐ " if match[1] == " " else "☑ "
    return [(rest, *others), *rows[1:]], marker[: -len("• ")] + box if marker.endswith(
        ("• ", "◦ ", "▪ ")
    ) else marker + box


def _end_of(tokens: list[Token], index: int) -> int:
    if tokens[index].nesting != 1:
        return index
    level = tokens[index].level
    return next(i for i in range(index + 1, len(tokens)) if tokens[i].level == level and tokens[i].nesting == -1)


def _children(tokens: list[Token]) -> list[list[Token]]:
    """The direct children of the element that `tokens` open and close."""
    found: list[list[Token]] = []
    index = 1
    while index < len(tokens) - 1:
        end = _end_of(tokens, index)
        found.append(tokens[index : end + 1])
        index = end + 1
    return found
