"""Making room in the window: what is trimmed, what is summarised, what always stays. Pure; the turn asks the model.

Old tool output goes first, because it can be had again. Then everything before the last few steps becomes one user
message: the first request, the later ones, the model's own summary, the files changed and the request at hand. One
message, since some servers merge neighbours of a role and lose calls (gpt-oss.md §4).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from backends.frozen import frozen
from backends.types import AssistantMessage, Message, ToolResult, UserMessage

FULL_SHARE = 0.80
"""A prompt above this share of the window is compacted before it is sent; the rest is for the answer."""

TARGET_SHARE = 0.40
"""What compaction aims at, so that the next one is far away."""

RECENT_SHARE = 0.20
"""The latest steps stay word for word as long as they fit this share."""

_GROWTH_SHARE = 0.10
_CHARACTERS_PER_TOKEN = 3
_LATER = 12  # of the requests between the first and the one at hand, the latest are kept
_TRIM_FLOOR = 120  # tokens: a result smaller than this is not worth a note in its place
_SUMMARY_REQUEST = """\
Stop here and write a summary for yourself: the conversation before this point will be removed.
Answer with text only, call no tool.
State: what the user wants and decided; what you found out, with file names and line numbers;
what was changed and why; what failed; what is left to do, in order.
At most {words} words."""

Measure = Callable[[Message], int]


@frozen
class Report:
    """What a compaction did, for the person to read. Tokens of the prompt before and after."""

    before_tokens: int
    after_tokens: int
    trimmed_results: int
    summarised_messages: int
    kept_messages: int
    summary: str


def is_needed(prompt_tokens: int, window: int, shortened_to: int) -> bool:
    """Whether a prompt is too full.

    One that a compaction left at `shortened_to` must first grow, so that a small window does not loop.
    """
    return prompt_tokens > max(window * FULL_SHARE, shortened_to + window * _GROWTH_SHARE)


def trim_results(messages: Sequence[Message], excess: int, measure: Measure) -> tuple[tuple[Message, ...], int]:
    """Old tool output replaced by a note, the oldest first and never the last one, until `excess` tokens are saved.

    Returns the messages and how many results were trimmed.
    """
    trimmed = list(messages)
    results = [index for index, message in enumerate(messages) if isinstance(message, ToolResult)]
    count = 0
    for index in results[:-1]:
        if excess <= 0:
            break
        result = trimmed[index]
        assert isinstance(result, ToolResult)
        tokens = measure(result)
        if tokens >= _TRIM_FLOOR:
            note = f"[about {tokens} tokens of output removed to make room; call {result.name} again if you need it]"
            trimmed[index] = replace(result, text=note)
            excess -= tokens - measure(trimmed[index])
            count += 1
    return tuple(trimmed), count


def summary_request(window: int) -> str:
    """What the model is asked for its summary; its length follows the window."""
    return _SUMMARY_REQUEST.format(words=max(80, min(600, window // 80)))


def split(messages: Sequence[Message], budget: int, measure: Measure) -> int:
    """Where the recent part begins: whole steps from the end that fit `budget` tokens; `len(messages)` for none.

    A step begins with the assistant's call, so a call and its result never part.
    """
    start, used = len(messages), 0
    for index in range(len(messages) - 1, -1, -1):
        message = messages[index]
        used += measure(message)
        if used > budget or isinstance(message, UserMessage):
            break
        if isinstance(message, AssistantMessage):
            start = index
    return start


def rebuild(
    requests: Sequence[str], recent: Sequence[Message], summary: str, changed: Sequence[str], window: int
) -> tuple[Message, ...]:
    """The compacted prompt: one user message that stands for everything before, then the `recent` steps.

    `requests` are the person's messages of the whole session, so that a second compaction loses none to the first.
    The request at hand stays whole; the first is cut at a tenth of the window, the others to a line or two.
    """
    *earlier, current = requests
    parts = ["This conversation was shortened. What was said and done before:"]
    if earlier:
        parts.append(f"# The first request\n{_cut(earlier[0], window // 10 * _CHARACTERS_PER_TOKEN)}")
    if earlier[1:]:
        parts.append("# Later requests\n" + "\n".join(f"- {_cut(text, 300)}" for text in earlier[1:][-_LATER:]))
    if summary:
        parts.append(f"# Summary of the work so far\n{summary}")
    if changed:
        parts.append("# Files changed so far\n" + "\n".join(f"- {path}" for path in changed))
    parts.append(f"# The request at hand\n{current}")
    return (UserMessage("\n\n".join(parts)), *recent)


def _cut(text: str, characters: int) -> str:
    return text if len(text) <= characters else f"{text[:characters]} […{len(text) - characters} characters more]"
