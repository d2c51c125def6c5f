"""Markdown as rows: what stands where, in which ink, and where it came from."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from tests.tui.transcript.samples import documents
from tui.transcript.markdown import render
from tui.transcript.rows import row_cells, row_text
from tui.transcript.stream import MarkdownStream
from tui.transcript.written import LIMITS


def rows(text: str, width: int = 30) -> list[str]:
    return [row_text(row).rstrip() for row in render(text, width)]


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        pytest.param("one\ntwo", ["one two"], id="a line end is a space"),
        pytest.param("one  \ntwo", ["one", "two"], id="two spaces break the line"),
        pytest.param("one\n\n\ntwo", ["one", "", "two"], id="paragraphs stand apart"),
        pytest.param("# Head\ntext", ["Head", "", "text"], id="heading"),
        pytest.param("- a\n- b", ["• a", "• b"], id="list"),
        pytest.param("- a\n  - b\n    - c", ["• a", "  ◦ b", "    ▪ c"], id="nested list"),
        pytest.param("- a\n\n- b", ["• a", "", "• b"], id="loose list"),
        pytest.param("9. a\n10. b", ["9. a", "10. b"], id="numbers"),
        pytest.param("- [ ] a\n- [x] b", ["☐ a", "☑ b"], id="tasks"),
        pytest.param("> a\n>\n> b", ["▎ a", "▎", "▎ b"], id="quote"),
        pytest.param("```py\nx = 1\n```", ["  py", "  x = 1", ""], id="code with its language"),
        pytest.param("```\nx\n```", ["", "  x", ""], id="code without"),
        pytest.param("    x\n    y", ["", "  x", "  y", ""], id="indented code"),
        pytest.param("a|b\n-|-:\nlong|1", ["a     b", "────────"[:7], "long  1"], id="table"),
        pytest.param("---", ["─" * 30], id="rule"),
        pytest.param("[here](https://x.io)", ["here (https://x.io)"], id="a link shows where it leads"),
        pytest.param("<https://x.io>", ["https://x.io"], id="once, where its text does"),
        pytest.param("[https://a.io](https://b.io)", ["https://a.io (https://b.io)"], id="and when its text lies"),
        pytest.param("[x](file:///etc/passwd)", ["[x](file:///etc/passwd)"], id="a file is no more than text"),
        pytest.param("![alt](http://x.io/i.png)", ["alt (http://x.io/i.png)"], id="an image is not fetched"),
        pytest.param("a &amp; b &#x41;", ["a & b A"], id="entities"),
        pytest.param(r"\*no\*", ["*no*"], id="escapes"),
        pytest.param("<b>x</b>", ["<b>x</b>"], id="HTML is text"),
        pytest.param("[a][r]\n\n[r]: https://x.io", ["a (https://x.io)"], id="a reference"),
        pytest.param("日本語日本語日本語日本語", ["日本語日本語日本語", "日本語"], id="wide letters wrap"),
    ],
)
def test_markdown_as_rows(text: str, drawn: list[str]) -> None:
    assert rows(text, 18 if "日" in text else 30) == drawn


@pytest.mark.parametrize(
    ("text", "word", "ink"),
    [
        ("**x**", "x", "strong"),
        ("*x*", "x", "em"),
        ("~~x~~", "x", "strike"),
        ("`x`", "x", "code"),
        ("***x***", "x", "em strong"),
        ("# x", "x", "heading h1"),
        ("> x", "x", "quote"),
        ("[x](https://x.io)", "x", "link"),
        ("```python\nreturn\n```", "return", "code-block tok-keyword"),
        ("```nosuchlanguage\nreturn\n```", "return", "code-block"),
    ],
)
def test_words_and_their_inks(text: str, word: str, ink: str) -> None:
    found = [run.ink for row in render(text, 40) for run in row if run.text == word]
    assert found == [ink]


@given(documents)
@settings(max_examples=200, deadline=None)
def test_what_is_drawn_as_written_stands_there_in_the_source(text: str) -> None:
    for row in render(text, 60):
        for run in row:
            if run.at >= 0:
                assert text[run.at : run.at + len(run.text)] == run.text


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("- item\n" * 40_000, id="bullets"),
        pytest.param("[" * 200_000, id="brackets"),
        pytest.param("> " * 100_000, id="nested quotes"),
        pytest.param("*a " * 70_000, id="open emphasis"),
        pytest.param("x" * 200_000, id="one word"),
        pytest.param("e\u0301" * 100_000, id="combining marks"),
    ],
)
def test_markdown_over_the_limit_is_shown_as_it_was_written(text: str) -> None:
    """THREATS.md T8; a list is cut at its items, so only one item counts."""
    assert len(text) > max(LIMITS.values())
    stream = MarkdownStream(80)
    stream.feed(text)
    while stream.is_behind:
        stream.commit()
    stream.finish()
    assert len(stream.rows) >= len(text) // (80 * 8)


def test_what_is_too_long_says_so_in_a_row_above() -> None:
    assert rows("> words\n" * 5_000, 60)[:2] == ["too long to be laid out: as it was written", "> words"]


@pytest.mark.parametrize("info", ["", "text", "plaintext"])
def test_code_of_no_language_has_no_label(info: str) -> None:
    assert rows(f"```{info}\nls\n```") == ["", "  ls", ""]


@pytest.mark.parametrize("width", [4, 5, 6, 20])
def test_cut_code_is_one_row_and_no_wider_than_the_screen(width: int) -> None:
    found = render("```\n" + "宽x" * 30 + "\n```", width, wraps_code=False)
    assert len(found) == 3
    assert all(row_cells(row) <= width for row in found)
