"""Three turns of ten steps over the wire: what the agent adds between a call and the next request, and how much of the
previous request each one begins with, so that the server's cache serves it.
"""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import httpx

from agent.config.load import Home, load_config
from agent.decisions import Inbox
from agent.events import ToolFinished, ToolStarted, TurnEnded
from agent.sessions.opening import Opening, open_session
from agent.tokens import TokenCounter, load_encoding
from benchmarks.row import Row, at_least, at_most
from benchmarks.world import World, world

TURNS, STEPS = 3, 10
OVERHEAD_MS = 10
KEPT = 0.99


@dataclass(slots=True)
class Facts:
    """Milliseconds between an answer's end and the next request, without the tool's own; the share of each request that
    the next one begins with, in tokens."""

    overheads: list[float] = field(default_factory=list[float])
    kept: list[float] = field(default_factory=list[float])


def measure(runs: int) -> list[Row]:
    facts = Facts()
    with world() as here:
        for _ in range(runs):
            asyncio.run(_session(here, facts))
    assert len(facts.overheads) == runs * TURNS * STEPS
    return [
        at_most("agent between a call and the next request, ms", facts.overheads, OVERHEAD_MS),
        at_least("prefix kept inside a turn, least share of tokens, at least", min(facts.kept), KEPT),
    ]


async def _session(here: World, facts: Facts) -> None:
    home = Home(here.home / ".config/oss-tui", here.home / "data")
    config = load_config(home.config, environ=here.env)
    opened = await open_session(Opening(config.default_profile, here.folder, home, TokenCounter(), config=config))
    async with aclosing(opened.session) as session, httpx.AsyncClient(base_url=here.address, trust_env=False) as client:
        for number in range(TURNS):
            tool_seconds: list[float] = []
            begun = 0.0
            async with aclosing(session.turn(f"feed tokens=10 steps={STEPS} end={number}", Inbox())) as events:
                async for event in events:
                    match event:
                        case ToolStarted():
                            begun = time.monotonic()
                        case ToolFinished():
                            tool_seconds.append(time.monotonic() - begun)
                        case TurnEnded():
                            assert event.text.rstrip().endswith(f"Zq{number}"), event
                        case _:
                            pass
            _note(facts, (await client.get("/log")).json(), tool_seconds)


def _note(facts: Facts, log: list[dict[str, Any]], tool_seconds: list[float]) -> None:
    assert len(log) == STEPS + 1
    for before, after, tool in zip(log, log[1:], tool_seconds, strict=False):
        facts.overheads.append(1000 * (after["begun"] - before["ended"] - tool))
        facts.kept.append(_kept(_parts(before["body"]), _parts(after["body"])))


def _parts(body: dict[str, Any]) -> str:
    """What the prompt is made of, in the order in which a template writes it."""
    return "\n".join(json.dumps(part) for part in (body["tools"], *body["messages"]))


_encoding = cache(load_encoding)


def _kept(before: str, after: str) -> float:
    count = _encoding().encode_ordinary
    same = next((n for n, (one, other) in enumerate(zip(before, after, strict=False)) if one != other), len(before))
    return len(count(before[:same])) / len(count(before))
