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
from backends.types import AssistantMessage, Message, ToolResult, UserMessage

ExportForm: TypeAlias = Literal["markdown", "html"]

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
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
    parts = [f"# {_one_line(past.name)}", _facts(past)]
    for message in past.messages:
        parts += _markdown(message)
    return "\n\n".join(parts) + "\n"


def to_html(past: Past) -> str:
    sections = "\n".join(section for message in past.messages for section in _html(message))
    return _PAGE.format(title=_escaped(_one_line(past.name)), facts=_escaped(_facts(past)), sections=sections)


def _facts(past: Past) -> str:
    forked = f", forked from {past.forked_from}" if past.forked_from else ""
    return f"{past.workspace or 'unknown folder'}, {past.date or 'unknown day'}, session {past.session}{forked}"


# ── Markdown ─────────────────────────────────────────────────────────────────


def _markdown(message: Message) -> Iterator[str]:
    match message:
        case UserMessage(text):
            yield f"## You\n\n{_fenced(without_news(text))}"
        case AssistantMessage(text, reasoning, call):
            if reasoning:
                yield _folded(f"thought, {len(reasoning):,} characters", reasoning)
            if text:
                yield f"## Model\n\n{_visible(text)}"
            if call is not None:
                yield f"`{_one_line(call.name)}`\n\n{_fenced(call.arguments_text)}"
        case ToolResult(_, name, text):
            yield _folded(f"{name}, {len(text):,} characters", text)


def _folded(title: str, text: str) -> str:
    return f"<details><summary>{_escaped(_one_line(title))}</summary>\n\n{_fenced(text)}\n\n</details>"


def _fenced(text: str) -> str:
    """Between fences that are longer than any inside."""
    longest = max((len(fence) for fence in _FENCES.findall(text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}text\n{_visible(text)}\n{fence}"


# ── HTML ─────────────────────────────────────────────────────────────────────


def _html(message: Message) -> Iterator[str]:
    match message:
        case UserMessage(text):
            yield f'<section class="you"><pre class="text">{_escaped(without_news(text))}</pre></section>'
        case AssistantMessage(text, reasoning, call):
            if reasoning:
                yield _details(f"thought, {len(reasoning):,} characters", reasoning)
            if text:
                yield f'<section><pre class="text">{_escaped(text)}</pre></section>'
            if call is not None:
                yield f"<section><pre>{_escaped(call.name)} {_escaped(call.arguments_text)}</pre></section>"
        case ToolResult(_, name, text):
            yield _details(f"{name}, {len(text):,} characters", text)


def _details(title: str, text: str) -> str:
    return f"<section><details><summary>{_escaped(title)}</summary><pre>{_escaped(text)}</pre></details></section>"


def _escaped(text: str) -> str:
    return html.escape(_visible(text))


def _one_line(text: str) -> str:
    return _visible(" ".join(text.split()))[:200]


def _visible(text: str) -> str:
    """Control characters as symbols, so that the document is harmless in a terminal too."""
    return _CONTROL.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", text)
