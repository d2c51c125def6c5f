"""What servers leave inside `content` besides the answer: reasoning in `<think>`, or unparsed Harmony. No I/O.

Only a beginning decides: text that quotes such markup further down is text (corpora rule 5; openai.md §5).
"""

from __future__ import annotations

import re
from typing import Literal

from backends.events import ReasoningDelta, TextDelta
from backends.harmony import Delta, FinishReason, HarmonyParser, Sample, restore

_THINK, _THINK_END = "<think>", "</think>"
_HARMONY = ("<|channel|>", "<|start|>", "<|message|>", "<|constrain|>")
_OPENINGS = (_THINK, *_HARMONY)
_BROKEN_TAIL = re.compile("<¦*$")


class ContentReader:
    """Feed the pieces of `content`, then `finish` once."""

    def __init__(self, restores: bool) -> None:
        """`restores` takes away the protection of control tokens that the request was sent with."""
        self._mode: Literal["opening", "text", "thinking", "harmony"] = "opening"
        self._held = ""
        self._restorer = Restorer() if restores else None
        self._parser = HarmonyParser()
        self._strips_blank = False

    @property
    def is_plain(self) -> bool:
        """Whether the content is text and nothing else, which is nearly always."""
        return self._mode == "text" and not self._strips_blank and self._restorer is None

    def feed(self, text: str) -> list[Delta]:
        match self._mode:
            case "text":
                return self._text(text)
            case "harmony":
                return self._parser.feed(text)
            case "thinking":
                return self._thinking(text)
            case "opening":
                return self._opening(text)

    def finish(self, reason: FinishReason) -> tuple[list[Delta], Sample | None]:
        """What was held back; and the Harmony sample, when the content was one."""
        held, self._held = self._held, ""
        match self._mode:
            case "harmony":
                sample = self._parser.finish(reason)
                return sample.events, sample
            case "thinking":
                return self._reasoning(held), None
            case "opening" | "text":
                rest = self._restorer.close() if self._restorer else ""
                return [TextDelta(held + rest)] if held + rest else [], None

    def _opening(self, text: str) -> list[Delta]:
        self._held += text
        start = self._held.lstrip()
        if any(opening.startswith(start) and opening != start for opening in _OPENINGS):
            return []
        whole, self._held = self._held, ""
        if start.startswith(_THINK):
            self._mode = "thinking"
            return self._thinking(start.removeprefix(_THINK))
        if start.startswith(_HARMONY):
            self._mode = "harmony"
            return self._parser.feed(start)
        self._mode = "text"
        return self._text(whole)

    def _thinking(self, text: str) -> list[Delta]:
        thought, end, answer = (self._held + text).partition(_THINK_END)
        if end:
            self._held, self._mode, self._strips_blank = "", "text", True
            return [*self._reasoning(thought), *self._text(answer)]
        kept = next((size for size in range(len(_THINK_END) - 1, 0, -1) if thought.endswith(_THINK_END[:size])), 0)
        self._held = thought[len(thought) - kept :]
        return self._reasoning(thought[: len(thought) - kept])

    def _reasoning(self, text: str) -> list[Delta]:
        return [ReasoningDelta(text)] if text else []

    def _text(self, text: str) -> list[Delta]:
        if self._strips_blank:
            text = text.lstrip()
            self._strips_blank = not text
        if self._restorer is not None:
            text = self._restorer.feed(text)
        return [TextDelta(text)] if text else []


class Restorer:
    """`harmony.restore` for text that comes in pieces, cut anywhere."""

    def __init__(self) -> None:
        self._held = ""

    def feed(self, text: str) -> str:
        if "<" not in text and not self._held:
            return text
        text = self._held + text
        tail = _BROKEN_TAIL.search(text)
        self._held = tail.group() if tail else ""
        return restore(text[: len(text) - len(self._held)])

    def close(self) -> str:
        held, self._held = self._held, ""
        return restore(held)
