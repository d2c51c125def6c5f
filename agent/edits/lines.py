"""A text as lines, cut out of it when they are asked for: a large file is never split to change one line. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import accumulate
from typing import overload

_BLOCK = 1024  # characters between two known line numbers


class Lines(Sequence[str]):
    """The lines of a text, without their LF but with a CR; numbers count from 0.

    `text` is that text, with an LF after its last line even where `has_final_newline` says that there was none.
    """

    def __init__(self, text: str) -> None:
        self.has_final_newline = not text or text.endswith("\n")
        self.text = text if self.has_final_newline else text + "\n"

    def __len__(self) -> int:
        return self._known[-1]

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        if isinstance(index, int):
            start = self.start_of(range(len(self))[index])
            return self.text[start : self.text.find("\n", start)]
        first, end, step = index.indices(len(self))
        if first >= end:
            return []
        return self.text[self.start_of(first) : self.start_of(end) - 1].split("\n")[::step]

    def __iter__(self) -> Iterator[str]:
        lines = self.text.split("\n")
        lines.pop()
        return iter(lines)

    def after(self, number: int) -> Iterator[str]:
        """The lines below line `number`, each cut out when it is reached."""
        start = self.start_of(number + 1)
        while start < len(self.text):
            end = self.text.find("\n", start)
            yield self.text[start:end]
            start = end + 1

    def start_of(self, number: int) -> int:
        """The offset in `text` where a line starts; the end of the text for the number of lines."""
        block = max(0, bisect_left(self._known, number) - 1)
        start = block * _BLOCK
        for _ in range(number - self._known[block]):
            start = self.text.find("\n", start) + 1
        return start

    def number_at(self, offset: int) -> int:
        """The line in which a character of the text stands."""
        block = offset // _BLOCK
        return self._known[block] + self.text.count("\n", block * _BLOCK, offset)

    def span_at(self, offset: int) -> tuple[int, int]:
        """Where the line around a character starts and ends, its LF not counted."""
        return self.text.rfind("\n", 0, offset) + 1, self.text.find("\n", offset)

    def places(self, run: str) -> Iterator[int]:
        """The lines at which `run`, whole lines with their LF, stands exactly."""
        at = self.text.find(run)
        while at >= 0:
            if at == 0 or self.text[at - 1] == "\n":
                yield self.number_at(at)
            at = self.text.find(run, self.text.find("\n", at) + 1)

    @cached_property
    def _known(self) -> list[int]:
        """How many lines end before each block, and before the end."""
        blocks = range(0, len(self.text), _BLOCK)
        return list(accumulate((self.text.count("\n", at, at + _BLOCK) for at in blocks), initial=0))
