"""What the first request of a session costs: instructions and five tools in under 1,000 tokens."""

from __future__ import annotations

from pathlib import Path

from agent.prompt import PromptFacts, instructions
from agent.tokens import TokenCounter, load_encoding
from agent.tools import default_tools
from agent.window import ContextMeter
from backends.harmony import render_prompt
from backends.types import ChatRequest, UserMessage

FIRST = ChatRequest(
    model="gpt-oss:20b",
    instructions=instructions(PromptFacts(Path("/home/person/projects/a-fresh-repository"))),
    messages=(UserMessage("make login use the session store, and add a test"),),
    tools=tuple(tool.spec for tool in default_tools()),
    date="2026-11-22",
)


def test_the_first_request_to_a_fresh_repository_is_under_a_thousand_tokens():
    tokens = load_encoding().encode(render_prompt(FIRST), allowed_special="all")
    assert len(tokens) < 1_000


def test_the_model_is_offered_the_five_tools_it_was_trained_with_in_one_order():
    assert [tool.name for tool in FIRST.tools] == ["open_file", "print_tree", "search", "apply_patch", "exec"]


async def test_the_gauge_estimates_the_first_request_within_five_percent_or_so():
    counter = TokenCounter()
    await counter.load()
    tokens = len(load_encoding().encode(render_prompt(FIRST), allowed_special="all"))
    estimate = ContextMeter(counter).measure(FIRST.instructions, FIRST.tools, FIRST.messages).total
    assert abs(estimate - tokens) <= 0.08 * tokens
