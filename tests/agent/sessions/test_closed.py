"""The sessions of a folder: listed, previewed, searched, renamed, exported and deleted, open ones left alone."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from agent.record.entries import Opened, Said, TurnClosed
from agent.record.file import SessionBusy, SessionFile
from agent.record.shelf import SessionSummary, folder_of, path_of
from agent.record.tape import TapeFolder, tape_folder
from agent.sessions import closed as sessions
from backends.types import AssistantMessage, Message, ToolCall, ToolResult, UserMessage
from tests.agent.scripted import answer
from tests.agent.world import World, create


def held(world: World, name: str, *said: Message) -> Path:
    """A closed session."""
    path = path_of(folder_of(world.home.data, world.root), name)
    file = SessionFile.open(path)
    for entry in (Opened(name, str(world.root), "2026-11-22", "x"), *map(Said, said), TurnClosed("answered")):
        file.append(entry)
    file.close()
    return path


async def test_a_session_is_listed_under_its_first_words_until_it_has_a_title(world: World) -> None:
    held(world, "s1", UserMessage("mend the login\nplease"), AssistantMessage("Done."))
    assert [(row.id, row.title, row.messages) for row in await sessions.recent(world.home, world.root)] == [
        ("s1", "mend the login", 2)
    ]
    await sessions.rename(world.home, world.root, "s1", "  The\nlogin ")
    assert [row.title for row in await sessions.recent(world.home, world.root)] == ["The login"]


async def test_a_session_in_which_the_model_never_said_a_word_is_not_listed_unless_it_broke_off(world: World) -> None:
    unanswered = held(world, "unanswered", UserMessage("hello"))
    broken = held(world, "broken", UserMessage("hello"))
    broken.write_bytes(b"".join(broken.read_bytes().splitlines(keepends=True)[:-1]))
    assert [row.id for row in await sessions.recent(world.home, world.root)] == ["broken"]
    await sessions.rename(world.home, world.root, "unanswered", "Kept")
    assert {row.title for row in await sessions.recent(world.home, world.root)} == {"hello", "Kept"}
    assert unanswered.exists()


@pytest.mark.parametrize(("messages", "words"), [(0, "0 messages"), (1, "1 message"), (2, "2 messages")])
def test_the_length_of_a_session_is_told_in_words(messages: int, words: str) -> None:
    assert SessionSummary("s", Path("s"), "", messages, 0.0).length == words


async def test_the_session_at_hand_can_be_named_too(world: World) -> None:
    async with world.session(answer("Hello.")) as told:
        await told.turn("hello")
        with pytest.raises(SessionBusy):
            await sessions.rename(world.home, world.root, told.id, "Mine")
        await sessions.rename_open(told.session, "Mine")
        assert [row.title for row in await sessions.recent(world.home, world.root)] == ["Mine"]
        with pytest.raises(ValueError, match="title"):
            await sessions.rename_open(told.session, " \n")


async def test_a_preview_shows_the_end_in_the_words_of_each(world: World) -> None:
    called = ToolCall("c", "search", {"query": "x"}, '{"query": "x"}')
    held(
        world,
        "s1",
        *[UserMessage(f"old {number}") for number in range(20)],
        UserMessage("find x\n\n[oss-tui: the user undid your change of a; open it again before you go on]"),
        AssistantMessage("", "hm", called),
        ToolResult("c", "search", "y" * 5_000),
        AssistantMessage("Found."),
    )
    preview = await sessions.preview(world.home, world.root, "s1")
    assert preview.said[-4:] == (
        ("you", "find x"),
        ("model", 'search {"query": "x"}'),
        ("search", "y" * 60),
        ("model", "Found."),
    )
    assert (preview.name, preview.messages, len(preview.said)) == ("old 0", 24, 12)


async def test_a_search_finds_all_words_in_any_case_and_shows_the_place(world: World) -> None:
    held(world, "s1", UserMessage("mend the LOGIN"), AssistantMessage("The session store was empty."))
    held(world, "s2", UserMessage("mend the logout"))
    result = await sessions.search(world.home, world.root, "login Store")
    assert [(found.id, found.excerpt) for found in result.found] == [("s1", "mend the LOGIN")]
    assert result.is_complete
    assert (await sessions.search(world.home, world.root, "nothing")).found == ()
    assert (await sessions.search(world.home, world.root, "  ")).found == ()


async def test_a_search_is_bounded_and_says_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        held(world, f"s{number}", UserMessage("same words"))
    monkeypatch.setattr(sessions, "MOST_FOUND", 2)
    result = await sessions.search(world.home, world.root, "same")
    assert (len(result.found), result.is_complete) == (2, False)
    monkeypatch.setattr(sessions, "SEARCH_SECONDS", -1.0)
    assert await sessions.search(world.home, world.root, "same") == sessions.SearchResult((), is_complete=False)


async def test_deleting_takes_the_kept_bytes_along_and_nothing_else(world: World) -> None:
    async with world.session(create("new.py", "x"), answer("Done.")) as told:
        await told.turn("make it")
        first = told.id
        with pytest.raises(SessionBusy):
            await sessions.delete(world.home, world.root, first)
    other = held(world, "other", UserMessage("stay"), AssistantMessage("Yes."))
    assert (world.home.data / "changes" / first).exists()
    await sessions.delete(world.home, world.root, first)
    assert not (world.home.data / "changes" / first).exists()
    assert [row.id for row in await sessions.recent(world.home, world.root)] == ["other"]
    assert other.exists()
    assert (world.root / "new.py").exists()


async def test_what_went_over_the_wire_is_deleted_with_its_session(world: World) -> None:
    tape = TapeFolder(tape_folder(held(world, "s1", UserMessage("hello"))))
    tape.begin("POST", "/api/chat", b"{}").ended()
    tape.close()
    assert list(tape.folder.iterdir())
    await sessions.delete(world.home, world.root, "s1")
    assert not tape.folder.exists()


@pytest.mark.parametrize("name", ["nowhere", "../../x", "/etc/passwd", "", ".", "a/b"])
async def test_an_id_is_a_name_and_never_a_path(world: World, name: str) -> None:
    held(world, "s1", UserMessage("x"))
    for ask in (sessions.delete, sessions.preview):
        with pytest.raises(FileNotFoundError):
            await ask(world.home, world.root, name)


@pytest.mark.parametrize(("form", "ending"), [("markdown", "md"), ("html", "html")])
async def test_an_export_is_a_new_file_for_the_person_alone(
    world: World, tmp_path: Path, form: sessions.ExportForm, ending: str
) -> None:
    held(world, "s1", UserMessage("hello"), AssistantMessage("Hi."))
    target = tmp_path / f"out.{ending}"
    await sessions.export(world.home, world.root, "s1", form, target)
    assert "Hi." in target.read_text()
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    with pytest.raises(FileExistsError):
        await sessions.export(world.home, world.root, "s1", form, target)
