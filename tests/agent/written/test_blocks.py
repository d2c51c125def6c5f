"""Blocks in plain text: what is a call, what is an example, and that a cut changes nothing."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.written.blocks import Block, BlockReader, Growing, Prose

CALL = '<tool_call>\n{"name": "search", "arguments": {"query": "x"}}\n</tool_call>'
INSIDE = '\n{"name": "search", "arguments": {"query": "x"}}\n'
FUNCTION = "<function=exec>\n<parameter=command>\nls\n</parameter>\n</function>"
PATCH = "*** Begin Patch\n*** Add File: a.py\n+x\n*** End Patch"
EDIT = "<<<<<<< SEARCH\nold\n=======\nnew\n>>>>>>> REPLACE"


def read(*pieces: str) -> tuple[str, list[Block], bool]:
    """The prose, the blocks, and whether the text ends inside a block."""
    reader = BlockReader()
    parts = [part for piece in pieces for part in reader.feed(piece)] + reader.finish()
    prose = "".join(part.text for part in parts if isinstance(part, Prose))
    return prose, [part for part in parts if isinstance(part, Block)], reader.is_inside


@pytest.mark.parametrize(
    ("text", "prose", "blocks"),
    [
        pytest.param("Just words.\n", "Just words.\n", [], id="words alone"),
        pytest.param(CALL, "", [Block("call", INSIDE)], id="a call"),
        pytest.param(CALL.replace("\n", ""), "", [Block("call", INSIDE.strip())], id="a call on one line"),
        pytest.param(f"Look:\n\n{CALL}\n", "Look:\n\n", [Block("call", INSIDE)], id="a call behind words"),
        pytest.param("```tool_call\n{}\n```", "", [Block("call", "\n{}\n")], id="a call in its own fence"),
        pytest.param(FUNCTION, "", [Block("function", FUNCTION)], id="as Qwen3-Coder writes it"),
        pytest.param(f"<tool_call>\n{FUNCTION}\n</tool_call>", "", [Block("call", f"\n{FUNCTION}\n")], id="both"),
        pytest.param(PATCH, "", [Block("patch", PATCH)], id="a patch"),
        pytest.param(f"```\n{PATCH}\n```", "```\n```", [Block("patch", PATCH)], id="a patch in a fence"),
        pytest.param(f"a.py\n{EDIT}", "a.py\n", [Block("edit", f"a.py\n{EDIT}")], id="an edit below its file"),
        pytest.param(
            f"a.py\n```python\n{EDIT}\n```\n",
            "a.py\n```python\n```\n",
            [Block("edit", f"a.py\n```python\n{EDIT}")],
            id="an edit in a fence",
        ),
        pytest.param(
            f"a.py\n{EDIT}\nb.py\n{EDIT}",
            "a.py\nb.py\n",
            [Block("edit", f"a.py\n{EDIT}"), Block("edit", f"b.py\n{EDIT}")],
            id="two edits",
        ),
        pytest.param(f"```\n{CALL}\n```\n", f"```\n{CALL}\n```\n", [], id="a call quoted in a fence"),
        pytest.param(f"````\n```\n{CALL}\n", f"````\n```\n{CALL}\n", [], id="a longer fence holds a shorter one"),
        pytest.param("write <tool_call> to call\n", "write <tool_call> to call\n", [], id="a mark within a line"),
        pytest.param("<tool_calls>\n", "<tool_calls>\n", [], id="a tag that only looks like it"),
        pytest.param("x <<<<<<< SEARCH\n", "x <<<<<<< SEARCH\n", [], id="an edit's mark within a line"),
    ],
)
def test_a_block_is_taken_out_of_the_text_around_it(text: str, prose: str, blocks: list[Block]) -> None:
    assert read(text) == (prose, blocks, False)


@pytest.mark.parametrize("block", [CALL, FUNCTION, PATCH, EDIT], ids=["call", "function", "patch", "edit"])
def test_no_beginning_of_a_block_is_a_block(block: str) -> None:
    for end in range(len(block)):
        _, blocks, is_inside = read(block[:end])
        assert blocks == []
        assert is_inside or "\n" not in block[:end]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from([CALL, FUNCTION, PATCH, EDIT, "a.py", "words", "```", "```python", "<", "<<<<", "*** ", ""]),
        max_size=8,
    ),
    st.data(),
)
def test_text_reads_the_same_wherever_it_is_cut(lines: list[str], data: st.DataObject) -> None:
    text = "\n".join(lines)
    borders = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=12)))
    pieces = [text[start:end] for start, end in zip([0, *borders], [*borders, len(text)], strict=True)]
    assert read(*pieces) == read(text) == read(*text)


@settings(max_examples=100, deadline=None)
@given(st.text(st.sampled_from("ab \n*`_-#"), max_size=60))
def test_text_without_a_block_is_shown_to_the_last_character(text: str) -> None:
    assert read(*text) == (text, [], False)


def test_words_are_shown_as_they_come_and_a_block_is_seen_to_grow() -> None:
    reader = BlockReader()
    assert reader.feed("The fir") == [Prose("The fir")]
    assert reader.feed("st\n<tool") == [Prose("st\n")]
    assert reader.feed('_call>\n{"name"\n') == [Growing('\n{"name"\n')]
