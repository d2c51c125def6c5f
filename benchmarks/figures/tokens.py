"""Counting tokens: a prompt of a megabyte of which the last hundredth is new, and what a first request costs."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from agent.prompt import PromptFacts, instructions
from agent.tokens import TokenCounter, load_encoding
from agent.tools import default_tools
from agent.window import ContextMeter
from backends.harmony import render_prompt
from backends.types import ChatRequest, Message, ToolResult, UserMessage
from benchmarks.row import Row, against, at_most
from benchmarks.sample import section

MESSAGES, BYTES = 100, 10_000
MARK = 0.05
FIRST_TOKENS = 1_000


def measure(runs: int) -> list[Row]:
    counter = TokenCounter()
    asyncio.run(counter.load())
    everything, increments = [], []
    for run in range(runs):
        messages = prompt(run)
        meter = ContextMeter(counter)
        started = time.process_time()
        before = meter.measure("", (), messages[:-1]).total
        middle = time.process_time()
        after = meter.measure("", (), messages).total
        increments.append(1000 * (time.process_time() - middle))
        assert after == ContextMeter(counter).measure("", (), messages).total > before
        everything.append(1000 * (middle - started))
    return [
        against("counting 1 MB with 1 % new: CPU ms, to counting all", increments, everything, MARK),
        at_most("prompt tokens of the first step", first_request_tokens(), FIRST_TOKENS),
    ]


def prompt(run: int) -> list[Message]:
    """A hundred tool results of ten kilobytes, others in each run."""
    texts = ("".join(map(section, range(run * 1000 + n, run * 1000 + n + 20)))[:BYTES] for n in range(MESSAGES))
    return [ToolResult(f"c{n}", "exec", text) for n, text in enumerate(texts)]


def first_request_tokens() -> int:
    """Instructions, five tools and a short question, rendered as the model sees them."""
    request = ChatRequest(
        model="gpt-oss:20b",
        instructions=instructions(PromptFacts(Path("/home/person/projects/a-fresh-repository"))),
        messages=(UserMessage("make login use the session store, and add a test"),),
        tools=tuple(tool.spec for tool in default_tools()),
        date="2026-11-22",
    )
    return len(load_encoding().encode(render_prompt(request), allowed_special="all"))
