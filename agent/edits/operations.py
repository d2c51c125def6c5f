"""What a patch says, whatever its notation: operations on files, and hunks as lines without line ends. Pure data."""

from __future__ import annotations

from typing import Literal, TypeAlias

from backends.frozen import frozen

Mark = Literal[" ", "-", "+"]


@frozen
class PatchLine:
    mark: Mark
    text: str


@frozen
class PatchHunk:
    """A run of context, removed and added lines, and what the patch says about where it belongs.

    `headers` are lines of the file that come before it, outermost first. `blank_tail` counts trailing lines that were
    wholly empty and may be only space between hunks. `final_newline` is said by a no-newline marker, else None.
    `first_line` is the 1-based line of the first old line as a unified header tells it, 0 when none does.
    """

    lines: tuple[PatchLine, ...]
    headers: tuple[str, ...] = ()
    at_end: bool = False
    blank_tail: int = 0
    final_newline: bool | None = None
    first_line: int = 0

    @property
    def old(self) -> list[str]:
        return [line.text for line in self.lines if line.mark != "+"]

    @property
    def new(self) -> list[str]:
        return [line.text for line in self.lines if line.mark != "-"]


@frozen
class AddFile:
    """`note` here and below is for the person: what the patch asks for beside the text, and does not get."""

    path: str
    content: str
    note: str = ""


@frozen
class DeleteFile:
    """`hunks`, where the patch has them, must leave nothing of the file."""

    path: str
    hunks: tuple[PatchHunk, ...] = ()


@frozen
class UpdateFile:
    """`is_stepwise`: where the hunks do not all fit the file, each may be meant for what the one before it left."""

    path: str
    move_to: str | None
    hunks: tuple[PatchHunk, ...]
    note: str = ""
    is_stepwise: bool = False


FileOperation: TypeAlias = AddFile | DeleteFile | UpdateFile


@frozen
class Patch:
    operations: tuple[FileOperation, ...]
