"""The only door for outside text to the screen: what could act on the terminal, or hide, becomes visible.

Cleaning works character by character, so that a sequence split over two chunks changes nothing. Knows no widget.
"""

from __future__ import annotations

import re

from rich.cells import cell_len, split_graphemes
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

_CONTROLS = "\x00-\x08\x0b-\x1f\x7f-\x9f"
_INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5"  # soft hyphen, joiner, Arabic letter mark, Hangul and Khmer fillers
    "\u180b-\u180f\u200b-\u200f\u2028-\u202e"  # Mongolian selectors, zero-width, marks, separators, embeddings
    "\u2060-\u206f\u3164\ufe00-\ufe0d\ufeff\uffa0\ufff0-\ufffb"  # isolates, fillers, selectors, byte order mark
    "\U000110bd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"  # hieroglyph, shorthand, music controls
    "\U000e0000-\U000e0fff"  # tags and the selectors that smuggle bytes
    "\ud800-\udfff"  # lone surrogates cannot be written to a terminal at all
)
_FORBIDDEN = re.compile(f"[{_CONTROLS}{_INVISIBLE}]")
_FORBIDDEN_IN_LINE = re.compile(f"[\t\n{_CONTROLS}{_INVISIBLE}]")
_CONTROL_BYTES = bytes((*range(9), *range(11, 32), 127))
_HIDDEN = re.compile(f"[{_INVISIBLE}\r\x80-\x9f]")


def _symbol(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    return f"⟨U+{code:04X}⟩"


def clean(text: str) -> str:
    """Text safe to show, tabs and newlines kept.

    Control characters become their symbol (`␛`), C1 controls, bidi controls, zero-width, tag and other invisible
    characters their marked code point (`⟨U+202E⟩`). A joined emoji shows its joiners: keeping them would make the
    result depend on where a stream was cut. The emoji presentation selectors U+FE0E and U+FE0F stay.
    Idempotent, and `clean(a) + clean(b) == clean(a + b)`.
    """
    return text if _is_plain(text) or not _FORBIDDEN.search(text) else _FORBIDDEN.sub(_symbol, text)


def _is_plain(text: str) -> bool:
    """Whether it is ASCII without controls, as nearly all is: ten times as quick to see as by the pattern."""
    if not text.isascii():
        return False
    return text.isprintable() or len(text.encode().translate(None, _CONTROL_BYTES)) == len(text)


def clean_line(text: str) -> str:
    """Text safe to show on one line: as `clean`, with tabs and newlines shown as `␉` and `␊`."""
    if text.isascii() and text.isprintable():
        return text
    return _FORBIDDEN_IN_LINE.sub(_symbol, text) if _FORBIDDEN_IN_LINE.search(text) else text


def invisible_count(text: str) -> int:
    """How many characters of `text` cannot be seen or reorder what is seen (T3); ordinary C0 controls not counted."""
    return len(_HIDDEN.findall(text))


# ── fitting ──────────────────────────────────────────────────────────────────


def split_cells(text: str, width: int) -> tuple[str, str]:
    """The longest head of `text` that fits `width` cells without cutting a character in two, and the rest."""
    if text.isascii():
        return text[:width], text[width:]
    cells = end = 0
    for _, stop, size in split_graphemes(text)[0]:
        if cells + size > width:
            break
        cells += size
        end = stop
    return text[:end], text[end:]


def ellipsis(text: str, width: int) -> str:
    """One line of at most `width` cells, ended with `…` when something is missing."""
    text = clean_line(text)
    if cell_len(text) <= width:
        return text
    return split_cells(text, width - 1)[0] + "…" if width > 0 else ""


def cut_path(path: str, width: int) -> str:
    """A path in at most `width` cells that keeps its first folder and its end, which decide where it lies (T6).

    Folders in the middle give way first, whole ones, to `…`; then the start of the file name. The first folder goes
    only when there is no room for it and four cells of the name.
    """
    path = clean_line(path)
    if cell_len(path) <= width:
        return path
    is_absolute = path.startswith("/")
    *folders, name = path.lstrip("/").split("/")
    if not folders:
        return _keep_end(path, width)
    head = "/" + folders[0] if is_absolute else folders[0]
    for dropped in range(2, len(folders) + 1):
        shorter = "/".join((head, "…", *folders[dropped:], name))
        if cell_len(shorter) <= width:
            return shorter
    start = f"{head}/…/" if len(folders) > 1 else f"{head}/"
    room = width - cell_len(start)
    return start + _keep_end(name, room) if room >= 4 else _keep_end(name, width)


def _keep_end(text: str, width: int) -> str:
    if cell_len(text) <= width:
        return text
    if width <= 1:
        return "…"[:width]
    while cell_len(text) > width - 1:
        text = text[1:]
    return "…" + text


# ── the second net ───────────────────────────────────────────────────────────


class Gate(LineFilter):
    """Drops what `clean` would have marked, and every terminal hyperlink, from whatever any widget draws (T2).

    For `App.get_line_filters`. A dropped character that took cells leaves spaces, so that lines keep their length.
    """

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        if all(_is_harmless(text, style) for text, style, _ in segments):
            return segments
        return [Segment(_without_forbidden(text), _without_link(style), control) for text, style, control in segments]


def _is_harmless(text: str, style: Style | None) -> bool:
    if style is not None and style.link:
        return False
    return text.isprintable() if text.isascii() else not _FORBIDDEN_IN_LINE.search(text)


def _without_forbidden(text: str) -> str:
    return _FORBIDDEN_IN_LINE.sub(lambda match: " " * cell_len(match[0]), text)


def _without_link(style: Style | None) -> Style | None:
    return style.update_link(None) if style is not None and style.link else style
