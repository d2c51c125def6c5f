"""A prompt that is too long: one that Ollama refuses, in its own words and numbers, is compacted and asked again; a
message that can fit in no way is not sent at all."""

from __future__ import annotations

from contextlib import aclosing
from pathlib import Path

import pytest

from agent.config.load import Home
from agent.config.profiles import Profile
from agent.decisions import Inbox
from agent.events import Compacted, TurnEnded, TurnEvent
from agent.sessions.opening import Opening, open_session
from agent.tokens import TokenCounter
from backends.types import Provider
from tests.agent.test_checkup import ollama
from tests.wire.replay import ReplayServer, Reply, lines_reply, load

LONG = "a long answer " * 700


def said(text: str) -> Reply:
    message = {"role": "assistant", "content": text}
    return lines_reply([{"model": "gpt-oss:20b", "message": message, "done": True, "done_reason": "stop"}])


@pytest.mark.parametrize(
    "overflow",
    [
        pytest.param("overflow_truncate_false_shift_false", id="asked as this program asks"),
        pytest.param("overflow_truncate_false", id="truncate false alone"),
        pytest.param("overflow_truncate_false_stream", id="in a stream"),
        pytest.param("overflow_shift_false", id="without its numbers"),
    ],
)
async def test_an_overflow_is_compacted_and_the_question_is_asked_again(tmp_path: Path, overflow: str) -> None:
    (tmp_path / "work").mkdir()
    replies = [said(LONG), load("ollama", overflow).reply(), said("We spoke at length."), said("Here.")]
    async with ReplayServer(ollama(**{"POST /api/chat": replies})) as server:
        profile = Profile("p", Provider("ollama", "ollama", "Ollama", server.url), "gpt-oss:20b")
        home = Home(tmp_path / "config", tmp_path / "data")
        opened = await open_session(Opening(profile, tmp_path / "work", home, TokenCounter()))
        async with aclosing(opened.session) as session:
            told: list[TurnEvent] = []
            for prompt in ("tell me all", "and now?"):
                async with aclosing(session.turn(prompt, Inbox())) as events:
                    told += [event async for event in events]
        asked = server.asked("POST /api/chat")
    ended = [event for event in told if isinstance(event, TurnEnded)]
    assert [event.outcome for event in ended] == ["answered", "answered"]
    assert ended[1].text == "Here."
    (compacted,) = [event for event in told if isinstance(event, Compacted)]
    assert compacted.report.after_tokens < compacted.report.before_tokens
    assert len(asked[-1].body) < len(asked[1].body)


async def test_a_message_longer_than_the_window_is_refused_with_both_numbers_before_anything_is_sent(
    tmp_path: Path,
) -> None:
    (tmp_path / "work").mkdir()
    async with ReplayServer(ollama(**{"POST /api/chat": [said("Hello.")]})) as server:
        profile = Profile("p", Provider("ollama", "ollama", "Ollama", server.url), "gpt-oss:20b")
        home = Home(tmp_path / "config", tmp_path / "data")
        opened = await open_session(Opening(profile, tmp_path / "work", home, TokenCounter()))
        async with aclosing(opened.session) as session:
            async with aclosing(session.turn("a line of a log\n" * 65_536, Inbox())) as events:
                told = [event async for event in events]
            assert server.asked("POST /api/chat") == []
            assert session.conversation.prompt == session.conversation.record == ()
            async with aclosing(session.turn("hello", Inbox())) as events:
                told += [event async for event in events]
        (asked,) = server.asked("POST /api/chat")
    refused, answered = (event for event in told if isinstance(event, TurnEnded))
    assert (refused.outcome, refused.is_unsent, answered.text) == ("failed", True, "Hello.")
    assert str(refused.error).startswith("Nothing was sent: this message has about 393,2")
    assert "room for 65,536" in str(refused.error)
    assert "name that with @" in str(refused.error)
    assert not any(isinstance(event, Compacted) for event in told)
    assert b"a line of a log" not in asked.body


async def test_a_message_that_is_too_long_by_its_size_alone_is_sent(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    async with ReplayServer(ollama(**{"POST /api/chat": [said("Hello.")]})) as server:
        profile = Profile("p", Provider("ollama", "ollama", "Ollama", server.url), "gpt-oss:20b")
        home = Home(tmp_path / "config", tmp_path / "data")
        opened = await open_session(Opening(profile, tmp_path / "work", home, TokenCounter()))
        async with (
            aclosing(opened.session) as session,
            aclosing(session.turn("привет мир " * 15_000, Inbox())) as events,
        ):
            told = [event async for event in events]
    assert [event.outcome for event in told if isinstance(event, TurnEnded)] == ["answered"]
