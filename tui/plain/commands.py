"""Slash commands in the plain mode: the registry's, done with words where they make sense without a screen.

Asks for a whole yes before what leaves the machine or cannot be taken back. Draws nothing and starts no app.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from agent.config.profiles import Profile
from agent.edits.errors import ApplyError
from agent.record.file import SessionUnavailable
from backends.errors import BackendError
from tui.actions import Action
from tui.conversation.partner import EFFORTS
from tui.conversation.services import Held
from tui.plain.lines import Lines, agreed
from tui.plain.session_commands import Around, SessionCommands
from tui.plain.words import HELP, Teller

ELSEWHERE: Mapping[str, str] = {
    "model": "/profile and a name switches; oss-tui models lists what the servers have.",
    "doctor": "Leave with /quit and run oss-tui doctor.",
    "mcp": "/debug-config tells the tool servers among the settings.",
    "review": "A change is shown whole and asked about by itself.",
    "setup": "Leave with /quit and run oss-tui setup; oss-tui doctor tells what is wrong.",
    "commit": "Commit with git in another terminal, or as a command of your own: !git commit",
    "copy": "Copy with your terminal: what is written here is the source text.",
    "copy_code": "Copy with your terminal: what is written here is the source text.",
    "find": "Search with your terminal, or with your screen reader: everything that was said stands above.",
    "wrap": "Your terminal breaks the lines; nothing is cut here.",
    "theme": "There are no colours here.",
    "mouse": "The mouse is your terminal's already.",
    "history": "Earlier messages are listed on the full screen only; /resume goes on with an earlier session.",
}
"""Of the actions that need a screen: what to do instead."""


class Commands:
    """One for a conversation on lines. Everything that is said is cleaned by the teller."""

    def __init__(self, around: Around, lines: Lines, teller: Teller) -> None:
        self._around = around
        self._lines = lines
        self._teller = teller
        self._agreed = {around.partner.profile.name}
        of_session = SessionCommands(around, lines, teller).does
        self._does: Mapping[str, Callable[[str], Awaitable[None]]] = {
            "help": self._help,
            "new": self._new,
            "context": self._context,
            "profiles": self._profiles,
            "effort": self._effort,
            "undo_edits": self._undo,
            "redo_edits": self._redo,
            "status": partial(self._status, with_settings=False),
            "debug_config": partial(self._status, with_settings=True),
            **{name: partial(self._in_session, does) for name, does in of_session.items()},
        }

    @property
    def names(self) -> frozenset[str]:
        """The actions that are done here."""
        return frozenset(self._does)

    async def do(self, action: Action, argument: str) -> None:
        """Do it, or say in words what to do instead; a refusal is told with its reason."""
        try:
            await self._does[action.name](argument) if action.name in self._does else self._elsewhere(action)
        except (OSError, BackendError, SessionUnavailable, ApplyError) as error:
            self._teller.line(str(error))

    def _elsewhere(self, action: Action) -> None:
        self._teller.line(ELSEWHERE.get(action.name, "That needs the full screen: run oss-tui without --plain."))

    async def _in_session(self, do: Callable[[Held, str], Awaitable[None]], argument: str) -> None:
        held = self._around.services.held()
        if held is None:
            self._teller.line("There is no session yet.")
        else:
            await do(held, argument)

    # ── the model ────────────────────────────────────────────────────────────

    async def _help(self, _: str) -> None:
        self._teller.line(HELP)
        for action in self._around.registry.actions:
            if action.slash and (action.name in self._does or action.name in ("quit", "compact")):
                self._teller.line(f"  {action.usage}: {action.help}")

    async def _context(self, _: str) -> None:
        self._teller.context(await (await self._around.partner.ready()).context())

    async def _effort(self, level: str) -> None:
        if self._around.partner.set_effort(level):
            self._teller.line(f"Effort is {self._around.partner.profile.effort} from the next turn on.")
        else:
            self._teller.line(f"Effort is one of {', '.join(EFFORTS)}.")

    async def _profiles(self, name: str) -> None:
        """Switch to the profile `name`, or list them."""
        profiles = self._around.configuration.profiles
        chosen = next((profile for profile in profiles if profile.name == name), None)
        if chosen is not None:
            await self._switch(chosen)
            return
        if name:
            self._teller.line(f"There is no profile {name}.")
        for profile in profiles:
            now = ", in use" if profile.name == self._around.partner.profile.name else ""
            remark = f", {profile.remark}" if profile.remark else ""
            self._teller.line(f"  {profile.name}: {profile.model} at {profile.provider.name}{remark}{now}")
        self._teller.line("/profile and a name switches.")

    async def _switch(self, profile: Profile) -> None:
        where = f"{profile.provider.name} at {profile.provider.base_url}"
        if not profile.is_local and profile.name not in self._agreed:
            self._teller.line(f"What you write, what the model reads and the conversation so far go to {where}.")
            if profile.provider.base_url.startswith("http://"):
                self._teller.line("They travel unencrypted.")
            if not await agreed(self._lines, self._teller, "Send it there?"):
                return
            self._agreed.add(profile.name)
        await self._around.partner.switch(profile)
        self._teller.line(f"From here on: {profile.name}, {profile.model} at {profile.provider.name}.")

    async def _status(self, _: str, *, with_settings: bool) -> None:
        around = self._around
        profile = around.partner.profile
        state = await around.services.probe(profile)
        status = around.configuration.status(profile, state, around.folder, around.services.around())
        for setting in (*status.facts, *(status.settings if with_settings else ())):
            self._teller.line(f"{setting.name}: {setting.value or '—'}{f' ({setting.origin})' * bool(setting.origin)}")
        for problem in status.problems:
            self._teller.line(f"Not used: {problem}")

    # ── files and conversation ────────────────────────────────────────────────

    async def _undo(self, path: str) -> None:
        self._teller.line(await self._around.services.undo(path))

    async def _redo(self, _: str) -> None:
        self._teller.line(await self._around.services.redo())

    async def _new(self, _: str) -> None:
        await self._around.partner.open()
        self._teller.line("This is a new conversation.")
