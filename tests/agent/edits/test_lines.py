"""Lines are cut out of a text when they are asked for, and a patch asks for few of them, however long the file is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.edits.errors import EditError
from agent.edits.lines import Lines
from agent.edits.locate import locate
from agent.edits.occurrences import Occurrences
from agent.edits.operations import PatchHunk, PatchLine

TEXTS = st.lists(st.sampled_from(["", "a", "a\r", "é", "long " * 900]), max_size=12).map(
    lambda lines: "".join(f"{line}\n" for line in lines)
)


@given(TEXTS, st.integers(-15, 15), st.integers(-15, 15))
def test_lines_are_those_of_a_split_text(text: str, first: int, end: int) -> None:
    lines, expected = Lines(text), text.split("\n")[:-1]
    assert (len(lines), list(lines), lines[first:end]) == (len(expected), expected, expected[first:end])
    assert [lines[number] for number in range(len(lines))] == expected
    assert list(lines.after(0)) == expected[1:]


@given(TEXTS)
def test_a_line_starts_where_its_number_says(text: str) -> None:
    lines = Lines(text)
    starts = [lines.start_of(number) for number in range(len(lines))]
    assert [lines.number_at(start) for start in starts] == list(range(len(lines)))
    assert [lines.text[slice(*lines.span_at(start))] for start in starts] == list(lines)
    assert lines.start_of(len(lines)) == len(text)


@given(TEXTS, st.integers(0, 12), st.integers(1, 3))
def test_a_run_of_whole_lines_is_found_wherever_it_stands(text: str, start: int, size: int) -> None:
    lines = list(Lines(text))
    run = lines[start : start + size]
    if run:
        places = [at for at in range(len(lines) - len(run) + 1) if lines[at : at + len(run)] == run]
        assert list(Lines(text).places("".join(f"{line}\n" for line in run))) == places


# ── what is looked at ────────────────────────────────────────────────────────

LINES = 20_000


class Watched(Lines):
    """Counts the lines that it gave away."""

    given = 0

    def __getitem__(self, index: int | slice) -> str | list[str]:  # type: ignore[override]
        found = super().__getitem__(index)
        self.given += 1 if isinstance(found, str) else len(found)
        return found

    def __iter__(self) -> Iterator[str]:
        self.given += len(self)
        return super().__iter__()

    def span_at(self, offset: int) -> tuple[int, int]:
        self.given += 1
        return super().span_at(offset)


def long_file(line: str = "value_{n} = “step”({n})") -> Watched:
    return Watched("".join(line.format(n=n) + "\n" for n in range(LINES)))


def hunk(*lines: str, headers: tuple[str, ...] = ()) -> PatchHunk:
    return PatchHunk(tuple(PatchLine("-", line) for line in lines), headers)


@pytest.mark.parametrize(
    ("old", "headers", "most"),
    [
        pytest.param("value_{n} = “step”({n})", (), 0, id="an exact hit"),
        pytest.param(
            "value_{n} = “step”({n})", ("value_19000",), LINES + 50, id="an exact hit below a header cut short"
        ),
        pytest.param("value_{n} = “step”({n})", ("value_19000 = “step”(19000)",), 50, id="below a whole header"),
        pytest.param('    value_{n} = "step"({n})  ', (), 50, id="another indentation, straight quotes, blanks"),
    ],
)
def test_a_hit_near_the_end_of_a_long_file_looks_at_few_lines(old: str, headers: tuple[str, ...], most: int) -> None:
    lines = long_file()
    said = hunk(*(old.format(n=n) for n in range(19_500, 19_503)), headers=headers)
    assert [place.start for place in locate(lines, (said,), "f")] == [19_500]
    assert lines.given <= most


def test_an_end_marker_chooses_among_many_places_and_looks_at_no_line() -> None:
    lines = long_file("}}")
    said = replace(hunk("}"), at_end=True)
    assert [place.start for place in locate(lines, (said,), "f")] == [LINES - 1]
    assert lines.given == 0


def test_a_miss_looks_at_few_lines_too() -> None:
    lines = long_file()
    with pytest.raises(EditError, match="nowhere in the file: absent"):
        locate(lines, (hunk("value_19500 = “step”(19500)", "absent line"),), "f")
    assert lines.given <= 50


def test_a_line_that_is_nearly_everywhere_costs_one_pass_however_many_are_wanted() -> None:
    lines = long_file("{{ {n} }}")
    wanted = [f"{{ {n} }}" for n in range(0, LINES, 10)]
    occurrences = Occurrences(lines, wanted)
    assert [occurrences.of(text) for text in wanted] == [[n] for n in range(0, LINES, 10)]
    assert lines.given <= 2 * LINES
