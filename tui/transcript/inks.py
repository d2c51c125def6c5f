"""What each ink of the transcript looks like, in the words of a theme.

A table and no style sheet: Textual would apply sixty component classes one by one, twice before the first paint.
"""

from __future__ import annotations

from collections.abc import Mapping

from rich.style import Style

INKS: Mapping[str, str] = {
    "prompt": "bold $foreground",
    "prompt-mark": "bold $primary",
    "muted": "$text-muted",
    "notice": "$text-muted",
    "success": "$success",
    "warning": "$warning",
    "error": "$error",
    "reasoning": "$reasoning",
    "reasoning-text": "italic $reasoning",
    "reasoning-bar": "$rule",
    "heading": "bold",
    "h1": "bold underline $primary",
    "h2": "$primary",
    "h3": "$secondary",
    "h4": "$secondary",
    "h5": "$secondary",
    "h6": "$secondary",
    "strong": "bold",
    "em": "italic",
    "strike": "strike",
    "code": "$accent on $code-bg",
    "link": "underline $link",
    "url": "$text-muted",
    "bullet": "$primary",
    "quote": "$text-muted",
    "quote-bar": "$rule",
    "html": "$text-muted",
    "rule": "$rule",
    "table-head": "bold",
    "code-block": "on $code-bg",
    "code-label": "$text-muted",
    "tok-keyword": "$syntax-keyword",
    "tok-string": "$syntax-string",
    "tok-comment": "italic $syntax-comment",
    "tok-number": "$syntax-number",
    "tok-name": "$syntax-name",
    "tok-type": "$syntax-type",
    "tok-operator": "$syntax-operator",
    "diff-add": "$diff-add-fg",
    "diff-del": "$diff-del-fg",
    "tool-name": "$secondary",
    "tool-title": "$foreground",
    "tool-summary": "$text-muted",
    "output": "$text-muted on $code-bg",
    "card": "on $surface",
    "card-bar": "$accent",
    "card-bar-done": "$rule",
    "card-mark": "bold $accent",
    "card-title": "bold",
    "card-path": "$foreground",
    "command": "bold $foreground",
    "key": "bold $primary",
    "key-label": "$foreground",
    "cursor": "$primary",
    "hint": "bold $background on $primary",
    "selection": "on $selection",
    "match": "$background on $warning",
    "match-current": "bold $background on $accent",
}
"""How Rich would write it, with a theme's colours by their names."""


def style_of(ink: str, colours: Mapping[str, str]) -> Style:
    """The style of one ink; `colours` maps the names of a theme to `#rrggbb`. Raises KeyError for an unknown ink."""
    words = INKS[ink].split()
    return Style.parse(" ".join(colours[word[1:]] if word.startswith("$") else word for word in words))
