"""Undo, redo and rewind in an open session: conversation and files never tell two stories."""

from __future__ import annotations

import pytest

from agent.edits.errors import UndoRefused
from agent.ledger import without_news
from agent.sessions.rewinding import NothingToTurn, RewindRefused, changes, prompts, redo, rewind, undo
from backends.types import UserMessage
from tests.agent.scripted import answer, call
from tests.agent.world import World, create, patch


@pytest.fixture
def shop(world: World) -> World:
    (world.root / "shop.py").write_text("one\n")
    return world


async def test_an_undone_step_is_told_to_the_model_with_the_next_message_and_only_then(shop: World) -> None:
    async with shop.session(patch("shop.py", "one", "two"), answer("Done."), answer("I see."), answer("Yes.")) as told:
        await told.turn("change it")
        sent = told.backend.requests[-1].messages
        turned = await undo(told.session)
        assert (turned.paths, shop.file("shop.py")) == (("shop.py",), "one\n")
        await told.turn("and now?")
        message = told.backend.requests[-1].messages[-1]
        assert "the user undid your change of shop.py" in message.text
        assert without_news(message.text) == "and now?"
        assert told.backend.requests[-1].messages[: len(sent)][0] == sent[0]
        await told.turn("again?")
        assert told.backend.requests[-1].messages[-1] == UserMessage("again?")


async def test_what_was_undone_and_redone_is_not_told(shop: World) -> None:
    async with shop.session(patch("shop.py", "one", "two"), answer("Done."), answer("Yes.")) as told:
        await told.turn("change it")
        await undo(told.session)
        await redo(told.session)
        assert shop.file("shop.py") == "two\n"
        await told.turn("go on")
        assert told.backend.requests[-1].messages[-1] == UserMessage("go on")


async def test_undo_goes_back_step_by_step_and_redo_forth(shop: World) -> None:
    script = (patch("shop.py", "one", "two"), patch("shop.py", "two", "three"), answer("Done."))
    async with shop.session(*script) as told:
        await told.turn("change it twice")
        seen = [shop.file("shop.py")]
        for turn in (undo, undo, redo, redo):
            await turn(told.session)
            seen.append(shop.file("shop.py"))
        assert seen == ["three\n", "two\n", "one\n", "two\n", "three\n"]
        with pytest.raises(NothingToTurn, match="redo"):
            await redo(told.session)
        await undo(told.session)
        await undo(told.session)
        with pytest.raises(NothingToTurn, match="undo"):
            await undo(told.session)


async def test_undo_refuses_when_the_file_changed_since_and_records_nothing(shop: World) -> None:
    async with shop.session(patch("shop.py", "one", "two"), answer("Done.")) as told:
        await told.turn("change it")
        (shop.root / "shop.py").write_text("mine\n")
        with pytest.raises(UndoRefused):
            await undo(told.session)
        assert shop.file("shop.py") == "mine\n"
        assert told.session.ledger.undone == ()


BOTH = (
    "*** Begin Patch\n*** Update File: shop.py\n@@\n-one\n+two\n*** Update File: old.py\n*** Move to: new.py\n"
    "@@\n-a\n+b\n*** End Patch\n"
)


@pytest.fixture
def two(shop: World) -> World:
    (shop.root / "old.py").write_text("a\n")
    return shop


async def test_one_file_of_a_step_is_undone_told_and_made_again(two: World) -> None:
    script = (call("apply_patch", {"patch": BOTH}), answer("Done."), answer("I see."))
    async with two.session(*script) as told:
        await told.turn("change both")
        assert (await undo(told.session, path="new.py")).paths == ("old.py",)
        assert (two.file("shop.py"), two.file("old.py"), (two.root / "new.py").exists()) == ("two\n", "a\n", False)
        assert told.session.ledger.changed == ("shop.py",)
        await told.turn("and now?")
        assert "undid your change of old.py;" in told.backend.requests[-1].messages[-1].text
        assert (await redo(told.session)).paths == ("new.py",)
        assert told.session.ledger.changed == ("shop.py", "new.py")
        await undo(told.session, path="new.py")
        assert (await undo(told.session)).paths == ("shop.py",)
        assert told.session.ledger.changed == ()


async def test_a_file_that_was_undone_alone_stays_so_when_the_session_goes_on(two: World) -> None:
    async with two.session(call("apply_patch", {"patch": BOTH}), answer("Done.")) as told:
        await told.turn("change both")
        await undo(told.session, path="old.py")
    async with two.again(answer("I see.")) as told:
        assert told.opened.remarks == ()
        assert told.session.ledger.changed == ("shop.py",)
        await rewind(told.session, 1)
        assert (two.file("shop.py"), two.file("old.py")) == ("one\n", "a\n")


async def test_the_step_that_changed_a_file_is_undone_as_a_whole_when_asked(two: World) -> None:
    script = (call("apply_patch", {"patch": BOTH}), patch("shop.py", "two", "three"), answer("Done."))
    async with two.session(*script) as told:
        await told.turn("change both, then one")
        await undo(told.session)
        assert (await undo(told.session, "new.py", whole_step=True)).paths == ("shop.py", "old.py")
        assert told.session.ledger.changed == ()


@pytest.mark.parametrize("path", ["other.py", "shop.py"], ids=["never changed", "undone already"])
async def test_a_file_with_nothing_to_undo_is_refused_by_name(two: World, path: str) -> None:
    async with two.session(patch("shop.py", "one", "two"), answer("Done.")) as told:
        await told.turn("change it")
        await undo(told.session)
        with pytest.raises(NothingToTurn, match=f"nothing to undo of {path}"):
            await undo(told.session, path=path)


async def test_the_changes_of_a_session_are_one_diff_from_first_to_last(shop: World) -> None:
    script = (patch("shop.py", "one", "two"), create("new.py", "x"), patch("shop.py", "two", "three"), answer("Done."))
    async with shop.session(*script) as told:
        await told.turn("change it")
        diff = {change.target: (change.before, change.after) for change in (await changes(told.session)).changes}
        assert diff == {"shop.py": (b"one\n", b"three\n"), "new.py": (None, b"x\n")}


async def test_rewind_takes_conversation_and_files_back_together(shop: World) -> None:
    script = (answer("Hello."), patch("shop.py", "one", "two"), create("new.py", "x"), answer("Done."), answer("New."))
    async with shop.session(*script) as told:
        await told.turn("hello")
        await told.turn("change it")
        assert [(prompt.number, prompt.text, prompt.steps) for prompt in prompts(told.session)] == [
            (1, "hello", 2),
            (2, "change it", 2),
        ]
        back = await rewind(told.session, 2)
        assert (back.prompt, set(back.paths)) == ("change it", {"new.py", "shop.py"})
        assert shop.file("shop.py") == "one\n"
        assert not (shop.root / "new.py").exists()
        await told.turn("something else")
        assert [message.text for message in told.backend.requests[-1].messages] == ["hello", "Hello.", "something else"]


async def test_rewind_changes_nothing_when_one_file_was_changed_since(shop: World) -> None:
    script = (create("new.py", "x"), patch("shop.py", "one", "two"), create("last.py", "x"), answer("Done."))
    async with shop.session(*script) as told:
        await told.turn("change it")
        (shop.root / "shop.py").write_text("mine\n")
        with pytest.raises(RewindRefused, match=r"shop\.py"):
            await rewind(told.session, 1)
        assert [shop.file(path) for path in ("new.py", "shop.py", "last.py")] == ["x\n", "mine\n", "x\n"]
        assert told.session.conversation.requests == ("change it",)
        (shop.root / "shop.py").write_text("two\n")
        await rewind(told.session, 1)
        assert shop.file("shop.py") == "one\n"


async def test_an_undo_that_the_model_was_told_of_later_is_told_again_after_a_rewind(shop: World) -> None:
    script = (patch("shop.py", "one", "two"), answer("Done."), answer("I see."), answer("Yes."))
    async with shop.session(*script) as told:
        await told.turn("change it")
        await undo(told.session)
        await told.turn("and now?")
        back = await rewind(told.session, 2)
        assert back.prompt == "and now?"
        await told.turn("other words")
        assert "the user undid your change of shop.py" in told.backend.requests[-1].messages[-1].text


@pytest.mark.parametrize("number", [0, 2, -1])
async def test_there_is_no_rewind_to_a_prompt_that_was_never_written(shop: World, number: int) -> None:
    async with shop.session(answer("Hello.")) as told:
        await told.turn("hello")
        with pytest.raises(RewindRefused, match="no prompt"):
            await rewind(told.session, number)


async def test_everything_holds_after_the_session_is_reopened(shop: World) -> None:
    script = (patch("shop.py", "one", "two"), patch("shop.py", "two", "three"), answer("Done."))
    async with shop.session(*script) as told:
        await told.turn("change it")
        await undo(told.session)
    async with shop.again(answer("I see.")) as told:
        assert prompts(told.session)[0].steps == 1
        assert told.session.ledger.changed == ("shop.py",)
        await told.turn("and now?")
        assert "the user undid" in told.backend.requests[-1].messages[-1].text
        await rewind(told.session, 1)
        assert shop.file("shop.py") == "one\n"
    async with shop.again() as told:
        assert told.session.conversation.record == ()
        with pytest.raises(RewindRefused):
            await rewind(told.session, 1)
