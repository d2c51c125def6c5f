"""Harmony text as it streams in, cut anywhere, to deltas and at most one call.

No I/O, no tokenizer, no tools: what the call means is for `backends.repair` to say. Rules: protocols/mlx.md §7.
"""

from __future__ import annotations

import json
import re
from io import StringIO
from typing import Literal, TypeAlias

from backends.events import CallProgress, ReasoningDelta, TextDelta
from backends.frozen import frozen
from backends.harmony.escape import CONTROL_TOKENS, restore
from backends.harmony.header import Header, is_foreign, may_open_header, read_header

Delta: TypeAlias = ReasoningDelta | TextDelta | CallProgress
FinishReason = Literal["stop", "length"]

_TOKEN = re.compile("|".join(re.escape(token) for token in CONTROL_TOKENS))
_ENDS_GENERATION = ("<|call|>", "<|return|>", "<|endoftext|>")
_HELD_CHARACTERS = 16
_OPENING_CHARACTERS = 160
_START, _CHANNEL = "<|start|>", "<|channel|>"
_STRING_MARK = re.compile(r'\\.|"', re.DOTALL)


@frozen
class RawCall:
    """A call as written. `is_cut` says that the output limit came before its end, so that it must not run."""

    recipient: str
    arguments: str
    is_cut: bool


@frozen
class Sample:
    """What one generation amounted to.

    `events` are the deltas that were still held back. `is_unfinished` marks a failed sample: a header that never got
    its message, and nothing to show for it. `raw` is the model's text up to the end of its last message, closed as
    history needs it; empty when it cannot be replayed. `has_structure` is False for text without any control token.
    """

    events: list[Delta]
    call: RawCall | None
    is_unfinished: bool
    raw: str
    has_structure: bool


class HarmonyParser:
    """Continues `<|start|>assistant`. Feed it text, then `finish` it once."""

    def __init__(self) -> None:
        self._state: Literal["opening", "header", "content", "done"] = "opening"
        self._held = ""
        self._pending: list[str] = []  # of the opening or the header
        self._after_start = True
        self._header = Header("", "")
        self._body = _CallBody()
        self._call_is_closed = False
        self._shown = {"reasoning": False, "text": False}
        self._separator = ""
        self._raw = StringIO()
        self._raw_closed = 0
        self._has_structure = False
        self._lost_header = False
        self._began_plain = False
        self._events: list[Delta] = []

    @property
    def is_done(self) -> bool:
        """Whether everything that follows was made up, so that the connection may be closed."""
        return self._state == "done"

    def feed(self, text: str) -> list[Delta]:
        self._events = []
        if "<" not in text and not self._held:
            self._take_text(text)
            return self._events
        text = self._held + text
        self._held = ""
        position = 0
        for token in _TOKEN.finditer(text):
            self._take_text(text[position : token.start()])
            self._take_token(token.group())
            position = token.end()
        hold_at = _held_from(text, position)
        self._held = text[hold_at:]
        self._take_text(text[position:hold_at])
        return self._events

    def finish(self, reason: FinishReason) -> Sample:
        """Call it only when the server said that the answer is complete; a broken stream has no sample."""
        self._events = []
        self._take_text(self._held)
        if self._state == "opening":
            self._begin_plain_text()
        raw = self._raw.getvalue()
        raw_end = len(raw) if self._state == "content" else self._raw_closed
        call = None
        if self._header.kind == "call":
            is_cut = reason == "length" and not self._call_is_closed
            call = RawCall(self._header.recipient, restore(self._body.text()), is_cut)
        has_open_header = self._state == "header" and bool("".join(self._pending).strip())
        return Sample(
            events=self._events,
            call=call,
            is_unfinished=not call and not self._shown["text"] and (has_open_header or self._lost_header),
            raw=self._closed_raw(raw[:raw_end], call),
            has_structure=self._has_structure,
        )

    def _closed_raw(self, raw: str, call: RawCall | None) -> str:
        # A control token that was text would come back as structure: then history is rendered from its parts.
        if self._began_plain or "<|message|>" not in raw or self._body.holds_tokens:
            return ""
        # The server strips the blank with which a recipient-first header begins (protocols/mlx.md §5).
        blank = " " if raw.startswith("to=") else ""
        return f"{blank}{raw}{'<|call|>' if call else '<|end|>'}"

    def _take_text(self, text: str) -> None:
        if not text or self._state == "done":
            return
        self._raw.write(text)
        match self._state:
            case "content":
                self._emit(text)
            case "header":
                self._pending.append(text)
            case "opening":
                self._pending.append(text)
                opening = "".join(self._pending)
                if len(opening) > _OPENING_CHARACTERS or not may_open_header(opening):
                    self._begin_plain_text()

    def _take_token(self, token: str) -> None:
        if self._state == "done":
            return
        self._has_structure = True
        if self._state == "content" and self._header.kind == "call" and self._body.keeps(token):
            self._raw.write(token)
            self._emit(token)
            return
        if self._state == "opening":
            self._leave_opening(token)
        if self._state == "content":
            self._take_token_in_content(token)
        else:
            self._take_token_in_header(token)
        if not self.is_done:
            self._raw.write(token)

    def _leave_opening(self, token: str) -> None:
        opens_message = token in ("<|channel|>", "<|constrain|>", "<|message|>")
        if opens_message or not "".join(self._pending).strip():
            self._state = "header"
        else:
            self._begin_plain_text()

    def _begin_plain_text(self) -> None:
        text, self._pending = "".join(self._pending), []
        self._began_plain = True
        self._state = "content"
        self._header = Header("", "")
        if text:
            self._emit(text)

    def _take_token_in_header(self, token: str) -> None:
        match token:
            case "<|message|>":
                self._open_message("".join(self._pending))
            case "<|start|>":
                self._pending, self._after_start = [], True
            case "<|channel|>" | "<|constrain|>":
                self._pending.append(token)
            case _:
                self._lost_header = self._lost_header or bool("".join(self._pending).strip())
                self._pending, self._after_start = [], False
                if token in _ENDS_GENERATION:
                    self._state = "done"

    def _open_message(self, header: str) -> None:
        self._pending = []
        if self._after_start and is_foreign(header):
            self._state = "done"
            return
        self._state = "content"
        self._header = read_header(header)
        kind = self._header.kind
        if kind == "call":
            self._events.append(CallProgress(self._header.recipient.removeprefix("functions."), ""))
        else:
            self._separator = "\n\n" if self._shown[kind] else ""

    def _take_token_in_content(self, token: str) -> None:
        if token in ("<|message|>", "<|constrain|>"):
            return
        self._raw_closed = self._raw.tell()
        if self._header.kind == "call":
            # One call a turn: whatever follows it, results included, was made up.
            self._call_is_closed = True
            self._state = "done"
        elif token in _ENDS_GENERATION:
            self._state = "done"
        else:
            self._state = "header"
            self._after_start = token == _START
            self._pending = [token] if token == _CHANNEL else []

    def _emit(self, text: str) -> None:
        kind = self._header.kind
        if kind == "call":
            self._body.append(text)
            self._events.append(CallProgress(self._header.recipient.removeprefix("functions."), text))
            return
        shown = self._separator + restore(text)
        self._separator = ""
        self._shown[kind] = self._shown[kind] or not shown.isspace()
        self._events.append(ReasoningDelta(shown) if kind == "reasoning" else TextDelta(shown))


class _CallBody:
    """The arguments of a call, and whether a control token in them is only text inside a JSON string."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._unscanned = 0
        self._is_in_string = False
        self._first_kept: int | None = None

    @property
    def holds_tokens(self) -> bool:
        return self._first_kept is not None

    def append(self, text: str) -> None:
        self._pieces.append(text)

    def keeps(self, token: str) -> bool:
        """Whether `token`, which comes next, stands inside a JSON string that is still open."""
        if self._looks_like_json():
            quotes = _STRING_MARK.findall("".join(self._pieces[self._unscanned :])).count('"')
            self._is_in_string ^= quotes % 2 == 1
            self._unscanned = len(self._pieces)
        if self._is_in_string and self._first_kept is None:
            self._first_kept = len(self._pieces)
        return self._is_in_string

    def _looks_like_json(self) -> bool:
        first = next((piece.lstrip() for piece in self._pieces if piece.strip()), "")
        return first.startswith(("{", "[", '"'))

    def text(self) -> str:
        """All of it; but where a kept token did not lead to valid JSON, the string was broken and ended there."""
        whole = "".join(self._pieces)
        if self._first_kept is None or _is_json(whole):
            return whole
        return "".join(self._pieces[: self._first_kept])


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _held_from(text: str, position: int) -> int:
    """Where the tail begins that may still become a control token or a neutralised opening."""
    start = text.rfind("<", max(position, len(text) - _HELD_CHARACTERS))
    if start < 0:
        return len(text)
    tail = text[start:]
    may_grow = not tail[1:].strip("¦") or any(token.startswith(tail) for token in CONTROL_TOKENS)
    return start if may_grow else len(text)
