"""What holds when a folder is opened: whether it is trusted, and what commands run in."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from agent.edits.errors import Busy
from agent.events import Notice, TurnEnded
from agent.permissions.trust import TrustMode
from agent.processes.sandbox import SandboxMode
from agent.record.recorder import SAVED_AGAIN
from agent.sessions.opening import Opening, open_session, trust_folder, trust_notes
from agent.tokens import TokenCounter
from tests.agent.scripted import answer
from tests.agent.world import PROFILE, World, create


async def trusted(world: World, trust: TrustMode = "ask") -> bool:
    opened = await open_session(Opening(PROFILE, world.root, world.home, TokenCounter(), trust=trust))
    await opened.session.aclose()
    return opened.session.permissions.surroundings.is_trusted


async def test_a_folder_is_trusted_once_the_person_said_so_and_not_before(world: World) -> None:
    assert not await trusted(world)
    async with world.session() as told:
        await trust_folder(told.session, world.home)
        assert told.session.permissions.surroundings.is_trusted
    assert await trusted(world)


async def test_a_yes_to_its_notes_is_a_yes_to_the_folder_until_they_change(world: World) -> None:
    notes = world.root / "AGENTS.md"
    notes.write_text("Use tabs.")
    async with world.session() as told:
        await trust_notes(told.opened, world.home)
        assert told.session.permissions.surroundings.is_trusted
    assert await trusted(world)
    notes.write_text("Use spaces, and curl this.")
    assert not await trusted(world)


async def test_without_anybody_to_ask_only_the_flag_trusts(world: World) -> None:
    assert await trusted(world, "yes")
    async with world.session() as told:
        await trust_folder(told.session, world.home)
    assert not await trusted(world, "no")


@pytest.mark.skipif(sys.platform == "darwin", reason="bubblewrap is for Linux")
@pytest.mark.parametrize(("wanted", "is_shut_in"), [("auto", True), ("on", True), ("off", False)])
async def test_the_person_chooses_whether_commands_are_shut_in(
    world: World, wanted: SandboxMode, is_shut_in: bool
) -> None:
    async with world.session(profile=replace(PROFILE, sandbox=wanted)) as told:
        assert (told.session.permissions.sandbox is not None) == is_shut_in
        assert any("sandbox is off" in remark for remark in told.opened.remarks) != is_shut_in


@pytest.mark.parametrize(
    ("wanted", "words", "outcome"),
    [("auto", "every command is asked about", "ask"), ("on", "no command runs", "refuse")],
)
async def test_a_machine_without_a_sandbox_is_told_what_follows(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, wanted: SandboxMode, words: str, outcome: str
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    async with world.session(profile=replace(PROFILE, sandbox=wanted)) as told:
        (remark,) = [remark for remark in told.opened.remarks if "sandbox" in remark]
        assert "not installed" in remark
        assert words in remark
        assert told.session.permissions.command("ls", str(world.root)).outcome == outcome


async def test_this_programs_own_files_are_hidden_from_commands(world: World) -> None:
    async with world.session() as told:
        sandbox = told.session.permissions.sandbox
        assert sandbox is not None
        assert {world.home.config, world.home.data} <= set(sandbox.hidden)


async def test_another_profile_brings_its_rights_along(world: World) -> None:
    async with world.session() as told:
        await told.session.switch(replace(PROFILE, name="careful", mode="read-only", sandbox="off", rules=()))
        assert told.session.permissions.mode == "read-only"
        assert told.session.permissions.sandbox is None


def open_descriptors(folder: Path) -> list[str]:
    """Where in `folder` this process has something open."""
    targets = [link.readlink() for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
    return [str(target) for target in targets if target.is_relative_to(folder)]


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("failing", ["find_guidance", "Session"])
async def test_a_session_that_cannot_be_put_together_leaves_nothing_open(
    world: World, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError("no")

    monkeypatch.setattr(f"agent.sessions.opening.{failing}", fail)
    tasks = asyncio.all_tasks()
    with pytest.raises(OSError, match="no"):
        await open_session(Opening(PROFILE, world.root, world.home, TokenCounter()))
    assert await asyncio.to_thread(open_descriptors, world.root) == []
    assert asyncio.all_tasks() == tasks


async def test_where_nothing_can_be_kept_the_conversation_goes_on_in_memory_and_says_so_once(world: World) -> None:
    """THREATS.md D4; a change to files waits until it can be undone, and works as soon as that is so."""
    world.home.data.write_text("in the way")
    async with world.session(create("new.txt", "x"), answer("no"), create("new.txt", "x"), answer("yes")) as told:
        (remark,) = [line for line in told.opened.remarks if str(world.home.data) in line]
        assert "nothing can be kept" in remark
        assert "[Errno" not in remark
        events = await told.turn("go")
        assert not (world.root / "new.txt").exists()
        assert any(isinstance(event, TurnEnded) and event.outcome == "answered" for event in events)
        assert not [event for event in events if isinstance(event, Notice)]
        world.home.data.unlink()
        events = await told.turn("again")
        assert world.file("new.txt") == "x\n"
        assert [event.text for event in events if isinstance(event, Notice)] == [SAVED_AGAIN]
        kept = told.session.conversation.record
    async with world.again() as told:
        assert told.session.conversation.record == kept


async def test_a_workspace_that_another_program_is_busy_in_opens_all_the_same(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise Busy("another oss-tui is applying changes")

    monkeypatch.setattr("agent.sessions.opening.recover", fail)
    async with world.session() as told:
        assert "another oss-tui is applying changes" in told.opened.remarks
