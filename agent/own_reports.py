"""What the person's own commands told, as the model reads it at the head of a message; and the message without it.

Pure. Knows neither who ran the command nor what is shown of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from backends.frozen import frozen

OWN_COMMAND = "you"
"""Stands where a tool's name stands, when the person ran the command."""

_REPORT = re.compile(r"I ran `(?P<command>.*?)`:\n\n(?P<fence>`{3,})\n(?P<told>.*?)\n(?P=fence)(?:\n\n|\Z)", re.DOTALL)
_FENCES = re.compile(r"`{3,}")


@frozen
class OwnReport:
    """A command of the person, and its exit and output as they go to the model."""

    command: str
    told: str

    @property
    def text(self) -> str:
        """As it stands in a message; nothing in it can end the fence."""
        longest = max(map(len, _FENCES.findall(self.told)), default=2)
        fence = "`" * (longest + 1)
        return f"I ran `{self.command}`:\n\n{fence}\n{self.told}\n{fence}"


def with_reports(message: str, reports: Iterable[OwnReport]) -> str:
    """The message behind what was told before it."""
    return "\n\n".join((*(report.text for report in reports), *([message] if message else [])))


def split_reports(text: str) -> tuple[tuple[OwnReport, ...], str]:
    """The reports at the head of a message, and the message itself."""
    reports: list[OwnReport] = []
    while found := _REPORT.match(text):
        reports.append(OwnReport(found["command"], found["told"]))
        text = text[found.end() :]
    return tuple(reports), text
