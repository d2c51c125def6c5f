"""Answers as JSON: what fits, what is asked for again, and what is given up."""

from __future__ import annotations

import pytest

from agent.commands.shaped_answer import NotShaped, fit, read_schema, shaped_answer
from backends.types import AssistantMessage, JsonObject, JsonValue, Message, UserMessage

TODOS: JsonObject = {
    "type": "object",
    "properties": {"todos": {"type": "array", "items": {"type": "string"}}, "count": {"type": "integer"}},
    "required": ["todos"],
}


class Model:
    """Answers with the given texts in turn and keeps what it was asked."""

    def __init__(self, *texts: str) -> None:
        self.asked: list[tuple[Message, ...]] = []
        self._texts = list(texts)

    async def __call__(self, messages: tuple[Message, ...]) -> str:
        self.asked.append(messages)
        return self._texts[len(self.asked) - 1]


@pytest.mark.parametrize(
    ("text", "schema", "value"),
    [
        pytest.param('{"todos": ["a"]}', TODOS, {"todos": ["a"]}, id="plain"),
        pytest.param('Here:\n```json\n{"todos": []}\n```\nDone.', TODOS, {"todos": []}, id="in a fence"),
        pytest.param('{"todos": [], "count": "3"}', TODOS, {"todos": [], "count": 3}, id="a number in quotes"),
        pytest.param("[1, 2]", {"type": "array", "items": {"type": "integer"}}, [1, 2], id="a list"),
        pytest.param('"red"', {"enum": ["red", "blue"]}, "red", id="one of some words"),
    ],
)
def test_a_value_fits(text: str, schema: JsonObject, value: JsonValue) -> None:
    assert fit(text, schema) == value


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("I found three.", "not JSON"),
        ('{"todos": "a"', "not JSON"),
        ("{}", "todos` is missing"),
        ('{"todos": [1.5]}', "todos"),
        ('{"todos": [], "extra": 1}', "extra` is not a parameter"),
        ("[]", "should be object"),
    ],
)
def test_what_does_not_fit_is_said(text: str, words: str) -> None:
    with pytest.raises(NotShaped, match=words):
        fit(text, TODOS)


async def test_a_misfit_is_told_to_the_model_and_asked_for_once_more() -> None:
    model = Model("Sure!", '{"todos": ["a"]}')
    assert await shaped_answer(model, TODOS) == {"todos": ["a"]}
    first, second = model.asked
    assert second[: len(first)] == first
    assert second[1] == AssistantMessage("Sure!")
    assert isinstance(second[2], UserMessage)
    assert "not JSON" in second[2].text


async def test_the_second_misfit_is_the_last() -> None:
    model = Model("Sure!", "Sorry!")
    with pytest.raises(NotShaped):
        await shaped_answer(model, TODOS)
    assert len(model.asked) == 2


@pytest.mark.parametrize("text", ["", "[]", "3", "{"])
def test_a_schema_is_an_object(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_schema(text)
