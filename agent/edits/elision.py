"""New lines that stand for code instead of being it: `# ... rest of the code ...` where lines were taken out.

A model that shortens its patch so would delete what it left out. Words and hunks in, warnings out; pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain

from agent.edits.proposal import Hunk

_SHOWN = 60
_LONGEST = 120  # characters; what says more is no placeholder

_CODE = (
    r"(?:code|file|function|method|class|implementation|logic|imports?|methods|functions|tests|content|contents|lines"
    r"|fields|body|component|module|script|styles|rules|props|cases|handlers|routes|definitions|declarations)"
)
_STAYS = (
    r"(?:(?:is |are )?(?:unchanged|the same|untouched|omitted|elided|not shown)|(?:remains?|stays?)(?: (?:unchanged"
    r"|the same|as (?:is|before)|here))?|goes here|here|as (?:is|before)|for brevity|same as before|no changes?)"
)
_DOTS = r"(?:\.{2,}|…)"

_WORDS = (
    rf"(?:the )?(?:rest|remainder) of (?:the |this |your |my )?(?:\w+ )?{_CODE}(?:,? {_STAYS}){{0,3}}",
    rf"(?:the )?(?:existing|remaining|previous|original|unchanged|other|same)(?: {_CODE}){{1,2}}(?:,? {_STAYS}){{1,3}}",
    rf"(?:keep|leave) (?:the |all )?(?:rest|existing|remaining|other)(?: of the)?(?: {_CODE})?(?:,? {_STAYS}){{0,3}}",
    rf"(?:{_CODE}|everything(?: else)?|nothing else) (?:above|below|remains|stays|is|are|changes)? ?{_STAYS}",
    rf"(?:{_CODE} )?(?:omitted|elided|snipped|truncated)(?: for brevity)?",
    r"(?:unchanged|same as before|no changes?(?: here)?|snip(?:ped)?)",
)
"""What such a comment says, dots or not around it."""

_DOTTED = (
    rf"(?:the )?(?:existing|remaining|previous|original|unchanged|other|same|more|rest)(?: of)?(?: {_CODE}){{0,2}}"
)
"""What is too usual in a comment to mean it, unless dots stand around it."""

_COMMENT = r"(?:#+|//+|/\*+|\*|--|;+|%+|<!--|\{/\*)"
_END = r"(?:\*/\}?|-->)?"
_PLAIN = "|".join(_WORDS)
_WITH_DOTS = rf"\(?(?:{_PLAIN}|{_DOTTED})\)?"
_PLACEHOLDER = re.compile(
    rf"(?:{_COMMENT}\s*)?(?:{_DOTS}\s*{_WITH_DOTS}\s*{_DOTS}?|{_WITH_DOTS}\s*{_DOTS})[.:]?\s*{_END}"
    rf"|{_COMMENT}\s*[\[(]?(?:{_PLAIN})[\])]?[.:]?\s*{_END}"
    rf"|{_COMMENT}\s*{_DOTS}\s*{_END}",
    re.IGNORECASE,
)
_STARTS = frozenset("#/*-;%<{.…")


def placeholder_warnings(hunks: Sequence[Hunk]) -> tuple[str, ...]:
    """One line for each new placeholder where more lines go than come, or in a file that shrinks."""
    shrinks = sum(hunk.removed - hunk.added for hunk in hunks) > 0
    old = {line.strip() for line in chain.from_iterable(hunk.before for hunk in hunks)}
    return tuple(
        f'line {number + 1}, "{text[:_SHOWN]}", is a placeholder: the {_lines(hunk.removed)} taken out there'
        f" {'is' if hunk.removed == 1 else 'are'} not kept by it"
        for hunk in hunks
        if hunk.removed > hunk.added or (shrinks and hunk.removed)
        for number, text in _placeholders(hunk)
        if text not in old
    )


def _placeholders(hunk: Hunk) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(hunk.after, hunk.after_start):
        text = line.strip()
        if len(text) <= _LONGEST and text[:1] in _STARTS and _PLACEHOLDER.fullmatch(text):
            yield number, text


def _lines(count: int) -> str:
    return f"{count} line{'' if count == 1 else 's'}"
