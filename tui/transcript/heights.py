"""Heights of blocks as a prefix sum: which block is at a row, and where a block begins, in logarithmic time.

A Fenwick tree over plain integers; knows nothing of blocks.
"""

from __future__ import annotations

from collections.abc import Iterable


class Heights:
    """A list of non-negative heights, in rows."""

    __slots__ = ("_sums", "_values")

    def __init__(self, heights: Iterable[int] = ()) -> None:
        self._values: list[int] = []
        self._sums: list[int] = [0]  # 1-based: _sums[i] covers the values i - lowbit(i) … i - 1
        self.reset(heights)

    def __len__(self) -> int:
        return len(self._values)

    def __getitem__(self, index: int) -> int:
        return self._values[index]

    def reset(self, heights: Iterable[int]) -> None:
        """Replace all heights, in linear time."""
        self._values = list(heights)
        self._sums = [0, *self._values]
        for i in range(1, len(self._sums)):
            parent = i + (i & -i)
            if parent < len(self._sums):
                self._sums[parent] += self._sums[i]

    def insert(self, index: int, height: int) -> None:
        """Put a height before that at `index`; at the end in logarithmic time, elsewhere in linear."""
        if index == len(self._values):
            self.append(height)
        else:
            self.reset([*self._values[:index], height, *self._values[index:]])

    def append(self, height: int) -> None:
        self._values.append(height)
        i = len(self._values)
        total, child, stop = height, i - 1, i - (i & -i)
        while child > stop:
            total += self._sums[child]
            child -= child & -child
        self._sums.append(total)

    def set(self, index: int, height: int) -> None:
        delta = height - self._values[index]
        if not delta:
            return
        self._values[index] = height
        i = index + 1
        while i < len(self._sums):
            self._sums[i] += delta
            i += i & -i

    def truncate(self, length: int) -> None:
        """Keep the first `length` heights."""
        del self._values[length:]
        del self._sums[length + 1 :]

    def before(self, index: int) -> int:
        """The row on which the block begins; with `index == len(self)`, the total."""
        total = 0
        while index > 0:
            total += self._sums[index]
            index -= index & -index
        return total

    @property
    def total(self) -> int:
        return self.before(len(self._values))

    def find(self, row: int) -> tuple[int, int]:
        """The block that holds `row`, and the row's place in it. Blocks of no height hold none.

        Raises IndexError for a row beyond the end.
        """
        if row < 0:
            raise IndexError(row)
        position, rest = 0, row
        step = 1 << max(0, len(self._values).bit_length() - 1)
        while step:
            beyond = position + step
            if beyond < len(self._sums) and self._sums[beyond] <= rest:
                position = beyond
                rest -= self._sums[beyond]
            step >>= 1
        if position >= len(self._values):
            raise IndexError(row)
        return position, rest
