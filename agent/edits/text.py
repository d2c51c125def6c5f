"""A file's text as lines, and the same text with hunks applied: every byte that no hunk touches survives. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from agent.edits.errors import EditError
from agent.edits.folding import keep_characters
from agent.edits.lines import Lines
from agent.edits.operations import PatchLine
from agent.edits.placement import Looseness, Placement
from backends.frozen import frozen

_MARK = "\ufeff"


@frozen
class SourceText:
    """Decoded text. `byte_order_mark` is that mark or empty."""

    byte_order_mark: str
    lines: Lines


def text_of(data: bytes, path: str) -> str:
    """Raises EditError with `unsupported_file` when the bytes are not UTF-8 text."""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise EditError(
            "unsupported_file", f"it is not UTF-8 text (byte {error.start:,}); it is not edited", path
        ) from error
    if "\0" in text:
        raise EditError("unsupported_file", "it is not text (it holds NUL bytes); it is not edited", path)
    return text


def decode(data: bytes, path: str) -> SourceText:
    """The text as lines. Raises EditError as `text_of` does."""
    text = text_of(data, path)
    mark = _MARK if text.startswith(_MARK) else ""
    return SourceText(mark, Lines(text.removeprefix(_MARK)))


def encode(text: str, path: str) -> bytes:
    """Raises EditError with `invalid_patch` for lone surrogates, which no file can hold."""
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise EditError(
            "invalid_patch",
            f"the new text holds U+{ord(text[error.start]):04X}, half of a character; write the whole character",
            path,
        ) from error


def with_hunks(source: SourceText, placements: Sequence[Placement]) -> str:
    """The whole new text. Placements must not overlap; their order does not matter."""
    old = _with_last_return(source)
    pieces: list[str] = []
    done = 0
    for placement in sorted(placements, key=lambda place: place.core):
        start, end = map(old.start_of, placement.core)
        pieces.append(old.text[done:start])
        pieces += (line + "\n" for line in _replacement(old, placement))
        done = end
    text = "".join((*pieces, old.text[done:]))
    said = (placement.hunk.final_newline for placement in placements)
    has_final_newline = next((final for final in said if final is not None), source.lines.has_final_newline)
    if not has_final_newline:
        text = text.removesuffix("\n")
        if source.lines.has_final_newline or old is not source.lines:
            text = text.removesuffix("\r")
    return source.byte_order_mark + text


def _with_last_return(source: SourceText) -> Lines:
    """The lines; in a CRLF text whose last line has no end, that line with a CR, in case it is no longer the last."""
    lines = source.lines
    if lines.has_final_newline or len(lines) < 2 or not lines[-2].endswith("\r"):
        return lines
    return Lines(lines.text.removesuffix("\n") + "\r\n")


def _replacement(old: Sequence[str], placement: Placement) -> list[str]:
    """The new lines between the first and the last change: context as the file has it, added lines made to fit."""
    start, end = placement.core
    lines: list[str] = []
    at = placement.start
    run: list[tuple[str, str]] = []  # removed lines that wait for what replaces them: the file's and the patch's form
    carriage_return = _carriage_return(old, start, end)
    for line in placement.hunk.lines:
        if line.mark == "+":
            lines.append(_added(line, placement, run) + carriage_return)
            continue
        if line.mark == "-":
            run.append((old[at], line.text))
        else:
            run = []
            if start <= at < end:
                lines.append(old[at])
        at += 1
    return lines


def _added(line: PatchLine, placement: Placement, run: list[tuple[str, str]]) -> str:
    text = placement.reindent.line(line.text)
    if run and placement.looseness >= Looseness.TYPOGRAPHY:
        here, said = run.pop(0)
        return keep_characters(here.removesuffix("\r"), placement.reindent.line(said), text)
    return text


def _carriage_return(old: Sequence[str], start: int, end: int) -> str:
    """The line end that new lines take: that of the line they replace, else of the one before, else of the next."""
    for near in (start, start - 1, end):
        if 0 <= near < len(old):
            return "\r" if old[near].endswith("\r") else ""
    return ""
