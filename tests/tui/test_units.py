"""Numbers for people, short and always in the same form."""

from __future__ import annotations

import pytest

from tui.units import counted, seconds, tokens


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0"), (812, "812"), (1_000, "1.0k"), (21_400, "21.4k"), (65_536, "65.5k"), (99_949, "99.9k"),
     (99_950, "100k"), (131_072, "131k"), (999_499, "999k"), (1_048_576, "1.05M")],
)  # fmt: skip
def test_counts_are_short(count: int, text: str) -> None:
    assert tokens(count) == text


@pytest.mark.parametrize(
    ("duration", "text"), [(0.9, "0 s"), (59.9, "59 s"), (60, "1 min 00 s"), (3_661, "61 min 01 s")]
)
def test_durations_are_short(duration: float, text: str) -> None:
    assert seconds(duration) == text


@pytest.mark.parametrize(("count", "text"), [(0, "0 files"), (1, "1 file"), (1_200, "1,200 files")])
def test_a_noun_follows_its_number(count: int, text: str) -> None:
    assert counted(count, "file") == text
