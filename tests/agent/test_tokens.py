"""Counting without a network: exact, in the model's own vocabulary, with its special tokens."""

from __future__ import annotations

import subprocess
import sys

import pytest

from agent.prompt import PromptFacts, instructions
from agent.tokens import TokenCounter, load_encoding


@pytest.fixture(scope="module")
def encoding():
    return load_encoding()


@pytest.mark.parametrize(
    ("token", "number"),
    [("<|start|>", 200006), ("<|channel|>", 200005), ("<|call|>", 200012), ("<|return|>", 200002)],
)
def test_the_encoding_has_the_special_tokens_of_harmony(encoding, token: str, number: int):
    assert encoding.name == "o200k_harmony"
    assert encoding.encode(token, allowed_special="all") == [number]


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", []),
        ("hello world", [24912, 2375]),
        ("tiktoken is great!", [83, 8251, 2488, 382, 2212, 0]),
    ],
)
def test_the_encoding_is_o200k(encoding, text: str, tokens: list[int]):
    assert encoding.encode_ordinary(text) == tokens


async def test_a_count_is_an_estimate_until_the_vocabulary_is_there():
    counter = TokenCounter()
    assert not counter.is_exact
    assert 2 <= counter.count("hello world") <= 4
    await counter.load()
    assert counter.is_exact
    assert counter.count("hello world") == 2


async def test_control_tokens_in_data_count_as_the_text_they_are():
    counter = TokenCounter()
    await counter.load()
    assert counter.count("<|start|>") > 1


async def test_a_million_blanks_are_counted():
    counter = TokenCounter()
    await counter.load()
    assert 0 < counter.count(" " * 1_000_000) < 10_000


def test_loading_opens_no_connection(tmp_path):
    probe = (
        "import sys, socket\n"
        "sys.addaudithook(lambda name, args: sys.exit('network: ' + name) if name.startswith('socket.') else None)\n"
        "from agent.tokens import load_encoding\n"
        "assert len(load_encoding().encode_ordinary('hello world')) == 2\n"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, env={"PATH": "/usr/bin:/bin"})
    assert (done.returncode, done.stderr) == (0, "")


def test_the_instructions_are_short_and_the_same_every_time(tmp_path):
    facts = PromptFacts(tmp_path)
    words = instructions(facts)
    assert len(words.split()) <= 450
    assert words == instructions(facts)
    assert str(tmp_path) in words
