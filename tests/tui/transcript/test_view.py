"""The transcript on a screen: it follows the end, holds its place, folds, and draws only what is looked at."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from textual.pilot import Pilot

from tests.tui.payloads import ALL_ESCAPES
from tests.tui.transcript.screen import TranscriptApp
from tests.tui.transcript.story import ANSWER, COMMAND, PROPOSAL, RICH
from tui.transcript.blocks import (
    Answer,
    Block,
    CommandCard,
    CompactionMark,
    CutOff,
    FileLine,
    KeyHint,
    Notice,
    Prompt,
    ProposalCard,
    Reasoning,
    ToolEntry,
)

LINES = [Prompt(f"prompt {i}") for i in range(40)]
THOUGHT = Reasoning("first thought\nsecond thought", 3)
TOOL = ToolEntry("c", "exec", "make", "done", "exit 0", "all\nof\nit")


async def settle(pilot: Pilot[None], app: TranscriptApp) -> None:
    app.view.frame()
    await pilot.pause()


# ── the end, and places in between ───────────────────────────────────────────


async def test_it_follows_the_end_while_it_looks_at_the_end() -> None:
    app = TranscriptApp(LINES)
    async with app.run_test(size=(60, 12)) as pilot:
        await settle(pilot, app)
        app.view.document.append(Prompt("the last"))
        await settle(pilot, app)
        assert app.rows()[-1] == " ❯ the last"


async def test_it_stays_where_it_is_when_looking_elsewhere_and_tells_of_new_text() -> None:
    app = TranscriptApp(LINES)
    async with app.run_test(size=(60, 12)) as pilot:
        await settle(pilot, app)
        await pilot.press("pageup")
        before = app.rows()[:-1]
        app.view.document.append(Prompt("the last"))
        await settle(pilot, app)
        assert app.rows()[:-1] == before
        assert "new text below" in app.rows()[-1]
        await pilot.press("end")
        await settle(pilot, app)
        assert app.rows()[-1] == " ❯ the last"


async def test_a_long_answer_that_streams_never_moves_what_is_read() -> None:
    app = TranscriptApp(LINES)
    async with app.run_test(size=(60, 12)) as pilot:
        await settle(pilot, app)
        await pilot.press("home")
        before = app.rows()[:-1]
        app.view.document.open(Answer())
        for piece in (ANSWER * 20).split(" "):
            app.view.document.feed(piece + " ")
        for _ in range(20):
            await settle(pilot, app)
        assert app.rows()[:-1] == before


@pytest.mark.parametrize("width", [30, 45, 90, 140])
async def test_a_resize_keeps_the_place(width: int) -> None:
    app = TranscriptApp([block for i in range(30) for block in (Prompt(f"prompt {i}"), Answer(ANSWER))])
    async with app.run_test(size=(70, 15)) as pilot:
        await settle(pilot, app)
        app.view.viewport.show(app.view.document.index(app.view.document[24].id), above=0)
        await settle(pilot, app)
        app.view.viewport.settle()
        first = next(row for row in app.rows() if row)
        await pilot.resize_terminal(width, 15)
        await settle(pilot, app)
        assert first in app.rows()


async def test_a_view_at_the_end_stays_there_through_every_size() -> None:
    app = TranscriptApp([block for i in range(30) for block in (Prompt(f"prompt {i}"), Answer(ANSWER))])
    async with app.run_test(size=(80, 24)) as pilot:
        for size in ((120, 40), (80, 24), (1, 1), (100, 30)):
            await pilot.resize_terminal(*size)
            await settle(pilot, app)
            assert app.view.viewport.follows, size
            assert not app.view.unseen


async def test_heights_are_those_of_the_drawn_rows() -> None:
    app = TranscriptApp(RICH)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, app)
        for index in range(len(app.view.document)):
            app.view.painter.measure(index)
            assert app.view.document.heights[index] == len(app.view.painter.rows(index))


@pytest.mark.parametrize("size", [(1, 1), (8, 3), (40, 12), (80, 24), (200, 60)], ids=str)
async def test_every_block_can_be_drawn_at_every_size(size: tuple[int, int]) -> None:
    app = TranscriptApp(RICH)
    async with app.run_test(size=size) as pilot:
        await settle(pilot, app)
        await pilot.press("home")
        await settle(pilot, app)
        assert len(app.rows()) == size[1]


async def test_ten_thousand_messages_cost_no_more_layouts_than_ten() -> None:
    costs: list[int] = []
    for count in (10, 10_000):
        app = TranscriptApp([block for i in range(count // 2) for block in (Prompt(f"prompt {i}"), Answer("so " * 40))])
        async with app.run_test(size=(80, 24)) as pilot:
            await settle(pilot, app)
            costs.append(app.view.painter.layouts)
            await pilot.press("pageup", "pageup", "home", "pagedown", "end")
            await settle(pilot, app)
            assert app.view.painter.layouts < 120
            assert len(app.view.query("*")) <= 3
    assert costs[1] <= costs[0] + 2


async def test_text_that_streams_lays_out_no_other_block() -> None:
    app = TranscriptApp(LINES)
    async with app.run_test(size=(60, 12)) as pilot:
        await settle(pilot, app)
        app.view.document.open(Answer())
        await settle(pilot, app)
        before = app.view.painter.layouts
        for piece in ANSWER.split(" "):
            app.view.document.feed(piece + " ")
            app.view.frame()
        assert app.view.painter.layouts == before


async def test_a_finished_answer_does_not_jump() -> None:
    app = TranscriptApp(LINES)
    async with app.run_test(size=(80, 30)) as pilot:
        app.view.document.open(Answer())
        app.view.document.feed(ANSWER)
        await settle(pilot, app)
        before = app.rows()
        app.view.document.close()
        await settle(pilot, app)
        assert app.rows() == before


# ── keys ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("key", ["space", "enter"])
@pytest.mark.parametrize(
    ("block", "inside"),
    [
        pytest.param(THOUGHT, "second thought", id="reasoning"),
        pytest.param(TOOL, "of", id="tool output"),
        pytest.param(CompactionMark("shortened", "the summary"), "the summary", id="summary of a compaction"),
    ],
)
async def test_an_entry_opens_and_folds_by_key(block: Block, inside: str, key: str) -> None:
    app = TranscriptApp([block])
    async with app.run_test(size=(60, 12)) as pilot:
        await settle(pilot, app)
        assert not any(row.strip(" │▎").strip() == inside for row in app.rows())
        await pilot.press("k", key)
        assert any(row.strip(" │▎").strip() == inside for row in app.rows())
        await pilot.press(key)
        assert not any(row.strip(" │▎").strip() == inside for row in app.rows())


async def test_a_card_is_handed_on() -> None:
    app = TranscriptApp([Prompt("go"), PROPOSAL])
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, app)
        await pilot.press("k", "enter")
        assert app.activated == [app.view.document[1].id]


async def test_brackets_go_from_prompt_to_prompt() -> None:
    app = TranscriptApp([block for i in range(9) for block in (Prompt(f"prompt {i}"), Answer(ANSWER))])
    async with app.run_test(size=(80, 20)) as pilot:
        await settle(pilot, app)
        await pilot.press("left_square_bracket", "left_square_bracket")
        assert any("prompt 7" in row for row in app.rows()[:3])
        await pilot.press("right_square_bracket")
        assert any("prompt 8" in row for row in app.rows())


async def test_escape_lets_go_of_one_thing_at_a_time_and_then_leaves() -> None:
    app = TranscriptApp([Answer("one two")])
    async with app.run_test(size=(60, 12)) as pilot:
        await settle(pilot, app)
        await pilot.press("slash", "o", "n", "e", "escape", "v", "escape")
        assert app.view.selected_text == ""
        assert app.view.reading.finder.query == "one"
        await pilot.press("escape")
        assert app.view.reading.finder.query == ""
        assert not app.was_left
        await pilot.press("escape")
        assert app.was_left


async def test_long_lines_of_code_wrap_or_are_cut_and_the_open_answer_goes_on() -> None:
    app = TranscriptApp([Answer("```py\n" + "x" * 70 + "END\n```\n\nafter")])
    async with app.run_test(size=(60, 20)) as pilot:
        await settle(pilot, app)
        app.view.document.open(Answer())
        app.view.document.feed("```py\n" + "y" * 70 + "LAST\nmore")
        await settle(pilot, app)
        wrapped = app.rows()
        assert sum("END" in row or "LAST" in row for row in wrapped) == 2
        await pilot.press("w")
        assert [row[-1] for row in app.rows() if "xx" in row or "yy" in row] == ["›", "›"]
        assert not any("END" in row or "LAST" in row for row in app.rows())
        await pilot.press("w")
        assert app.rows() == wrapped


# ── copying ──────────────────────────────────────────────────────────────────

CODE = "Before\n\n```py\nx = 1\n\ty = 2\n```\n\n```sh\nmake\n```\n"


@pytest.mark.parametrize(
    ("keys", "copied"),
    [
        pytest.param(["y"], CODE.strip("\n"), id="the last answer"),
        pytest.param(["c"], "x = 1\n\ty = 2", id="its first code block"),
        pytest.param(["c", "c"], "make", id="its second"),
        pytest.param(["k", "k", "y"], "a long prompt " * 20, id="the entry at the cursor"),
        pytest.param(["k", "v", "k", "y"], "a long prompt " * 20 + "\n\n" + CODE.strip("\n"), id="several entries"),
    ],
)
async def test_keys_copy_the_source(keys: list[str], copied: str) -> None:
    app = TranscriptApp([Prompt("a long prompt " * 20), Answer(CODE)])
    async with app.run_test(size=(60, 40)) as pilot:
        await settle(pilot, app)
        await pilot.press(*keys)
        assert app.copied[-1] == copied


async def test_the_mouse_selects_the_source_without_wraps_and_borders() -> None:
    app = TranscriptApp([Prompt("look"), Answer("alpha beta **gamma** delta\n\n```\ncode here\n```")])
    async with app.run_test(size=(24, 20)) as pilot:
        await settle(pilot, app)
        rows = app.rows()
        first = next(y for y, row in enumerate(rows) if "alpha" in row)
        last = next(y for y, row in enumerate(rows) if "code here" in row)
        await pilot.mouse_down(app.view, offset=(rows[first].index("beta"), first))
        await pilot.hover(app.view, offset=(rows[last].index("code") + 3, last))
        await pilot.mouse_up(app.view, offset=(rows[last].index("code") + 3, last))
        assert app.view.selected_text == "beta **gamma** delta\n\n```\ncode"
        assert app.copied == []
        await pilot.press("y")
        assert app.copied == ["beta **gamma** delta\n\n```\ncode"]


async def test_a_click_that_does_not_move_selects_nothing() -> None:
    app = TranscriptApp([Answer("alpha")])
    async with app.run_test(size=(24, 20)) as pilot:
        await settle(pilot, app)
        await pilot.click(app.view, offset=(4, 0))
        assert app.view.selected_text == ""


# ── finding ──────────────────────────────────────────────────────────────────


async def test_what_is_typed_after_a_slash_is_found_and_shown() -> None:
    app = TranscriptApp([*LINES, Answer("a needle here"), *LINES, THOUGHT, *LINES])
    async with app.run_test(size=(60, 12)) as pilot:
        await settle(pilot, app)
        await pilot.press("home", "slash", *"needle")
        assert any("a needle here" in row for row in app.rows())
        assert "1/1" in app.rows()[-1]
        await pilot.press("escape", "slash", *"second")
        assert any("second thought" in row for row in app.rows())


async def test_the_search_goes_round() -> None:
    app = TranscriptApp([Answer("word one"), Answer("word two"), Answer("Word three")])
    async with app.run_test(size=(60, 20)) as pilot:
        await settle(pilot, app)
        await pilot.press("slash", *"word", "escape", "n", "n", "n")
        assert app.view.reading.finder.number == 0
        await pilot.press("N")
        assert app.view.reading.finder.number == 2
        app.view.find("Word")
        assert app.view.reading.finder.count == 1


# ── outside text ─────────────────────────────────────────────────────────────

_HOSTILE = "".join(ALL_ESCAPES)


@pytest.mark.parametrize(
    "block",
    [
        pytest.param(Prompt(_HOSTILE), id="prompt"),
        pytest.param(Reasoning(_HOSTILE, is_open=True), id="reasoning"),
        pytest.param(Answer(f"{_HOSTILE}\n\n```py\n{_HOSTILE}\n```\n\n- `{_HOSTILE}`"), id="answer"),
        pytest.param(ToolEntry(_HOSTILE, _HOSTILE, _HOSTILE, "done", _HOSTILE, _HOSTILE, is_open=True), id="tool"),
        pytest.param(ProposalCard("p", (FileLine(_HOSTILE, 1, 1, _HOSTILE, (_HOSTILE,)),)), id="proposal"),
        pytest.param(CommandCard("r", _HOSTILE, _HOSTILE, False, _HOSTILE, (KeyHint("y", "run"),)), id="command"),
        pytest.param(Notice(_HOSTILE), id="notice"),
        pytest.param(CutOff(_HOSTILE), id="cut off"),
        pytest.param(CompactionMark(_HOSTILE, _HOSTILE, is_open=True), id="compaction"),
    ],
)
async def test_the_second_net_holds_for_every_kind_of_block(block: Block) -> None:
    """Text that was never cleaned, as if a scribe had forgotten to."""
    app = TranscriptApp([block])
    async with app.run_test(size=(80, 40)) as pilot:
        await settle(pilot, app)
        text = "\n".join(app.rows())
        assert not any(ord(char) < 32 or 0x7F <= ord(char) < 0xA0 for char in text.replace("\n", ""))


@pytest.mark.parametrize("text", ["[bold]x[/bold]", "[/x]", "[@click=app.quit]here[/]", "[[", "\\[", "[link=x]y"])
async def test_markup_is_text(text: str) -> None:
    app = TranscriptApp(
        [Prompt(text), Notice(text), ToolEntry("c", "exec", text, "done", text, text, is_open=True), COMMAND]
    )
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot, app)
        assert sum(text in row for row in app.rows()) >= 4
        for y in range(12):
            await pilot.click(app.view, offset=(6, y))
        assert app.is_running


# ── a flood, and keys ────────────────────────────────────────────────────────


async def test_a_slice_of_a_flood_gives_way_to_a_key_once(monkeypatch: pytest.MonkeyPatch) -> None:
    app = TranscriptApp()
    async with app.run_test():
        waits: list[tuple[float, Callable[[], None]]] = []
        monkeypatch.setattr(app.view, "set_timer", lambda seconds, do: waits.append((seconds, do)))
        app.view.courtesy = lambda: 0.25
        app.view.document.append(Prompt("hello"))
        _, first_slice = waits.pop()
        first_slice()
        seconds, slice_after_key = waits.pop()
        assert seconds == 0.25
        assert not app.view.document[0].is_measured
        slice_after_key()
        assert app.view.document[0].is_measured
        assert waits == []
