"""Going on with a session: after its end, after a kill, after damage, with another profile, in a copy (D2, D9)."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.config.load import Home, Overrides, find_home, load_config
from agent.conversation import CANCELLED_RESULT
from agent.decisions import Inbox
from agent.events import TurnEnded
from agent.record.entries import (
    Entry,
    FilesChanged,
    Opened,
    Said,
    Shortened,
    Titled,
    TurnClosed,
    UnknownEntry,
    from_json,
    to_json,
)
from agent.record.file import SessionBusy, SessionDamaged, SessionFile, SessionTooNew, SessionUnavailable, read
from agent.record.lines import decode, encode
from agent.record.past import mend, recall
from agent.record.shelf import folder_of, newest, path_of
from agent.sessions.opening import Opening
from agent.sessions.reopening import fork, reopen, reopen_latest
from agent.sessions.rewinding import RewindRefused, rewind, undo
from agent.tokens import TokenCounter
from backends.types import AssistantMessage, Message, ToolCall, ToolResult, UserMessage
from tests.agent.scripted import answer
from tests.agent.world import PROFILE, World, create, named


def texts(messages: tuple[Message, ...]) -> list[str]:
    return [message.text for message in messages]


def shelf(world: World) -> Path:
    return folder_of(world.home.data, world.root)


# ── going on ─────────────────────────────────────────────────────────────────


async def test_a_session_goes_on_where_it_ended_with_the_same_prompt(world: World) -> None:
    async with world.session(answer("Hello.", reasoning="A greeting.")) as told:
        await told.turn("hello")
        before = told.session.conversation.prompt
        first = told.id
    async with world.again(answer("Still here."), session_id=first) as told:
        assert told.session.conversation.prompt == before
        assert told.session.conversation.record[1] == AssistantMessage("Hello.", "A greeting.")
        await told.turn("and now?")
        assert told.backend.requests[0].messages == (*before, UserMessage("and now?"))
    async with world.again() as told:
        assert told.id == first
        assert texts(told.session.conversation.prompt) == ["hello", "Hello.", "and now?", "Still here."]


async def test_the_day_of_a_session_stays_so_that_the_prompt_does(world: World) -> None:
    async with world.session(answer("Hello.")) as told:
        await told.turn("hello")
        path = told.session.recorder.path
    entries = read(path).entries
    path.unlink()
    old = Opened(path.stem, str(world.root), "2001-01-01", "x")
    write(path, [old, *entries[1:]])
    async with world.again(answer("Hi.")) as told:
        await told.turn("hi")
        assert told.backend.requests[0].date == "2001-01-01"


async def test_another_profile_takes_over_and_the_person_is_told(world: World) -> None:
    async with world.session(answer("Hello.")) as told:
        await told.turn("hello")
    async with world.again(answer("Hi."), profile=named("large")) as told:
        assert "it was held with the profile local and goes on with large" in told.opened.remarks
        await told.turn("hi")
    async with world.again(profile=named("large")) as told:
        assert not any("profile" in remark for remark in told.opened.remarks)


async def test_what_changed_files_is_known_again_and_can_be_undone(world: World) -> None:
    async with world.session(create("new.py", "x"), answer("Done.")) as told:
        await told.turn("make it")
    async with world.again() as told:
        assert told.session.ledger.changed == ("new.py",)
        await rewind(told.session, 1)
        assert not (world.root / "new.py").exists()


async def test_an_apply_that_was_not_written_down_any_more_is_known_again_and_can_be_rewound(world: World) -> None:
    async with world.session(create("new.py", "x"), answer("Done.")) as told:
        await told.turn("make it")
        path = told.session.recorder.path
    kept = [line for line in lines(path) if b'"t":"files"' not in line][:4]  # opening, profile, prompt, call
    path.write_bytes(b"".join(kept))
    async with world.again() as told:
        assert "changed just before the session broke off: new.py" in told.opened.remarks
        assert told.session.ledger.changed == ("new.py",)
        await rewind(told.session, 1)
        assert not (world.root / "new.py").exists()
    async with world.again() as told:
        assert told.session.ledger.changed == ()
        assert not any("broke off" in remark for remark in told.opened.remarks)


async def test_an_undo_that_was_not_written_down_any_more_is_told_to_the_model(world: World) -> None:
    async with world.session(create("new.py", "x"), answer("Done.")) as told:
        await told.turn("make it")
        await undo(told.session)
        path = told.session.recorder.path
    path.write_bytes(b"".join(line for line in lines(path) if b'"t":"turned"' not in line))
    async with world.again(answer("I see.")) as told:
        assert told.session.ledger.changed == ()
        await told.turn("go on")
        assert "undid your change of new.py" in told.backend.requests[0].messages[-1].text


async def test_a_shortened_prompt_stays_short(world: World) -> None:
    async with world.session(answer("a"), answer("b"), answer("c")) as told:
        await told.turn("first")
        told.session.conversation.shorten((UserMessage("short"),))
        await told.turn("second")
        before = told.session.conversation.prompt
    async with world.again() as told:
        assert told.session.conversation.prompt == before
        assert texts(before) == ["short", "second", "b"]
        assert told.session.conversation.lengthen()
        assert texts(told.session.conversation.prompt) == ["first", "a", "second", "b"]
    async with world.again() as told:
        assert texts(told.session.conversation.prompt) == ["first", "a", "second", "b"]


async def test_a_prompt_shortened_in_the_middle_of_a_turn_that_was_killed_stays_short(world: World) -> None:
    path = path_of(shelf(world), "s1")
    said = [UserMessage("first"), AssistantMessage("a"), UserMessage("second"), AssistantMessage("", "hm", CALL)]
    write(path, [opened(world), *map(Said, said[:2]), TurnClosed("answered"), *map(Said, said[2:])])
    write(path, [Said(RESULT), Shortened((UserMessage("short"),)), Said(AssistantMessage("", "more", CALL))])
    async with world.again() as told:
        assert texts(told.session.conversation.prompt) == ["short", "", CANCELLED_RESULT]
        assert len(told.session.conversation.record) == 7


async def test_without_an_earlier_session_the_latest_is_a_new_one(world: World) -> None:
    async with world.again(answer("Hello.")) as told:
        assert any("new one" in remark for remark in told.opened.remarks)
        await told.turn("hello")
    assert len(newest(shelf(world))) == 1


async def test_a_session_that_is_open_is_not_opened_twice(world: World) -> None:
    async with world.session(answer("Hello.")) as told:
        await told.turn("hello")
        first = told.id
        with pytest.raises(SessionBusy):
            await reopen(first, Opening(PROFILE, world.root, world.home, TokenCounter()))
        async with world.again() as other:
            assert other.id != first
            assert any("open in another" in remark for remark in other.opened.remarks)
    async with world.again(session_id=first):
        pass


@pytest.mark.parametrize("name", ["nowhere", "../x", "a b", ""])
async def test_a_session_that_does_not_exist_is_named(world: World, name: str) -> None:
    with pytest.raises((FileNotFoundError, SessionUnavailable)):
        await reopen(name, Opening(PROFILE, world.root, world.home, TokenCounter()))


# ── a copy ───────────────────────────────────────────────────────────────────


async def test_a_copy_goes_its_own_way(world: World) -> None:
    async with world.session(answer("Hello.")) as told:
        await told.turn("hello")
        first = told.id
        second = await fork(first, world.root, world.home)
    async with world.again(answer("Other."), session_id=second) as told:
        await told.turn("other")
    assert texts(recall(read(path_of(shelf(world), first)).entries).messages) == ["hello", "Hello."]
    past = recall(read(path_of(shelf(world), second)).entries)
    assert (past.forked_from, texts(past.messages)) == (first, ["hello", "Hello.", "other", "Other."])


async def test_a_copy_does_not_undo_what_the_first_session_changed(world: World) -> None:
    async with world.session(create("new.py", "x"), answer("Done.")) as told:
        await told.turn("make it")
        second = await fork(told.id, world.root, world.home)
    async with world.again(session_id=second) as told:
        with pytest.raises(RewindRefused, match="forked"):
            await rewind(told.session, 1)
        assert (world.root / "new.py").exists()
        assert told.session.conversation.requests == ("make it",)


# ── damage ───────────────────────────────────────────────────────────────────

CALL = ToolCall("c1", "open_file", {"path": "a"}, '{"path": "a"}')
RESULT = ToolResult("c1", "open_file", "text of a")
SAID: list[Message] = [
    UserMessage("read a"),
    AssistantMessage("", "Look.", CALL),
    RESULT,
    AssistantMessage("It says so."),
    UserMessage("thanks"),
    AssistantMessage("Any time."),
]


def opened(world: World) -> Opened:
    return Opened("s1", str(world.root), "2026-11-22", "oss-tui")


def write(path: Path, entries: list[Entry]) -> None:
    file = SessionFile.open(path)
    for entry in entries:
        file.append(entry)
    file.close()


def whole(world: World) -> Path:
    path = path_of(shelf(world), "s1")
    write(path, [opened(world), *map(Said, SAID), TurnClosed("answered")])
    return path


def lines(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines(keepends=True)


def fits_together(messages: tuple[Message, ...]) -> bool:
    """Every result behind its call, every call with its result."""
    calls = [(at, m.call.id) for at, m in enumerate(messages) if isinstance(m, AssistantMessage) and m.call]
    results = [(at - 1, m.call_id) for at, m in enumerate(messages) if isinstance(m, ToolResult)]
    return calls == results


Damage = Callable[[list[bytes]], list[bytes]]

DAMAGES = [
    pytest.param(lambda parts: [*parts[:-1], parts[-1][:-9]], 6, id="torn tail"),
    pytest.param(lambda parts: [*parts[:3], parts[3][: len(parts[3]) // 2], *parts[4:]], 6, id="half a line lost"),
    pytest.param(lambda parts: [*parts[:2], b"\0" * 4096 + b"\n", *parts[2:]], 6, id="a run of NUL bytes"),
    pytest.param(lambda parts: [*parts[:2], parts[2].rstrip(b"\n"), *parts[3:]], 6, id="two lines fused"),
    pytest.param(lambda parts: [*parts[:2], b"\xff\xfe" + parts[2], *parts[3:]], 6, id="foreign bytes before a line"),
    pytest.param(lambda parts: [part for at, part in enumerate(parts) if at != 3], 6, id="a result lost"),
    pytest.param(lambda parts: [part for at, part in enumerate(parts) if at != 2], 4, id="a call lost"),
    pytest.param(lambda parts: parts[1:], 6, id="the opening lost"),
    pytest.param(lambda parts: [*parts[:4], parts[4].replace(b"It", b"Xt"), *parts[5:]], 5, id="a flipped byte"),
    pytest.param(lambda parts: [*parts, *parts[1:7]], 12, id="lines twice"),
]


@pytest.mark.parametrize(("damage", "kept"), DAMAGES)
async def test_a_damaged_session_goes_on_with_what_is_intact(world: World, damage: Damage, kept: int) -> None:
    path = whole(world)
    path.write_bytes(b"".join(damage(lines(path))))
    async with world.again(answer("Here."), session_id="s1") as told:
        record = told.session.conversation.record
        assert fits_together(record)
        assert len(record) == kept
        await told.turn("go on")
        assert told.backend.requests[0].messages[-1] == UserMessage("go on")
    assert recall(read(path).entries).messages[-2:] == (UserMessage("go on"), AssistantMessage("Here."))


async def test_the_person_is_told_how_much_was_passed_over(world: World) -> None:
    path = whole(world)
    path.write_bytes(b"".join(lines(path)[:2]) + b"garbage\n" + b"".join(lines(path)[2:]))
    async with world.again() as told:
        assert any("1 piece of the session file could not be read" in remark for remark in told.opened.remarks)


async def test_a_kill_in_the_middle_of_a_turn_leaves_a_session_that_goes_on(world: World) -> None:
    path = path_of(shelf(world), "s1")
    write(path, [opened(world), *map(Said, SAID[:2])])
    async with world.again(answer("Here.")) as told:
        assert texts(told.session.conversation.record)[-1] == CANCELLED_RESULT
        assert told.session.conversation.prompt[1] == AssistantMessage("", "", CALL)
        await told.turn("go on")
    closed = [entry.outcome for entry in read(path).entries if isinstance(entry, TurnClosed)]
    assert closed == ["interrupted", "answered"]


USELESS = {
    "empty": b"",
    "only NUL bytes": b"\0" * 9_000,
    "binary": bytes(range(256)) * 40,
    "half a line": b'{"v":1,"t":"user","te',
    "JSON of somebody else": b'{"role":"user","content":"hi"}\n',
    "a list": b"[1,2,3]\n",
    "deep": b"[" * 100_000,
    "a huge line": b"x" * 3_000_000,
    "text": "das ist kein Protokoll\n".encode("utf-16"),
    "another folder's": encode(
        {"t": "opened", "session": "s1", "workspace": "/elsewhere", "date": "", "program": ""}, 1
    ),
}


@pytest.mark.parametrize("content", USELESS.values(), ids=USELESS.keys())
async def test_a_file_that_cannot_be_used_is_kept_aside_and_named_and_a_new_session_begins(
    world: World, content: bytes
) -> None:
    shelf(world).mkdir(parents=True)
    path = path_of(shelf(world), "s1")
    path.write_bytes(content)
    with pytest.raises(SessionDamaged):
        await reopen("s1", Opening(PROFILE, world.root, world.home, TokenCounter()))
    async with world.again(answer("Hello.")) as told:
        assert any("s1.jsonl" in remark and "damaged-1" in remark for remark in told.opened.remarks)
        await told.turn("hello")
    assert path.with_name("s1.jsonl.damaged-1").read_bytes() == content


@pytest.mark.parametrize("kind", ["fifo", "folder", "link", "somebody's"])
async def test_a_file_that_is_no_file_is_not_waited_for(world: World, kind: str) -> None:
    shelf(world).mkdir(parents=True)
    path = path_of(shelf(world), "s1")
    match kind:
        case "fifo":
            os.mkfifo(path)
        case "folder":
            path.mkdir()
        case "link":
            path.symlink_to("/dev/zero")
        case _ if os.getuid() == 0:
            path.write_bytes(b"x")
            os.chown(path, 65_534, 65_534)
        case _:
            return  # only root can give a file away
    with pytest.raises(SessionDamaged):
        await reopen("s1", Opening(PROFILE, world.root, world.home, TokenCounter()))
    async with world.again() as told:
        assert told.id != "s1"


async def test_a_newer_file_is_passed_over_and_stays(world: World) -> None:
    shelf(world).mkdir(parents=True)
    path = path_of(shelf(world), "s1")
    path.write_bytes(encode({"t": "opened"}, 99))
    with pytest.raises(SessionTooNew):
        await reopen("s1", Opening(PROFILE, world.root, world.home, TokenCounter()))
    async with world.again() as told:
        assert any("newer" in remark for remark in told.opened.remarks)
    assert path.exists()


@given(st.binary(max_size=400), st.integers(0, 2_000))
@settings(max_examples=150, deadline=None)
def test_bytes_of_any_kind_anywhere_never_make_a_conversation_that_no_server_takes(noise: bytes, at: int) -> None:
    entries: list[Entry] = [*map(Said, SAID), TurnClosed("answered"), FilesChanged("u", ("a",)), Titled("t")]
    data = b"".join(encode(to_json(entry), 1) for entry in entries)
    at %= len(data)
    kept: list[Entry] = []
    for record in decode(data[:at] + noise + data[at + len(noise) // 2 :]).records:
        try:
            kept.append(from_json(record))
        except UnknownEntry:
            continue
    messages = mend(recall(kept).messages)
    last = messages[-1] if messages else None
    is_open = isinstance(last, AssistantMessage) and last.call is not None
    assert fits_together(messages[:-1] if is_open else messages)


# ── the real program, killed ─────────────────────────────────────────────────


def test_a_session_of_oss_tui_exec_that_was_killed_in_the_middle_of_a_turn_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OSS_TUI_DEMO_SPEED", "0")
    folder, home = tmp_path / "work", tmp_path / "home"
    folder.mkdir()
    environ = {
        "PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "OSS_TUI_HOME": str(home), "OSS_TUI_DEMO_SPEED": "60"
    }  # fmt: skip
    command = [sys.executable, "-P", "-m", "tui.cli", "exec", "--profile", "demo", "--json", "add a demo file please"]
    started = subprocess.Popen(command, cwd=folder, env=environ, stdout=subprocess.PIPE, text=True)
    assert started.stdout is not None
    for line in started.stdout:
        if json.loads(line)["type"] == "call.started":
            break
    started.send_signal(signal.SIGKILL)
    assert started.wait() == -signal.SIGKILL
    started.stdout.close()
    reopened, outcome = asyncio.run(go_on(folder, find_home({"OSS_TUI_HOME": str(home)})))
    assert reopened[0] == "add a demo file please"
    assert outcome == "answered"


async def go_on(folder: Path, home: Home) -> tuple[list[str], str]:
    profile = load_config(home.config, Overrides(profile="demo"), {}).default_profile
    opened = await reopen_latest(Opening(profile, folder, home, TokenCounter()))
    async with aclosing(opened.session):
        record = texts(opened.session.conversation.record)
        async with aclosing(opened.session.turn("hello", Inbox())) as events:
            outcomes = [event.outcome async for event in events if isinstance(event, TurnEnded)]
        return record, outcomes[0]
