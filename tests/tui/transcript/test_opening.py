"""An empty conversation tells what can be done, and only with keys that there are."""

from __future__ import annotations

from agent.events import Notice
from tests.tui.screens.fakes import ScriptedTalk, answering, chat_app, rows
from tests.tui.screens.test_chat import say
from tui.transcript.opening import Way, opening_rows
from tui.transcript.rows import row_text


def test_the_ways_that_have_a_key_stand_below_the_first_words() -> None:
    told = opening_rows((Way("@", "names a file"), Way("", "is bound to nothing"), Way("F1", "all keys")), 80)
    assert [row_text(row).rstrip() for row in told] == [
        "",
        "   Ask about this folder, or say what to change.",
        "",
        "   @           names a file",
        "   F1          all keys",
    ]


async def test_it_stands_below_what_the_program_remarks_at_its_start() -> None:
    app = chat_app(ScriptedTalk(answering("hello")), notices=(Notice("mind the step", "warning"),))
    async with app.run_test() as pilot:
        await pilot.pause()
        seen = [row.strip() for row in rows(app) if row.strip()]
        assert seen.index("! mind the step") < seen.index("Ask about this folder, or say what to change.")
        await say(pilot, "hi")
        assert not any("goes on with" in row for row in rows(app))


async def test_what_is_said_takes_its_place_and_a_new_conversation_brings_it_back() -> None:
    app = chat_app(ScriptedTalk(answering("hello")))
    async with app.run_test() as pilot:
        await pilot.pause()
        assert any("goes on with an earlier session" in row for row in rows(app))
        await say(pilot, "hi")
        assert not any("goes on with" in row for row in rows(app))
        await say(pilot, "/new")
        assert any("goes on with an earlier session" in row for row in rows(app))
