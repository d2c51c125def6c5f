"""A step of the script as the tokens that a model would have generated (protocols/ollama.md §5). No I/O."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Literal

from backends.demo.script import Step, repeated
from backends.frozen import frozen


@frozen
class Token:
    """A piece of what the model writes; `control` tokens are seen in logprobs alone."""

    text: str
    place: Literal["thinking", "content", "call", "control"]


_PIECES = re.compile(r"\s?[A-Za-z]{1,8}|\s?[0-9]{1,3}|\s+|.", re.DOTALL)


def tokens_of(step: Step) -> Iterator[Token]:
    """The step as a model would generate it, Harmony's control tokens included (ollama.md §5)."""
    if step.thinking:
        yield from _controls("<|channel|>", "analysis", "<|message|>")
        yield from _spoken(step.thinking.strip(), "thinking")
        yield from _controls("<|end|>", "<|start|>", "assistant")
    if step.text:
        yield from _controls("<|channel|>", "commentary" if step.call else "final", "<|message|>")
        number = 1
        yield from _spoken(repeated(step, number) if step.fate == "repeats" else step.text.strip(), "content")
        while step.fate == "repeats":
            number += 1
            yield from _spoken(repeated(step, number), "content")
    if step.call:
        if step.text:
            yield from _controls("<|end|>", "<|start|>", "assistant")
        yield from _controls("<|channel|>", "commentary", " to", "=", "functions", ".", step.call.name, " ")
        yield from _controls("<|constrain|>", "json", "<|message|>")
        yield from _spoken(json.dumps(step.call.arguments, ensure_ascii=False), "call")


def _controls(*texts: str) -> Iterator[Token]:
    return (Token(text, "control") for text in texts)


def _spoken(text: str, place: Literal["thinking", "content", "call"]) -> Iterator[Token]:
    return (Token(piece, place) for piece in _PIECES.findall(text))
