"""A session as a document that stands alone: Markdown, or one HTML file without scripts or outside references. Pure.

Everything said is data: it cannot end the block it stands in, act on a terminal, or become markup of the page.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Literal, TypeAlias, assert_never

from agent.ledger import without_news
from agent.record.past import Past
from agent.visible import visible
from backends.frozen import frozen
from backends.types import AssistantMessage, ToolResult, UserMessage

ExportForm: TypeAlias = Literal["markdown", "html"]

_FENCES = re.compile(r"`{3,}")

_PAGE = """\
<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>
<style>
body {{ font: 15px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem; color: #1f2328;
  background: #fff; }}
pre {{ white-space: pre-wrap; overflow-wrap: anywhere; margin: 0; font: 13px/1.5 ui-monospace, monospace; }}
section {{ margin: 1rem 0; padding: .6rem .9rem; border-left: 3px solid #d0d7de; }}
.you {{ border-color: #0969da; background: #f6f8fa; }} .text {{ font: inherit; }}
summary {{ color: #656d76; cursor: pointer; }} header {{ color: #656d76; }} h1 {{ color: #1f2328; }}
@media (prefers-color-scheme: dark) {{
  body, h1 {{ background: #0d1117; color: #e6edf3; }} .you {{ background: #161b22; }} }}
</style></head><body>
<header><h1>{title}</h1><p>{facts}</p></header>
{sections}
</body></html>
"""


@frozen
class Passage:
    """One thing said. `folded` is shown by its title until the reader opens it; a call's title is the tool's name."""

    kind: Literal["request", "answer", "call", "folded"]
    text: str
    title: str = ""


def exported(past: Past, form: ExportForm) -> str:
    """The whole conversation as it stands; reasoning and tool output folded away."""
    match form:
        case "markdown":
            return to_markdown(past)
        case "html":
            return to_html(past)
        case _:
            assert_never(form)


def to_markdown(past: Past) -> str:
    parts = [f"# {_one_line(past.name)}", _facts(past), *map(_markdown, _passages(past))]
    return "\n\n".join(parts) + "\n"


def to_html(past: Past) -> str:
    sections = "\n".join(f"<section{_html(passage)}</section>" for passage in _passages(past))
    return _PAGE.format(title=_escaped(_one_line(past.name)), facts=_escaped(_facts(past)), sections=sections)


def _facts(past: Past) -> str:
    forked = f", forked from {past.forked_from}" if past.forked_from else ""
    return f"{past.workspace or 'unknown folder'}, {past.date or 'unknown day'}, session {past.session}{forked}"


def _passages(past: Past) -> Iterator[Passage]:
    for message in past.messages:
        match message:
            case UserMessage(text):
                yield Passage("request", without_news(text))
            case AssistantMessage(text, reasoning, call):
                if reasoning:
                    yield _folded("thought", reasoning)
                if text:
                    yield Passage("answer", text)
                if call is not None:
                    yield Passage("call", call.arguments_text, call.name)
            case ToolResult(_, name, text):
                yield _folded(name, text)


def _folded(what: str, text: str) -> Passage:
    return Passage("folded", text, f"{what}, {len(text):,} characters")


def _markdown(passage: Passage) -> str:
    text, title = passage.text, _one_line(passage.title)
    match passage.kind:
        case "request":
            return f"## You\n\n{_fenced(text)}"
        case "answer":
            return f"## Model\n\n{visible(text)}"
        case "call":
            return f"`{title}`\n\n{_fenced(text)}"
        case "folded":
            return f"<details><summary>{_escaped(title)}</summary>\n\n{_fenced(text)}\n\n</details>"


def _html(passage: Passage) -> str:
    """The inside of a section, from the attributes of its tag on."""
    text, title = _escaped(passage.text), _escaped(passage.title)
    match passage.kind:
        case "request":
            return f' class="you"><pre class="text">{text}</pre>'
        case "answer":
            return f'><pre class="text">{text}</pre>'
        case "call":
            return f"><pre>{title} {text}</pre>"
        case "folded":
            return f"><details><summary>{title}</summary><pre>{text}</pre></details>"


def _fenced(text: str) -> str:
    """Between fences that are longer than any inside."""
    longest = max((len(fence) for fence in _FENCES.findall(text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}text\n{visible(text)}\n{fence}"


def _escaped(text: str) -> str:
    return html.escape(visible(text))


def _one_line(text: str) -> str:
    return visible(" ".join(text.split()))[:200]
