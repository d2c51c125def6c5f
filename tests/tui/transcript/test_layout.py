"""Every kind of block as rows: what a person reads, at which width, and how much of a flood."""

from __future__ import annotations

import pytest

from tests.tui.transcript.story import COMMAND, PROPOSAL, RICH
from tui.transcript.blocks import (
    Block,
    CommandCard,
    CutOff,
    FileLine,
    Notice,
    Prompt,
    ProposalCard,
    Reasoning,
    ToolEntry,
)
from tui.transcript.layout import Growth, lay_out
from tui.transcript.rows import row_cells, row_text
from tui.transcript.written import SHOWN_CHARACTERS, SHOWN_LINES


def rows(block: Block, width: int = 60, growth: Growth | None = None) -> list[str]:
    return [row_text(row).rstrip() for row in lay_out(block, 0, width, growth)]


@pytest.mark.parametrize(
    ("block", "drawn"),
    [
        pytest.param(Prompt("one\ntwo"), [" ❯ one", "   two"], id="prompt"),
        pytest.param(Reasoning("x", 6, 412), ["   ▸ thought for 6 s · ≈412 tokens"], id="thought, estimated"),
        pytest.param(Reasoning("x", 66, 1412, False), ["   ▸ thought for 1 min 6 s · 1\u2009412 tokens"], id="counted"),
        pytest.param(Reasoning("x\ny", is_open=True), ["   ▾ thought", "   │ x", "   │ y"], id="open"),
        pytest.param(
            ToolEntry("c", "search", '"login("', "done", "14 matches"),
            ['   search       "login(" — 14 matches'],
            id="tool",
        ),
        pytest.param(
            ToolEntry("c", "exec", "make", "failed", "exit 1"), ["   exec         make  ✗  exit 1"], id="failed"
        ),
        pytest.param(
            ToolEntry("c", "exec", "make", "cancelled"), ["   exec         make  –  cancelled"], id="cancelled"
        ),
        pytest.param(
            ToolEntry("c", "exec", "make", "running", "", "1\n2\n3\n4\n5\n6\n"),
            ["   exec         make  …", *(f"     {n}" for n in range(2, 7))],
            id="the last lines of what runs",
        ),
        pytest.param(
            ToolEntry("c", "you", "ls", "done", "exit 0", "".join(f"{n}\n" for n in range(23))),
            ["   you          ls — exit 0", "     + 3 lines above", *(f"     {n}" for n in range(3, 23))],
            id="the end of what the person ran",
        ),
        pytest.param(Notice("mended"), ["   · mended"], id="notice"),
        pytest.param(Notice("broke\n→ mend it", "error"), ["   ✗ broke", "     → mend it"], id="error"),
        pytest.param(CutOff("stopped by you"), ["   ✂ cut off: stopped by you"], id="cut off"),
    ],
)
def test_blocks_as_rows(block: Block, drawn: list[str]) -> None:
    assert rows(block) == drawn


def test_a_thought_under_way_shows_the_line_it_is_at() -> None:
    growth = Growth("First I look.\nThe store has create(). So login() should ask")
    assert rows(Reasoning(), 60, growth) == ["   ▸ thinking  So login() should ask"]


def test_names_of_tools_stand_in_a_column() -> None:
    names = ("exec", "open_file", "apply_patch", "a_name_that_is_too_long")
    assert len({rows(ToolEntry("c", name, "title"))[0].index("title") for name in names}) == 1


@pytest.mark.parametrize("width", [14, 20, 40, 80, 200])
@pytest.mark.parametrize("block", RICH, ids=lambda block: type(block).__name__)
def test_no_row_is_wider_than_the_screen(block: Block, width: int) -> None:
    assert all(row_cells(row) <= width for row in lay_out(block, 1, width))


def test_a_command_is_shown_whole_however_long() -> None:
    command = "echo " + " ".join(f"word{i:04}" for i in range(500)) + "; rm -rf x"
    card = CommandCard("r", command, "/w", is_sandboxed=False)
    drawn = "".join(row.strip(" ▎") + " " for row in rows(card, 40))
    assert command in " ".join(drawn.split())


@pytest.mark.parametrize("width", [30, 40, 60, 120])
def test_what_a_decision_rests_on_is_on_the_card(width: int) -> None:
    command = " ".join(" ".join(row.strip(" ▎") for row in rows(COMMAND, width)).split())
    assert all(words in command for words in ("not sandboxed", "make test && git diff --stat", "/home", "ctrl+n no"))
    proposal = " ".join(" ".join(row.strip(" ▎") for row in rows(PROPOSAL, width)).split())
    assert all(words in proposal for words in ("3 files", "nothing written yet", "runs by itself in CI", "reject all"))


def test_a_long_path_gives_way_in_its_middle() -> None:
    card = ProposalCard("p", (FileLine("src/" + "deep/" * 20 + "file.py", 1, 1),))
    assert any("src/…/" in row and "file.py" in row for row in rows(card, 60))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("x" * 1_000_000, id="one line"),
        pytest.param("x\n" * 500_000, id="short lines"),
        pytest.param("日本" * 250_000, id="wide letters"),
        pytest.param("👩\u200d💻" * 200_000, id="joined emoji"),
        pytest.param("e\u0301" * 400_000, id="combining marks"),
        pytest.param("[" * 1_000_000, id="brackets"),
        pytest.param("- x\n" * 250_000, id="bullets"),
        pytest.param("> " * 500_000, id="nested quotes"),
    ],
)
@pytest.mark.parametrize("kind", ["prompt", "output"])
def test_a_flood_is_laid_out_in_part_and_the_rest_is_counted(text: str, kind: str) -> None:
    """THREATS.md T8: at most 2,000 lines or 128 KiB of one text."""
    block = Prompt(text) if kind == "prompt" else ToolEntry("c", "exec", "make", "done", "", text, is_open=True)
    drawn = rows(block, 120)
    assert len(drawn) <= 2 * SHOWN_CHARACTERS // 100 + SHOWN_LINES
    assert "more line" in drawn[-1]
