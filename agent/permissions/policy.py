"""What may happen without a question: the mode, and the words the person allowed before.

Decides and remembers; it asks nobody, runs nothing and reads nothing from the opened folder (THREATS.md W1).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

from agent.decisions import CommandVerdict
from agent.permissions.command_rules import can_always, judge
from agent.permissions.command_warnings import strong_warning
from agent.processes.sandbox import NoSandbox, Sandbox, SandboxMode
from backends.frozen import frozen

Mode: TypeAlias = Literal["read-only", "ask", "auto-edit"]
MODES: tuple[Mode, ...] = ("read-only", "ask", "auto-edit")
Outcome: TypeAlias = Literal["allow", "ask", "refuse"]


@frozen
class Ruling:
    """What to do with a request. `reason` is for the model when refused, else for the person.

    `warning` is set for what looks as if it destroys or escapes; `can_always`: may "always" be offered for it?
    `is_proven`: it runs because the rules prove it, and therefore with programs from outside the workspace only, and
    without the files in `hidden`.
    """

    outcome: Outcome
    reason: str = ""
    warning: str = ""
    can_always: bool = False
    is_proven: bool = False
    hidden: tuple[Path, ...] = ()


@frozen
class AllowedCommand:
    """A command that may run again: exactly these words in exactly this folder.

    What was allowed inside the sandbox is not allowed outside of it.
    """

    command: str
    folder: str
    in_sandbox: bool = False


@dataclass(slots=True)
class Surroundings:
    """What a command would run in. `rules` are the beginnings that may run unasked, once the grammar proves the rest.

    `found` is what this machine has, `wanted` whether the person wants it used.
    """

    root: Path
    rules: tuple[str, ...] = ()
    is_trusted: bool = False
    found: Sandbox | NoSandbox = field(default_factory=NoSandbox)
    wanted: SandboxMode = "auto"

    @property
    def sandbox(self) -> Sandbox | None:
        return self.found if isinstance(self.found, Sandbox) and self.wanted != "off" else None

    @property
    def obstacle(self) -> str:
        """Why no command may run at all, or ""."""
        return self.found.reason if self.wanted == "on" and isinstance(self.found, NoSandbox) else ""


class Permissions:
    """The rights of one session. `always` are commands allowed for good, in this workspace, by the person.

    `keep` stores `always` when it grows. Without `surroundings` nothing is proven and nothing is shut in.
    """

    def __init__(
        self,
        mode: Mode = "ask",
        always: frozenset[AllowedCommand] = frozenset(),
        keep: Callable[[frozenset[AllowedCommand]], None] = lambda _: None,
        surroundings: Surroundings | None = None,
    ) -> None:
        self.mode: Mode = mode
        self.always = always
        self.surroundings = surroundings or Surroundings(Path("/"))
        self._keep = keep
        self._session: set[AllowedCommand] = set()
        self._calls: set[str] = set()

    @property
    def sandbox(self) -> Sandbox | None:
        """What commands run in."""
        return self.surroundings.sandbox

    @property
    def for_session(self) -> frozenset[AllowedCommand]:
        """What was allowed until the session ends."""
        return frozenset(self._session)

    def adopt(self, mode: Mode, rules: tuple[str, ...], wanted: SandboxMode) -> None:
        """Go by another profile's rights; what the person allowed in words stays."""
        self.mode = mode
        self.surroundings.rules = rules
        self.surroundings.wanted = wanted

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
        """May a command run without a question? `folder` is absolute. Looks at the disk: call it in a thread.

        Unasked runs what the person allowed in these words, and what is proven harmless, in a trusted folder, in the
        sandbox: no mode runs anything outside of it unasked (THREATS.md C9).
        """
        around = self.surroundings
        if self.mode == "read-only":
            return Ruling("refuse", "The person has set this session to read-only: no command may run.")
        if around.obstacle:
            return Ruling("refuse", f"The person allows commands only in a sandbox, and there is {around.obstacle}.")
        if self._is_among(self.always, command, folder):
            return Ruling("allow", "these words are always allowed here")
        if self._is_among(self._session, command, folder):
            return Ruling("allow", "these words are allowed for this session")
        judgement = judge(command, around.root, around.rules, around.is_trusted, Path(folder))
        if judgement.verdict == "auto" and self.sandbox is not None:
            return Ruling("allow", "a rule allows it, in the sandbox", is_proven=True, hidden=judgement.hidden)
        reason = "there is no sandbox" if judgement.verdict == "auto" else judgement.reason
        return Ruling("ask", reason, strong_warning(command), can_always(command))

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
        """Keep a verdict; `always` counts as `once` where it may not be offered (THREATS.md C5).

        Raises OSError when `always` cannot be stored; it holds for this session all the same.
        """
        allowed = AllowedCommand(command, folder, in_sandbox=self.sandbox is not None)
        match verdict:
            case "session":
                self._session.add(allowed)
            case "always" if can_always(command):
                self.always |= {allowed}
                self._keep(self.always)
            case "always" | "once" | "no":
                pass

    def _is_among(self, allowed: frozenset[AllowedCommand] | set[AllowedCommand], command: str, folder: str) -> bool:
        """What was allowed without a sandbox is allowed in one too."""
        inside = self.sandbox is not None and AllowedCommand(command, folder, in_sandbox=True) in allowed
        return inside or AllowedCommand(command, folder) in allowed
