"""The borders between constructs are those of CommonMark, so that each can be parsed alone."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tests.tui.transcript.samples import LINES
from tui.transcript.scanner import Scanner, constructs

_KINDS = {
    "paragraph_open": "paragraph",
    "heading_open": "heading",
    "fence": "fence",
    "code_block": "indented",
    "blockquote_open": "quote",
    "table_open": "table",
    "hr": "rule",
    "html_block": "html",
    "list_item_open": "item",
}
_PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
_UNLIKE = ("> > twice", "[ref]:")
"""Left out: markdown-it takes indented text after nested quotes for code; definitions of links draw nothing."""

documents = st.lists(st.sampled_from([line for line in LINES if not line.startswith(_UNLIKE)]), max_size=12).map(
    "\n".join
)


def by_the_parser(text: str) -> list[tuple[str, int]]:
    found: list[tuple[str, int]] = []
    for token in _PARSER.parse(text):
        is_top = token.level == 0 and token.type in _KINDS
        if token.map and (is_top or (token.type == "list_item_open" and token.level == 1)):
            found.append((_KINDS[token.type], token.map[0]))
    return found


@given(documents)
@settings(max_examples=400, deadline=None)
def test_constructs_begin_where_commonmark_begins_its_blocks(text: str) -> None:
    assert [(found.kind, text.count("\n", 0, found.start)) for found in constructs(text)] == by_the_parser(text)


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        pytest.param("word\n2. second", ["paragraph"], id="a list that begins with 2 does not end a paragraph"),
        pytest.param("1. one\n2. two", ["item", "item"], id="but it goes on with a list"),
        pytest.param("- one\nlazy", ["item"], id="text without its indent goes on with the item"),
        pytest.param("- one\n\nnext", ["item", "paragraph"], id="a blank line ends that"),
        pytest.param("- one\n\n  more", ["item"], id="an indented paragraph belongs to its item"),
        pytest.param("a | b\n--|--\n1 | 2\n\nend", ["table", "paragraph"], id="a table ends at a blank line"),
        pytest.param("intro\na | b\n--|--", ["paragraph", "table"], id="a table under a line of text"),
        pytest.param("b\n-|", ["paragraph"], id="a head has a bar"),
        pytest.param("```\n# no\n```\n# yes", ["fence", "heading"], id="code holds no headings"),
        pytest.param("- a\n  ```\n  - b\n  ```\n- c", ["item", "item"], id="code in an item holds no items"),
        pytest.param("> a\n> b\nc", ["quote"], id="a quote goes on lazily"),
        pytest.param("word\n---", ["heading"], id="an underline makes a heading"),
        pytest.param("<div>\nx\n\nword", ["html", "paragraph"], id="HTML ends at a blank line"),
    ],
)
def test_where_constructs_begin(text: str, kinds: list[str]) -> None:
    assert [found.kind for found in constructs(text)] == kinds


def test_numbers_go_on_from_the_first_whatever_the_model_writes() -> None:
    assert [found.number for found in constructs("3. a\n3. b\n7. c")] == [3, 4, 5]


def test_items_after_a_blank_line_stand_apart() -> None:
    assert [found.gap for found in constructs("- a\n- b\n\n- c")] == [0, 0, 1]


def test_a_look_ahead_changes_nothing() -> None:
    scanner = Scanner()
    scanner.line("- one", 0)
    scanner.line("", 6)
    scanner.peek("# head", 7)
    assert scanner.open is not None
    assert scanner.open.kind == "item"
