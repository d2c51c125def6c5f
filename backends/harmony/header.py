"""What the header of a Harmony message says: who speaks, on which channel, to whom.

Pure text, and forgiving: protocols/mlx.md §7 lists the odd headers that models really write.
"""

from __future__ import annotations

import re
from typing import Literal

from backends.frozen import frozen

Kind = Literal["reasoning", "text", "call"]

CHANNELS = ("analysis", "commentary", "final")

_RECIPIENT = re.compile(r"(?:^|assistant|\W)to=\s*([^\s<]+)")
_CHANNEL = re.compile(rf"(?:<\|channel\|>|^|^assistant)\s*({'|'.join(CHANNELS)})")
_FIRST_WORD = re.compile(r"[^\s<]+")
_NOT_TOOLS = {"assistant", "user", "all"}
_OWN_OPENINGS = ("assistant", "to=", *CHANNELS)


@frozen
class Header:
    """`recipient` is the tool's name as written, namespace included; empty for a message to the person."""

    channel: str
    recipient: str

    @property
    def kind(self) -> Kind:
        if self.recipient:
            return "call"
        return "reasoning" if self.channel == "analysis" else "text"


def read_header(text: str) -> Header:
    """Reads what stands before `<|message|>`; of several channels the last counts, of several recipients the first."""
    recipients = [name for name in _RECIPIENT.findall(text) if name not in _NOT_TOOLS]
    channels: list[str] = _CHANNEL.findall(text)
    return Header(channel=channels[-1] if channels else "", recipient=recipients[0] if recipients else "")


def is_foreign(text: str) -> bool:
    """Whether the header after a `<|start|>` speaks for somebody else: the model makes up a result or a question."""
    word = _FIRST_WORD.match(text.lstrip())
    return word is not None and not word.group().startswith(_OWN_OPENINGS)


def may_open_header(text: str) -> bool:
    """Whether text at the very start of an answer can still turn out to be a header without its first token."""
    start = text.lstrip()
    return any(word.startswith(start) or start.startswith(word) for word in _OWN_OPENINGS)
