"""What goes to the model with a message that only names it: long pasted texts, and what the person's own commands told.

Pure: text in, text out. Knows no widget and no turn.
"""

from __future__ import annotations

import re

from agent.own_reports import OwnReport, split_reports, with_reports

FOLD_LINES = 12
FOLD_CHARACTERS = 2_000
"""What is longer in either way is folded into a label."""

_COMMAND_CHARACTERS = 40


class Enclosures:
    """The enclosures of one conversation. A label stays good, so that an earlier message can be sent again."""

    def __init__(self) -> None:
        self._pasted: dict[str, str] = {}
        self._reports: list[OwnReport] = []
        self._sent: list[OwnReport] = []

    def fold(self, pasted: str) -> str:
        """What stands for `pasted` in the composer: itself, or its label, e.g. `[pasted 312 lines]`."""
        text = pasted.replace("\r\n", "\n").replace("\r", "\n")
        lines = text.count("\n") + 1
        if lines <= FOLD_LINES and len(text) <= FOLD_CHARACTERS:
            return text
        size = f"{lines:,} lines" if lines > FOLD_LINES else f"{len(text):,} characters"
        return self._label(f"pasted {size}", text)

    def take_back(self, sent: str) -> str:
        """What stands in the composer for a message as it went to the model: for what a command told, the command."""
        reports, message = split_reports(sent)
        named = (self._label(f"!{report.command[:_COMMAND_CHARACTERS]}", report.text) for report in reports)
        return "\n\n".join((*named, self.fold(message)))

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
        self._reports.append(OwnReport(command, told))

    def send(self, written: str) -> str:
        """The message for the model: what was handed in since the last one, then `whole`."""
        self._sent, self._reports = self._reports, []
        return with_reports(self.whole(written), self._sent)

    def take_reports_back(self) -> None:
        """The last message was not sent after all: what was handed in goes with the next one."""
        self._sent, self._reports = [], [*self._sent, *self._reports]

    def _label(self, name: str, text: str) -> str:
        label = f"[{name}]"
        number = 1
        while self._pasted.setdefault(label, text) != text:
            number += 1
            label = f"[{name}, {number}]"
        return label
