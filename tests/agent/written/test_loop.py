"""Whole turns with models other than gpt-oss, through a real backend: with tools of their own, and without."""

from __future__ import annotations

import json
from contextlib import aclosing
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from agent.config.load import Home
from agent.config.profiles import Profile
from agent.decisions import Inbox, ReviewDecision
from agent.edits.proposal import review_all
from agent.events import Notice, ProposalReady, ToolFinished, TurnEnded, TurnEvent
from agent.sessions.opening import Opening, open_session
from agent.tokens import TokenCounter
from backends.types import Provider
from tests.wire.replay import ReplayServer, Reply, json_reply, lines_reply

LOOK = '<tool_call>\n{"name": "open_file", "arguments": {"path": "a.py"}}\n</tool_call>'
CHANGE = "a.py\n<<<<<<< SEARCH\nold\n=======\nnew\n>>>>>>> REPLACE"


def spoken(text: str = "", call: dict[str, Any] | None = None) -> Reply:
    message = {"role": "assistant", "content": text, **({"tool_calls": [{"function": call}]} if call else {})}
    end = {"done": True, "done_reason": "stop", "prompt_eval_count": 900, "eval_count": 20}
    return lines_reply(
        [{"model": "m", "message": message, "done": False}, {"model": "m", "message": {"content": ""}, **end}]
    )


def served(name: str, capabilities: list[str], *chat: Reply) -> ReplayServer:
    details = {"family": name, "context_length": 131_072}
    return ReplayServer(
        {
            "GET /api/tags": json_reply(
                {"models": [{"name": name, "model": name, "details": details, "capabilities": capabilities}]}
            ),
            "GET /api/ps": json_reply({"models": []}),
            "POST /api/show": json_reply({"details": details, "model_info": {}, "capabilities": capabilities}),
            "POST /api/chat": list(chat),
        }
    )


async def turn(server: ReplayServer, model: str, folder: Path) -> list[TurnEvent]:
    """A turn in `folder`, every proposal approved."""
    home = Home(folder.parent / "config", folder.parent / "data")
    profile = Profile("local", Provider("ollama", "ollama", "Ollama", server.url), model)
    opened = await open_session(Opening(profile, folder, home, TokenCounter()))
    inbox, told = Inbox(), list[TurnEvent]()
    async with aclosing(opened.session), aclosing(opened.session.turn("change old to new", inbox)) as events:
        async for event in events:
            told.append(event)
            if isinstance(event, ProposalReady):
                inbox.send(ReviewDecision(event.proposal.id, review_all(event.proposal, "accept")))
    return told


def bodies(server: ReplayServer) -> list[dict[str, Any]]:
    return [request.json for request in server.requests if request.route == "POST /api/chat"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "a.py").write_text("old\n")
    return tmp_path / "work"


async def test_a_model_without_tools_looks_and_changes_a_file_by_blocks_of_text(folder: Path) -> None:
    chat = (spoken(f"I look.\n{LOOK}"), spoken(f"Here:\n\n{CHANGE}\n"), spoken("Changed."))
    async with served("gemma3:12b", ["completion"], *chat) as server:
        told = await turn(server, "gemma3:12b", folder)
    assert [event.state for event in told if isinstance(event, ToolFinished)] == ["done", "done"]
    assert told[-1] == TurnEnded("answered", "Changed.")
    assert (folder / "a.py").read_text() == "new\n"
    assert any("no tools of its own" in event.text for event in told if isinstance(event, Notice))


async def test_its_requests_hold_no_tools_and_each_begins_with_the_one_before(folder: Path) -> None:
    async with served("gemma3:12b", ["completion"], spoken(LOOK), spoken(CHANGE), spoken("Changed.")) as server:
        await turn(server, "gemma3:12b", folder)
    sent = bodies(server)
    assert len(sent) == 3
    assert not any(body.get("tools") for body in sent)
    assert {message["role"] for body in sent for message in body["messages"]} == {"system", "user", "assistant"}
    for before, after in pairwise(sent):
        assert json.dumps(after["messages"]).startswith(json.dumps(before["messages"]).removesuffix("]"))


async def test_a_model_with_tools_of_its_own_gets_the_five_and_is_told_nothing_more(folder: Path) -> None:
    look = {"name": "open_file", "arguments": {"path": "a.py"}}
    async with served("qwen3-coder:30b", ["completion", "tools"], spoken(call=look), spoken("It says old.")) as server:
        told = await turn(server, "qwen3-coder:30b", folder)
    assert told[-1] == TurnEnded("answered", "It says old.")
    assert [event.state for event in told if isinstance(event, ToolFinished)] == ["done"]
    first, second = bodies(server)
    names = ["open_file", "print_tree", "search", "apply_patch", "exec"]
    assert [tool["function"]["name"] for tool in first["tools"]] == names
    assert "<tool_call>" not in json.dumps(first)
    assert [message["role"] for message in second["messages"]] == ["system", "user", "assistant", "tool"]
