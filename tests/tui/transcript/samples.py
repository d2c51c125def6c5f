"""Markdown as models write it, as strategies: whole documents of plausible lines, and cuts of them into chunks."""

from __future__ import annotations

from hypothesis import strategies as st

LINES = (
    "",
    "",
    "A sentence with `code`, **strong words** and *soft ones*, long enough to be wrapped on a narrow screen.",
    "word",
    "two  words  ",
    "hard break\\",
    "a [link](https://example.com/x) and <https://example.com>",
    "![an image](http://example.com/i.png)",
    "[text][ref]",
    "[ref]: https://example.com/ref",
    "# Heading one",
    "### Heading `three` ###",
    "Setext",
    "===",
    "---",
    "***",
    "- item",
    "- item with `code` and a long tail that has to be wrapped somewhere on the way",
    "  continued",
    "  - nested",
    "    - deeper",
    "- [ ] to do",
    "- [x] done",
    "* star",
    "1. first",
    "2. second",
    "   more of it",
    "10) tenth",
    "> quoted",
    "> > twice",
    "lazy",
    "```python",
    "```",
    "~~~",
    "````",
    "  ```",
    "def f(x):",
    "\treturn '''x",
    "    indented code",
    "| a | b |",
    "|---|:-:|",
    "| 1 | `x|y` |",
    "a | b",
    "--|--",
    "<div>",
    "</div>",
    "<!-- note",
    "-->",
    "~~struck~~ &amp; &#x41; \\* escaped",
    "日本語のテキストはスペースなしで折り返される",
    "emoji 🙂 and ❤\ufe0f",
    "snake_case_name and 2 * 3 * 4",
    "**open and never closed",
    "`open code",
    "[not a link",
    "x" * 90,
)

documents = st.lists(st.sampled_from(LINES) | st.text("ab `*_[]()#>|-\n\t ", max_size=12), max_size=14).map("\n".join)


@st.composite
def chunked(draw: st.DrawFn, texts: st.SearchStrategy[str] = documents) -> tuple[str, list[str]]:
    """A text, and the same text in pieces."""
    text = draw(texts)
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=25)))
    return text, [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
