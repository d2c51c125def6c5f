"""What may happen without a question: the mode, and the words the person allowed before.

Decides and remembers; it asks nobody, runs nothing and reads nothing from the opened folder (THREATS.md W1).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from agent.decisions import CommandVerdict

Mode: TypeAlias = Literal["read-only", "ask", "auto-edit"]
MODES: tuple[Mode, ...] = ("read-only", "ask", "auto-edit")
Outcome: TypeAlias = Literal["allow", "ask", "refuse"]


@dataclass(frozen=True, slots=True)
class Ruling:
    """What to do with a request. `reason` is for the model when refused, else for the person."""

    outcome: Outcome
    reason: str = ""


@dataclass(frozen=True, slots=True)
class AllowedCommand:
    """A command that may run again: exactly these words in exactly this folder."""

    command: str
    folder: str


class Permissions:
    """The rights of one session. `always` are commands allowed for good, in this workspace, by the person.

    `keep` stores `always` when it grows.
    """

    def __init__(
        self,
        mode: Mode = "ask",
        always: frozenset[AllowedCommand] = frozenset(),
        keep: Callable[[frozenset[AllowedCommand]], None] = lambda _: None,
    ) -> None:
        self.mode: Mode = mode
        self.always = always
        self._keep = keep
        self._session: set[AllowedCommand] = set()
        self._calls: set[str] = set()

    def edit(self, is_in_git_tree: bool) -> Ruling:
        """May a proposal be applied without a review? Only where git keeps what it replaces."""
        match self.mode:
            case "read-only":
                return Ruling("refuse", "The person has set this session to read-only: no file may be changed.")
            case "auto-edit" if is_in_git_tree:
                return Ruling("allow", "auto-edit is on in this git work tree")
            case "auto-edit":
                return Ruling("ask", "auto-edit applies only inside a git work tree")
            case "ask":
                return Ruling("ask")

    def command(self, command: str, folder: str) -> Ruling:
        """May a command run without a question? `folder` is absolute."""
        if self.mode == "read-only":
            return Ruling("refuse", "The person has set this session to read-only: no command may run.")
        words = AllowedCommand(command, folder)
        if words in self.always:
            return Ruling("allow", "these words are always allowed here")
        if words in self._session:
            return Ruling("allow", "these words are allowed for this session")
        return Ruling("ask")

    def call(self, words: str) -> Ruling:
        """May a call of the person's functions or of a tool server run without a question? Its words prove nothing."""
        if self.mode == "read-only":
            return Ruling("refuse", "The person has set this session to read-only: no such tool may run.")
        if words in self._calls:
            return Ruling("allow", "these words are allowed for this session")
        return Ruling("ask")

    def remember_call(self, words: str, verdict: CommandVerdict) -> None:
        """Keep a verdict for the session; what such a call does can change, so that no `always` outlives it."""
        if verdict in ("session", "always"):
            self._calls.add(words)

    def remember(self, command: str, folder: str, verdict: CommandVerdict) -> None:
        """Keep a verdict. Raises OSError when `always` cannot be stored; it holds for this session all the same."""
        match verdict:
            case "session":
                self._session.add(AllowedCommand(command, folder))
            case "always":
                self.always |= {AllowedCommand(command, folder)}
                self._keep(self.always)
            case "once" | "no":
                pass
