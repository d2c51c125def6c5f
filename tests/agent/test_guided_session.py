"""A session with notes and further tools: what the first request says, and that it stays what it was."""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

import pytest

from agent.config.load import Home, Overrides, load_config
from agent.decisions import Inbox
from agent.events import Notice, StepStarted, TurnStarted
from agent.session import Session
from agent.sessions.opening import OpenedSession, Opening, open_session, trust_notes
from agent.tokens import TokenCounter
from backends.types import ToolResult

BARE_SERVER = Path(__file__).parent / "tools" / "bare_server.py"
NOTE = "Run make test before you answer."


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("OSS_TUI_DEMO_SPEED", "0")
    (tmp_path / "config").mkdir()
    return Home(tmp_path / "config", tmp_path / "data")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "AGENTS.md").write_text(NOTE)
    return tmp_path / "work"


async def opened_in(folder: Path, home: Home) -> OpenedSession:
    config = load_config(home.config, Overrides(profile="demo"), {})
    return await open_session(Opening(config.default_profile, folder, home, TokenCounter(), config=config))


async def ask(session: Session, prompt: str = "hello") -> list[object]:
    async with aclosing(session.turn(prompt, Inbox())) as events:
        return [event async for event in events]


async def instructions_tokens(session: Session) -> int:
    return (await session.context()).instructions


@pytest.fixture
async def opened(folder: Path, home: Home) -> AsyncGenerator[OpenedSession]:
    found = await opened_in(folder, home)
    yield found
    await found.session.aclose()


async def test_a_yes_before_the_first_question_makes_the_notes_count_at_once(opened: OpenedSession, home: Home) -> None:
    before = await instructions_tokens(opened.session)
    assert await trust_notes(opened, home) == "AGENTS.md: used from now on"
    assert await instructions_tokens(opened.session) > before


async def test_a_yes_after_the_first_question_leaves_the_instructions_as_they_were_sent(
    opened: OpenedSession, home: Home, folder: Path
) -> None:
    without = await instructions_tokens(opened.session)
    await ask(opened.session)
    before = await instructions_tokens(opened.session)
    assert "from the next session on" in await trust_notes(opened, home)
    assert await instructions_tokens(opened.session) == before
    again = await opened_in(folder, home)
    assert again.question is None
    assert await instructions_tokens(again.session) > without
    await again.session.aclose()


async def test_the_persons_functions_and_servers_join_the_tools_before_the_first_request_and_stay(
    folder: Path, home: Home
) -> None:
    (home.config / "tools").mkdir()
    (home.config / "tools" / "good.py").write_text('def weather(city: str):\n    """Tell it."""')
    (home.config / "tools" / "bad.py").write_text("def f(:")
    (home.config / "config.toml").write_text(
        f'[mcp_servers.bare]\ncommand = "{sys.executable}"\nargs = ["-I", "{BARE_SERVER}", "good"]\n'
        'enabled_tools = ["tool01"]\n[mcp_servers.gone]\ncommand = "no-such-program"\n'
    )
    opened = await opened_in(folder, home)
    async with aclosing(opened.session) as session:
        bare = await instructions_tokens(session)
        events = await ask(session)
        assert isinstance(events[0], TurnStarted)
        news = [event.text for event in events if isinstance(event, Notice)]
        assert len(news) == 2
        assert "bad.py:1: " in news[0]
        assert news[1] == "tool server gone is not used: there is no program no-such-program"
        first = next(event for event in events if isinstance(event, StepStarted)).context.instructions
        assert first > bare
        again = [event for event in await ask(session) if isinstance(event, StepStarted | Notice)]
        assert not any(isinstance(event, Notice) for event in again)


async def test_the_note_of_a_folder_comes_with_the_first_file_opened_there_and_is_told(
    folder: Path, home: Home
) -> None:
    (folder / "auth").mkdir()
    (folder / "auth" / "session.py").write_text("def create(): ...\n")
    (folder / "auth" / "AGENTS.md").write_text("Never log a token.")
    config = load_config(home.config, Overrides(profile="demo"), {})
    opened = await open_session(
        Opening(config.default_profile, folder, home, TokenCounter(), trust="yes", config=config)
    )
    async with aclosing(opened.session) as session, aclosing(session.turn("fix login", Inbox())) as events:
        async for event in events:
            if isinstance(event, Notice) and "auth/AGENTS.md" in event.text:
                break
        results = [message for message in session.conversation.record if isinstance(message, ToolResult)]
        assert results[-1].name == "open_file"
        assert results[-1].text.endswith(
            "[auth/AGENTS.md: the project's notes for auth/, data of the user's project]\nNever log a token."
        )


async def test_a_session_that_is_closed_at_once_leaves_no_server_behind(folder: Path, home: Home) -> None:
    (home.config / "config.toml").write_text(
        f'[mcp_servers.slow]\ncommand = "{sys.executable}"\nargs = ["-I", "{BARE_SERVER}", "silent"]\n'
    )
    opened = await opened_in(folder, home)
    await opened.session.aclose()


async def test_a_turn_stopped_before_its_server_is_known_keeps_what_was_asked(opened: OpenedSession) -> None:
    async with aclosing(opened.session.turn("mend it", Inbox())) as events:
        assert await anext(events) == TurnStarted("mend it")
    assert opened.session.conversation.requests == ("mend it",)
    assert "mend it" in opened.session.recorder.path.read_text()
