"""Exports stand alone, and nothing that was said becomes part of the page around it."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.record.past import Past
from agent.sessions.export import exported, to_html, to_markdown
from backends.types import AssistantMessage, ToolCall, ToolResult, UserMessage

HOSTILE = [
    "</pre><script>alert(1)</script>",
    "<img src=http://x.example/pixel>",
    "```\n# not mine\n```",
    "`````",
    "</details>",
    "\x1b]52;c;AAAA\x07 \x9b31m",
    "\u202egnp.exe",
    "half a \ud800 character",
    "{title} {0} %s",
    "]]> --> <!-- &amp; \"'",
]


def said(text: str) -> Past:
    call = ToolCall("c", "exec", {"command": text}, text)
    return Past(
        "s1",
        "/home/me/shop",
        "2026-11-22",
        title=text,
        messages=(
            UserMessage(text),
            AssistantMessage(text, text, call),
            ToolResult("c", text, text),
            AssistantMessage("Done."),
        ),
    )


class Page(HTMLParser):
    """Counts the elements of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]


PLAIN = Page(to_html(said("plain")))


@pytest.mark.parametrize("text", HOSTILE)
def test_text_never_becomes_markup_of_the_page(text: str) -> None:
    assert Page(to_html(said(text))).tags == PLAIN.tags


@given(st.text(alphabet=st.sampled_from("<>&\"'`/=!-{}[]a \n\x1b\ud800"), max_size=60).filter(str.strip))
def test_no_mix_of_marks_becomes_markup_of_the_page(text: str) -> None:
    assert Page(to_html(said(text))).tags == PLAIN.tags


def test_the_page_runs_nothing_and_fetches_nothing() -> None:
    assert not {"script", "img", "link", "iframe", "a"} & set(PLAIN.tags)
    assert not {"src", "href", "onclick"} & set(PLAIN.attributes)
    assert "default-src 'none'" in to_html(said("x"))


@pytest.mark.parametrize("form", ["markdown", "html"])
@pytest.mark.parametrize("text", HOSTILE)
def test_no_export_acts_on_a_terminal(form: str, text: str) -> None:
    written = exported(said(text), form)  # pyright: ignore[reportArgumentType]
    assert not any(char in written for char in "\x1b\x07\x9b\u202e")


def test_reasoning_and_output_are_folded_and_the_answer_is_not() -> None:
    past = Past(messages=(UserMessage("why?"), AssistantMessage("Because.", "Let me think.")))
    page, text = to_html(past), to_markdown(past)
    assert "<details><summary>thought, 13 characters</summary><pre>Let me think.</pre></details>" in page
    assert "## Model\n\nBecause." in text
    assert text.index("<details>") < text.index("Let me think.") < text.index("</details>") < text.index("Because.")


def test_a_fence_is_longer_than_any_inside() -> None:
    text = to_markdown(Past(messages=(UserMessage("````\nx\n````"),)))
    assert "`````text\n````\nx\n````\n`````" in text


def test_what_the_program_told_the_model_is_not_put_into_the_persons_mouth() -> None:
    past = Past(messages=(UserMessage("go on\n\n[oss-tui: the user undid your change of a.py; open it again]"),))
    assert "undid" not in to_markdown(past) + to_html(past)
