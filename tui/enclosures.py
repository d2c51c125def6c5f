"""What goes to the model with a message that only names it: long pasted texts, and what the person's own commands told.

Pure: text in, text out. Knows no widget and no turn.
"""

from __future__ import annotations

import re

FOLD_LINES = 12
FOLD_CHARACTERS = 2_000
"""What is longer in either way is folded into a label."""


class Enclosures:
    """The enclosures of one conversation. A label stays good, so that an earlier message can be sent again."""

    def __init__(self) -> None:
        self._pasted: dict[str, str] = {}
        self._reports: list[str] = []

    def fold(self, pasted: str) -> str:
        """What stands for `pasted` in the composer: itself, or its label, e.g. `[pasted 312 lines]`."""
        text = pasted.replace("\r\n", "\n").replace("\r", "\n")
        lines = text.count("\n") + 1
        if lines <= FOLD_LINES and len(text) <= FOLD_CHARACTERS:
            return text
        size = f"{lines:,} lines" if lines > FOLD_LINES else f"{len(text):,} characters"
        label = f"[pasted {size}]"
        number = 1
        while self._pasted.setdefault(label, text) != text:
            number += 1
            label = f"[pasted {size}, {number}]"
        return label

    def label_before(self, text: str) -> str:
        """The label that `text` ends with, or nothing."""
        return next((label for label in self._pasted if text.endswith(label)), "")

    def label_after(self, text: str) -> str:
        """The label that `text` begins with, or nothing."""
        return next((label for label in self._pasted if text.startswith(label)), "")

    def whole(self, written: str) -> str:
        """`written` with each label replaced by what was pasted. What was pasted is not looked through again."""
        if not self._pasted:
            return written
        labels = re.compile("|".join(map(re.escape, self._pasted)))
        return labels.sub(lambda match: self._pasted[match[0]], written)

    def hand_in(self, command: str, told: str) -> None:
        """Keep what a command of the person told for the next message."""
        self._reports.append(f"I ran `{command}`:\n\n{told}")

    def send(self, written: str) -> str:
        """The message for the model: what was handed in since the last one, then `whole`."""
        reports, self._reports = self._reports, []
        return "\n\n".join((*reports, self.whole(written)))
