"""The feed says what is ordered, as Ollama would, and ends with the word that is waited for."""

from __future__ import annotations

import json

import pytest

from backends.decode import JsonLines
from backends.events import CallReady, StepEnd, TextDelta
from backends.ollama.answer import AnswerReader
from backends.types import ToolSpec
from benchmarks.feed import Order, lines

OPEN_FILE = ToolSpec(
    "open_file", "", {"type": "object", "properties": {"path": {"type": "string"}, "line_start": {"type": "integer"}}}
)


def read(order: Order, done: int = 0) -> list[object]:
    objects, reader = JsonLines(), AnswerReader((OPEN_FILE,), "Feed")
    answer = lines(order, with_logprobs=False, done=done)
    return [event for line in answer for item in objects.feed(line) for event in reader.feed(item)]


def test_the_prompt_says_what_comes():
    order = Order.read("feed shape=paragraph tokens=30 rate=300 end=7 steps=2")
    assert order == Order("paragraph", 30, 300, "Zq7", 2)


@pytest.mark.parametrize("shape", ["markdown", "paragraph", "paragraphs"])
def test_an_answer_has_a_line_a_token_and_ends_with_its_word(shape: str):
    events = read(Order(shape, 100, end="Zq7"))
    text = "".join(event.text for event in events if isinstance(event, TextDelta))
    assert text.rstrip().endswith("Zq7")
    assert isinstance(events[-1], StepEnd)
    assert 100 <= len(list(lines(Order(shape, 100), with_logprobs=True))) - 1 <= 102


def test_fifty_paragraphs_are_the_text_of_one():
    def text(shape: str) -> str:
        return "".join(Order(shape, 3_000, end="Zq7").pieces())

    assert text("paragraphs").count("\n\n") == 49
    assert "".join(text("paragraphs").split()) == "".join(text("paragraph").split())


def test_a_turn_calls_a_tool_until_its_steps_are_done():
    assert any(isinstance(event, CallReady) for event in read(Order(tokens=5, steps=2), done=1))
    assert not any(isinstance(event, CallReady) for event in read(Order(tokens=5, steps=2), done=2))


def test_every_line_of_a_token_has_its_logprob():
    first = json.loads(next(lines(Order(tokens=5), with_logprobs=True)))
    assert bytes(first["logprobs"][0]["bytes"]).decode() == first["message"]["content"]
