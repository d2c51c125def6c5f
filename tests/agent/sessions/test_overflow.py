"""A prompt that Ollama refuses as too long, in its own words and numbers: the session compacts and goes on."""

from __future__ import annotations

from contextlib import aclosing
from pathlib import Path

import pytest

from agent.config.load import Home
from agent.config.profiles import Profile
from agent.decisions import Inbox
from agent.events import Compacted, TurnEnded, TurnEvent
from agent.sessions.opening import open_session
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
        opened = await open_session(profile, tmp_path / "work", home, TokenCounter())
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
