"""The output of a command, of any length: live to the person up to a limit, beginning and end to the model.

Pure. Knows the end of a process, and not how one is started.
"""

from __future__ import annotations

from collections import deque

from agent.events import ToolFinished
from agent.processes.process import Exit
from agent.tools import OUTPUT_LIMIT

KEPT_CHARACTERS = 1024 * 1024
"""Characters of output kept for the person and shown live; what comes after is counted."""


class KeptOutput:
    """The beginning and the end of an output of any length."""

    def __init__(self) -> None:
        self._head = ""
        self._tail: deque[str] = deque()
        self._tail_size = 0
        self._total = 0

    def add(self, text: str) -> str:
        """Keep `text`; as much of it as may still be shown live."""
        live = text[: max(0, KEPT_CHARACTERS - self._total)]
        self._total += len(text)
        missing = OUTPUT_LIMIT - len(self._head)
        self._head += text[:missing]
        if rest := text[missing:]:
            self._tail.append(rest)
            self._tail_size += len(rest)
        while self._tail and self._tail_size - len(self._tail[0]) >= OUTPUT_LIMIT:
            self._tail_size -= len(self._tail.popleft())
        return live

    def for_model(self) -> str:
        """All of it, or head and tail within the limit with a note between them."""
        if self._total <= OUTPUT_LIMIT:
            return self._head
        head = OUTPUT_LIMIT * 2 // 5
        tail = OUTPUT_LIMIT - head
        # What lies between is unknown only when it is cut anyway, so the seam never shows.
        end = (self._head + "".join(self._tail))[-tail:]
        note = f"[… {self._total - OUTPUT_LIMIT:,} characters left out; run it again into a file or through grep …]"
        return f"{self._head[:head]}\n{note}\n{end}"


def finished(call_id: str, end: Exit, kept: KeptOutput, seconds: int) -> ToolFinished:
    """The end of the call: its exit in one line, then the output as the model gets it."""
    ended = f"; {end.leftovers} background processes were ended with it" if end.leftovers else ""
    if end.reason == "timeout":
        first, summary = f"killed after {seconds} s (give timeout for more{ended})", f"killed after {seconds} s"
    elif end.code < 0:
        first, summary = f"killed by signal {-end.code}{ended}", f"signal {-end.code}"
    else:
        first, summary = f"exit code {end.code}{ended}", f"exit {end.code}"
    is_done = end.reason == "exited" and end.code == 0
    return ToolFinished(call_id, "done" if is_done else "failed", f"[{first}]\n{kept.for_model()}".rstrip(), summary)
