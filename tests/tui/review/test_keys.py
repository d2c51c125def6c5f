"""The keys of the review: each does what the footer says, and nothing happens that was not meant."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from rich.console import RenderableType
from textual import events
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import TextArea

from agent.edits.proposal import HunkReview, Proposal, Review
from agent.edits.review import accepted_part
from tests.tui.review.build import Clock, ReviewApp, change, shop_proposal
from tests.tui.waiting import at_rest, tells_its_keys, until
from tui.actions import USUAL
from tui.screens.review import ReviewScreen
from tui.screens.review_keys import REVIEWING
from tui.widgets.diff.draft import Draft, Place
from tui.widgets.diff.pane import DiffPane
from tui.widgets.diff.search_line import SearchLine
from tui.widgets.diff.view import DiffView
from tui.widgets.keybar import KeyBar

SETTLED = 60.0


class Reviewing:
    """A review on the screen, ready for keys."""

    def __init__(self, app: ReviewApp, pilot: Pilot[None], clock: Clock) -> None:
        self.app, self.pilot, self.clock = app, pilot, clock

    async def press(self, *keys: str) -> None:
        for key in keys:
            self.clock.now += SETTLED
            await self.pilot.press(key)
        await self.pilot.pause()

    def is_later_and_tells_its_keys(self) -> bool:
        self.clock.now += SETTLED
        return tells_its_keys(self.pilot)

    @property
    def screen(self) -> ReviewScreen:
        return self.app.review

    @property
    def verdicts(self) -> list[list[str | None]]:
        return [[hunk.verdict for hunk in file.hunks] for file in self.screen.draft.files]

    @property
    def place(self) -> Place:
        return self.pane.place

    @property
    def summary(self) -> str:
        return str(self.screen.query_one("#summary").render())

    @property
    def pane(self) -> DiffPane:
        return self.screen.query_one(DiffPane)

    @property
    def view(self) -> DiffView:
        return self.screen.query_one(DiffView)

    @property
    def footer(self) -> str:
        return "  ".join(f"{hint.key} {hint.title}" for hint in self.screen.query_one(KeyBar).hints)

    @property
    def text(self) -> str:
        """What is on the screen, a line a line."""
        strips = self.app.screen._compositor.render_strips()
        return "\n".join("".join(segment.text for segment in strip) for strip in strips)

    @property
    def result(self) -> Review | None:
        (result,) = self.app.results
        return result


@asynccontextmanager
async def reviewing(
    proposal: Proposal | None = None,
    *,
    size: tuple[int, int] = (100, 30),
    draft: Draft | None = None,
    settled: bool = True,
    **options: object,
) -> AsyncGenerator[Reviewing, None]:
    clock = Clock()
    shown = proposal or shop_proposal()
    app = ReviewApp(lambda: ReviewScreen(shown, draft=draft, clock=clock, **options))  # type: ignore[arg-type]
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: isinstance(app.screen, ReviewScreen))
        reviewed = Reviewing(app, pilot, clock)
        if settled:
            await until(pilot, reviewed.is_later_and_tells_its_keys)
        yield reviewed


async def test_accepting_goes_to_the_next_undecided_hunk():
    async with reviewing() as review:
        await review.press("y", "n", "y")
        assert review.verdicts == [["accept", "reject", "accept"], [None], [None]]
        assert review.place.file == 1


async def test_apply_waits_until_every_hunk_is_decided_and_says_how_many_are_not():
    async with reviewing() as review:
        await review.press("y", "enter")
        assert "4 hunks are undecided" in review.summary
        assert review.app.results == []


async def test_apply_hands_over_exactly_what_was_accepted():
    proposal = shop_proposal()
    async with reviewing(proposal) as review:
        await review.press("y", "n", "y", "n", "y", "enter")
        assert review.result is not None
        part = accepted_part(proposal, review.result)
        assert part is not None
        assert [(one.path, len(one.hunks)) for one in part.changes] == [
            ("auth/session.py", 2),
            ("tests/test_login.py", 1),
        ]


async def test_a_whole_file_and_the_whole_proposal_are_decided_by_one_key():
    async with reviewing() as review:
        await review.press("N")
        assert review.verdicts[0] == ["reject"] * 3
        await review.press("u", "Y", "A")
        assert review.verdicts == [["accept"] * 3, ["accept"], ["accept"]]


async def test_what_was_rejected_stays_rejected_when_the_rest_is_accepted_and_is_told():
    async with reviewing() as review:
        await review.press("n", "Y")
        assert review.verdicts[0] == ["reject", "accept", "accept"]
        assert "1 hunk stays rejected" in review.summary
        await review.press("N", "A")
        assert review.verdicts == [["reject", "accept", "accept"], ["reject"], ["accept"]]
        assert "2 hunks stay rejected" in review.summary


async def test_a_review_that_rejects_everything_is_sent_as_a_rejection():
    async with reviewing() as review:
        await review.press("N", "N", "N")
        assert "send rejection" in str(review.screen.query_one(KeyBar).render())
        await review.press("enter")
        assert review.result is not None
        assert not review.result.accepts_something


async def test_undo_takes_back_the_last_decision():
    async with reviewing() as review:
        await review.press("y", "u")
        assert review.verdicts[0][0] is None


async def test_comments_go_to_the_model_with_the_hunk_the_file_and_the_whole():
    async with reviewing() as review:
        await review.press("c", *"use UTC", "ctrl+s", "C", *"split", "ctrl+s", "m", *"slower", "ctrl+s")
        assert "✎ slower" in review.summary
        await review.press("n", "A", "enter")
        assert review.result is not None
        first = review.result.files[0]
        assert (first.hunks[0].comment, first.comment, review.result.comment) == ("use UTC", "split", "slower")


async def test_an_edit_replaces_the_new_text_and_accepts_it():
    async with reviewing() as review:
        await review.press("e")
        editor = review.app.screen.query_one(TextArea)
        editor.text = "LIFETIME = timedelta(hours=10)"
        await review.press("ctrl+s")
        hunk = review.screen.draft.files[0].hunks[0]
        assert (hunk.verdict, hunk.edited) == ("accept", ("LIFETIME = timedelta(hours=10)\n",))


async def test_escape_leaves_everything_undecided_and_keeps_the_draft():
    async with reviewing() as review:
        draft = review.screen.draft
        await review.press("y", "escape")
        assert review.result is None
    async with reviewing(draft.proposal, draft=draft) as review:
        assert review.verdicts[0][0] == "accept"
        assert review.place.hunk == 1


async def test_decisions_survive_a_change_of_view():
    async with reviewing(size=(160, 40)) as review:
        await review.press("y", "v", "n", "v")
        assert review.verdicts[0][:2] == ["accept", "reject"]


async def test_moving_by_hunk_and_file_ends_at_the_ends():
    async with reviewing() as review:
        await review.press("k", "j", "j", "j", "j", "j", "j", "j")
        assert review.place.file == 2
        await review.press("K", "K", "K", "K")
        assert tuple(review.place) == (0, 0)


async def test_searching_finds_folded_lines_and_goes_on():
    async with reviewing() as review:
        await review.press("slash", *"secrets", "enter")
        assert review.screen._search.search.query == "secrets"
        await review.press("escape", "f", "F", "escape")
        assert review.app.results == []


async def test_folds_open_at_the_hunk_and_everywhere():
    async with reviewing() as review:
        shut = len(review.view.rows)
        await review.press("z")
        assert review.view.diff.opened == {0, 1}
        await review.press("Z")
        assert review.view.diff.opened == {0, 1, 2}
        await review.press("Z")
        assert len(review.view.rows) == shut


async def test_space_and_page_keys_scroll_and_g_goes_to_the_ends():
    async with reviewing(size=(80, 24)) as review:
        await review.press("space")
        paged = review.view.scroll_offset.y
        assert paged > 0
        await review.press("pageup")
        assert review.view.scroll_offset.y == 0
        await review.press("G")
        assert review.view.scroll_offset.y == review.view.max_scroll_y >= paged
        await review.press("g")
        assert review.view.scroll_offset.y == 0


async def test_the_hidden_part_of_a_long_line_is_counted_and_can_be_reached():
    long = "x = " + "a" * 300 + "END\n"
    async with reviewing(Proposal("p", (change("a.py", "", long),)), size=(80, 24)) as review:
        assert "columns →" in review.text
        await review.press(*["right"] * 20)
        assert "END" in review.text
        assert "columns →" not in review.text


async def test_side_by_side_is_offered_where_there_is_room():
    async with reviewing(size=(139, 40)) as review:
        assert "side by side" not in review.footer
        await review.press("v")
        assert not review.pane.is_side_by_side
        assert "side by side needs 140 columns; here are 139" in review.summary
        await review.pilot.resize_terminal(140, 40)
        await review.pilot.pause()
        assert review.pane.is_side_by_side
        assert "v unified" in review.footer
        await review.press("v")
        assert "v side by side" in review.footer


async def test_question_mark_lists_the_keys():
    async with reviewing() as review:
        await review.press("question_mark")
        assert all(words in review.text for words in ("y ", "Accept the hunk and go to", "j ↓", "Go to the next hunk."))
        await review.press("escape")
        assert review.app.results == []


async def test_the_footer_shows_the_keys_that_apply_here():
    async with reviewing(Proposal("p", (change("a.py", None, "x\n"),))) as review:
        assert all(word not in review.footer for word in ("J/K", "Y/N", "u undo", "f/F", "z/Z", "←/→"))
        await review.press("y")
        assert "u undo" in review.footer


async def test_no_hint_is_cut_at_any_size():
    async with reviewing(size=(80, 24)) as review:
        await review.press("slash", *"token", "escape", "y")
        for size in ((80, 24), (100, 30), (140, 40)):
            await review.pilot.resize_terminal(*size)
            await at_rest(review.pilot)
            shown = " ".join(review.text.split())
            for hint in review.screen.query_one(KeyBar).hints:
                assert f"{hint.key} {hint.title}" in shown


async def test_a_long_path_is_shown_whole_at_any_width():
    path = "/".join(
        ["packages", "a-rather-long-folder-name", "another-one-that-decides", "src", "handlers", "index.py"]
    )
    async with reviewing(Proposal("p", (change(path, "x\n", "y\n"),)), size=(60, 24)) as review:
        assert path in review.text.replace("\n", "").replace(" ", "")


async def test_every_key_in_the_footer_is_bound():
    async with reviewing() as review:
        bound = {key for key, *_ in review.screen._bindings}
        for told in REVIEWING:
            assert {key for name in told.names for key in USUAL[name].keys} <= bound


# ── what was not meant (THREATS.md T6, T7, A3) ───────────────────────────────


async def test_keys_typed_ahead_of_the_screen_approve_nothing():
    async with reviewing(settled=False) as review:
        for key in ["A", "enter", "y", "enter"] * 13:
            await review.pilot.press(key)
        assert review.app.results == []
        assert all(verdict is None for file in review.verdicts for verdict in file)


@pytest.mark.parametrize("leading", [pytest.param("slash", id="search"), "c", "e"])
async def test_what_is_typed_at_once_after_a_key_that_leads_to_a_text_decides_nothing(leading: str):
    async with reviewing() as review:
        for key in [leading, "N", "Y", "A"]:
            review.app.simulate_key(key)  # all in the queue before the first is done
        await review.pilot.pause()
        assert all(verdict is None for file in review.verdicts for verdict in file)
        if leading == "slash":
            assert review.screen.query_one(SearchLine).value == "NYA"


async def test_a_paste_is_no_key():
    async with reviewing() as review:
        review.screen.post_message(events.Paste("A\ny\nY\n" * 2_500))
        await review.pilot.pause()
        assert review.app.results == []
        assert all(verdict is None for file in review.verdicts for verdict in file)


async def test_what_is_pasted_into_an_editor_is_text_and_saves_nothing():
    async with reviewing() as review:
        await review.press("e")
        review.app.screen.query_one(TextArea).post_message(events.Paste("A\ny\n\x13" * 2_500))
        await review.pilot.pause()
        assert review.screen is not review.app.screen
        await review.press("escape")
        assert all(verdict is None for file in review.verdicts for verdict in file)


async def test_keys_are_taken_again_once_the_keyboard_was_quiet():
    async with reviewing(settled=False) as review:
        await review.pilot.press("y", "y")
        await review.press("y")
        assert review.verdicts[0] == ["accept", None, None]


async def test_a_click_that_comes_with_the_opening_decides_nothing():
    async with reviewing(settled=False) as review:
        for x in range(40, 64, 4):  # over both buttons of the hunk
            await review.pilot.click(DiffView, offset=(x, 1))
        assert all(verdict is None for file in review.verdicts for verdict in file)


async def test_a_hunk_that_was_scrolled_away_is_shown_before_it_is_decided():
    lines = "".join(f"line {number}\n" for number in range(60))
    new_file = Proposal("p", (change("a", "old\n", "new\n"), change("b", "x\n" + lines, lines)))
    async with reviewing(new_file, size=(80, 24)) as review:
        await review.press("J", "Z", "G", "y")
        assert review.verdicts == [[None], [None]]
        await review.press("y")
        assert review.verdicts == [[None], ["accept"]]


async def test_keys_in_quick_succession_decide_hunk_after_hunk():
    old = "".join(f"{number}\n" for number in range(400))
    new = "".join(f"{number}!\n" if number % 40 == 20 else f"{number}\n" for number in range(400))
    async with reviewing(Proposal("p", (change("a", old, new),)), size=(80, 24)) as review:
        for _ in range(10):
            review.app.simulate_key("y")
        await review.pilot.pause()
        assert review.verdicts == [["accept"] * 10]


@pytest.mark.parametrize("size", [(40, 6), (12, 10)], ids=str)
async def test_what_cannot_be_seen_cannot_be_accepted(size: tuple[int, int]):
    async with reviewing(size=size) as review:
        await review.press("y", "A", "Y", "enter")
        assert all(verdict is None for file in review.verdicts for verdict in file)
        assert review.app.results == []


async def test_a_low_screen_keeps_room_for_the_diff_and_its_warning():
    sneaky = change("a.py", "x\n", "y\n", warnings=("runs by itself in CI",))
    async with reviewing(Proposal("p", (sneaky, *shop_proposal().changes)), size=(40, 12)) as review:
        assert "runs by itself in CI" in review.text
        assert review.view.size.height >= 5
        await review.press("y")
        assert review.verdicts[0] == ["accept"]


async def test_a_file_that_changed_on_disk_can_only_be_rejected():
    async with reviewing(stale=lambda: {"auth/session.py"}) as review:
        await review.press("y")
        assert review.verdicts[0][0] is None
        await review.press("A")
        assert review.verdicts == [[None] * 3, ["accept"], ["accept"]]
        await review.press("K", "K", "N", "enter")
        assert review.result is not None
        assert review.result.files[0].hunks == (HunkReview("reject"),) * 3


async def test_a_stale_file_blocks_what_was_accepted_before():
    changed: set[str] = set()
    async with reviewing(stale=lambda: changed) as review:
        await review.press("A")
        changed.add("auth/views.py")
        await review.press("enter")
        assert review.app.results == []
        assert "changed on disk" in review.summary


async def test_invisible_characters_are_marked_and_counted():
    sneaky = "if user != 'admin\u202e \u2066# check\u2069 \u2066':\n"
    async with reviewing(Proposal("p", (change("a.py", "pass\n", sneaky),))) as review:
        warnings = str(review.screen.query_one(".warnings").render())
        assert "4 invisible characters" in warnings
        assert "⟨U+202E⟩" in review.text
        assert "\u202e" not in review.text


@pytest.mark.parametrize("text", ["[bold]x[/bold]", "[@click=app.quit]x[/]", "[/x]", "a]b[c"])
async def test_markup_in_data_is_text(text: str):
    proposal = Proposal("p", (change(f"{text}.py", f"{text}\n", f"{text} new\n", warnings=(text,)),))
    async with reviewing(proposal) as review:
        await review.press("c", *"x", "ctrl+s", "slash", "x", "escape", "escape", "A", "enter")
        assert review.result is not None


async def test_a_review_that_nobody_touches_is_painted_no_more(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tui.screens.review._LOOK_SECONDS", 0.01)
    paints = 0
    looks_since = 0

    def look() -> set[str]:
        nonlocal looks_since
        looks_since += 1
        return set()

    async with reviewing(stale=look) as review:
        paint = review.app._display

        def counted(screen: Screen[Any], renderable: RenderableType | None) -> None:
            nonlocal paints, looks_since
            paints, looks_since = paints + 1, 0
            paint(screen, renderable)

        monkeypatch.setattr(review.app, "_display", counted)
        await review.press("y")
        await until(review.pilot, lambda: paints > 0 and looks_since > 5)
