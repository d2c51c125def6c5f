"""One line of the table: a figure, its floor from the same run, and where it has to be. Pure data and arithmetic."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """`value` and `floor` in the unit that `name` ends with. `mark` is the most that `ratio` may be; where there is no
    floor, the most that `value` may be."""

    name: str
    value: float
    floor: float | None
    ratio: float | None
    mark: float
    ok: bool

    @property
    def measure(self) -> float:
        """What is held against the mark, and compared with the baseline."""
        return self.value if self.ratio is None else self.ratio


def against(name: str, value: Sequence[float] | float, floor: Sequence[float] | float, mark: float) -> Row:
    """The medians of a figure and its floor, as a ratio of at most `mark`."""
    figure, least = _median(value), _median(floor)
    ratio = figure / least
    return Row(name, round(figure, 3), round(least, 3), round(ratio, 3), mark, ratio <= mark)


def at_most(
    name: str, value: Sequence[float] | float, mark: float, floor: Sequence[float] | float | None = None
) -> Row:
    """The median of a figure that has a limit in its own unit; a `floor` is told for comparison alone."""
    figure = _median(value)
    least = None if floor is None else round(_median(floor), 3)
    return Row(name, round(figure, 3), least, None, mark, figure <= mark)


def at_least(name: str, value: Sequence[float] | float, mark: float) -> Row:
    """The other way round: the median has to reach `mark`."""
    figure = _median(value)
    return Row(name, round(figure, 3), None, None, mark, figure >= mark)


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0…1) of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def _median(value: Sequence[float] | float) -> float:
    return float(value) if isinstance(value, int | float) else statistics.median(value)
