"""Code in rows on a background of its own, under its language. Pure; what is coloured how is told by `code`."""

from __future__ import annotations

from tui.transcript.code import NO_LANGUAGE
from tui.transcript.rows import Ink, Row, Run, clipped, fold, padded


def code_rows(pieces: list[tuple[str, Ink]], width: int, at: int, *, wraps: bool = True) -> list[Row]:
    """One line of code on its background, folded at the width or cut there; `at` is the position of the line."""
    runs: list[Run] = []
    column = 0
    for text, ink in pieces:
        shown = text
        if "\t" in text:
            shown = (" " * column + text).expandtabs(4)[column:]
        runs.append(Run(shown, f"code-block {ink}".rstrip(), at if shown == text and at >= 0 else -1))
        column += len(shown)
        at = at + len(text) if at >= 0 else -1
    margin = (Run("  ", "code-block"),)
    rows = fold(runs, width - 4)
    if wraps or len(rows) == 1:
        return [padded((*margin, *row), width, "code-block") for row in rows]
    cut_off = (*clipped((*margin, *rows[0]), width - 2), Run(" ›", "code-block code-label"))
    return [padded(cut_off, width, "code-block")]


def code_head(language: str, width: int) -> Row:
    """The row above code: its background, with the language."""
    label = (Run("  ", "code-block"), Run(language[: max(0, width - 4)], "code-block code-label"))
    return padded(label if language not in NO_LANGUAGE else (), width, "code-block")


def code_foot(width: int) -> Row:
    return (Run(" " * width, "code-block"),)
