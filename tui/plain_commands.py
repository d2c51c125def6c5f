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
from backends.frozen import frozen
from backends.types import UserMessage
from tui.actions import Action, Registry
from tui.configuration import Configuration
from tui.partner import EFFORTS, Partner
from tui.plain_lines import Lines, answered
from tui.plain_words import HELP, Teller
from tui.services import LATEST, Held, Opened, Services

_SAID_BEFORE = 3
"""Messages of the person that are told again when an earlier session goes on."""

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


@frozen
class Around:
    """What the commands work with."""

    partner: Partner
    services: Services
    configuration: Configuration
    folder: str
    registry: Registry = Registry()


class Commands:
    """One for a conversation on lines. Everything that is said is cleaned by the teller."""

    def __init__(self, around: Around, lines: Lines, teller: Teller) -> None:
        self._around = around
        self._lines = lines
        self._teller = teller
        self._agreed = {around.partner.profile.name}
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
            **{name: partial(self._in_session, does) for name, does in self._of_a_session().items()},
        }

    def _of_a_session(self) -> Mapping[str, Callable[[Held, str], Awaitable[None]]]:
        return {
            "diff": self._diff,
            "rewind": self._rewind,
            "resume": self._resume,
            "fork": self._fork,
            "rename": self._rename,
            "export": self._export,
            "delete": self._delete,
            "trust": self._trust,
            "prompt": self._prompt,
            "uncompact": self._uncompact,
            "stats": self._stats,
            "tools": self._tools,
            "permissions": self._permissions,
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

    async def _agreed_to(self, question: str) -> bool:
        return (await answered(self._lines, self._teller, f"{question} Type yes or no: ", ("yes", "no")))[0] == "yes"

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
            if not await self._agreed_to("Send it there?"):
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

    # ── files ────────────────────────────────────────────────────────────────

    async def _undo(self, path: str) -> None:
        self._teller.line(await self._around.services.undo(path))

    async def _redo(self, _: str) -> None:
        self._teller.line(await self._around.services.redo())

    async def _diff(self, held: Held, _: str) -> None:
        from agent.edits.unified import unified
        from agent.sessions.rewinding import changes

        proposal = await changes(held.session)
        self._teller.line(unified(proposal).rstrip("\n") if proposal.changes else "This session changed no files.")

    # ── sessions ─────────────────────────────────────────────────────────────

    async def _new(self, _: str) -> None:
        await self._around.partner.open()
        self._teller.line("This is a new conversation.")

    async def _rewind(self, held: Held, number: str) -> None:
        """Back to before the message `number`, or the list of them."""
        from agent.sessions import rewinding

        prompts = rewinding.prompts(held.session)
        if not number.isdecimal():
            for prompt in prompts:
                self._teller.line(f"  {prompt.number}: {' '.join(prompt.text.split())[:200]}")
            self._teller.line("/rewind and a number goes back to before that message." if prompts else "Nothing yet.")
            return
        try:
            rewound = await rewinding.rewind(held.session, int(number))
        except rewinding.RewindRefused as refused:
            self._teller.line(str(refused))
            return
        files = f"As before: {', '.join(rewound.paths)}." if rewound.paths else "No file had changed."
        self._teller.line(f"Back to before message {number}. {files} It said:\n{rewound.prompt}")

    async def _resume(self, held: Held, wanted: str) -> None:
        """Go on with the session `wanted`, or list those of the folder."""
        from agent.sessions import closed as sessions

        others = [one for one in await sessions.recent(held.home, held.folder) if one.id != held.id]
        if wanted == LATEST:
            wanted = next((one.id for one in others if not one.problem), "")
        if wanted:
            await self._change(wanted)
            return
        for one in others:
            self._teller.line(f"  {one.id}: {one.problem or f'{one.title}, {one.length}'}")
        self._teller.line("/resume and an id goes on with it." if others else "There is no other session here.")

    async def _change(self, session_id: str) -> None:
        opened = await self._around.partner.change(partial(self._around.services.go_on, session_id))
        self._told_before(opened)

    def _told_before(self, opened: Opened) -> None:
        for remark in opened.remarks:
            self._teller.line(remark)
        said = [message.text for message in opened.earlier if isinstance(message, UserMessage)]
        count = f"{len(said)} thing{'s' * (len(said) != 1)}"
        self._teller.line(f"This session goes on; you said {count} in it. The last:" if said else "It is empty.")
        for text in said[-_SAID_BEFORE:]:
            self._teller.line(f"  {' '.join(text.split())[:200]}")

    async def _fork(self, held: Held, _: str) -> None:
        from agent.sessions.reopening import fork

        if not held.session.conversation.record:
            self._teller.line("Nothing was said yet that could be forked.")
            return
        await held.session.recorder.sync()
        await self._change(await fork(held.id, held.folder, held.home))
        self._teller.line(f"This is a copy; {held.id} stays as it was.")

    async def _rename(self, held: Held, name: str) -> None:
        from agent.sessions.closed import rename_open

        if name:
            await rename_open(held.session, name)
        self._teller.line(f"This session is called {name}." if name else "Write the name behind it: /rename NAME")

    async def _export(self, held: Held, asked: str) -> None:
        from tui.errands import export, export_form

        form = export_form(asked)
        words = (
            f"Exported, for you alone: {await export(held, form)}" if form else "It is exported as markdown or html."
        )
        self._teller.line(words)

    async def _delete(self, held: Held, _: str) -> None:
        from agent.sessions import closed as sessions

        self._teller.line("What was said, what went over the wire, and the bytes kept for undo are gone then.")
        if not await self._agreed_to(f"Delete {held.id}?"):
            return
        await self._around.partner.open()
        if held.session.recorder.path.exists():
            await sessions.delete(held.home, held.folder, held.id)
        self._teller.line("It is deleted; this is a new session.")

    async def _trust(self, held: Held, _: str) -> None:
        """The notes that wait for a yes, with their text, or else the folder itself."""
        from agent.sessions.opening import trust_folder, trust_notes

        if held.session.permissions.surroundings.is_trusted:
            self._teller.line("This folder is trusted already.")
            return
        question = held.opened.question
        for file in question.files if question is not None else ():
            self._teller.line(f"{file.note.words}:\n{file.note.text}\nEnd of the notes.")
        self._teller.line("Trust lets these notes steer the model, and runs in the sandbox what is proven harmless.")
        if not await self._agreed_to(f"Trust {held.session.workspace.root}?"):
            return
        if question is not None:
            self._teller.line(await trust_notes(held.opened, held.home))
        else:
            await trust_folder(held.session, held.home)
            self._teller.line("It is trusted from now on.")

    async def _prompt(self, held: Held, _: str) -> None:
        from agent.record.taped import NotOnTape
        from tui.errands import last_request

        try:
            request = await last_request(held)
        except NotOnTape as error:
            self._teller.line(str(error))
            return
        self._teller.line(f"Request {request[0]}:\n{request[1]}" if request else "Nothing was sent yet.")

    async def _uncompact(self, held: Held, _: str) -> None:
        self._teller.line(await held.session.lengthen())

    async def _stats(self, held: Held, _: str) -> None:
        from tui.errands import stats

        self._teller.line(stats(held))

    async def _tools(self, held: Held, _: str) -> None:
        from tui.errands import tools

        self._teller.line(tools(held))

    async def _permissions(self, held: Held, _: str) -> None:
        from tui.errands import permissions

        self._teller.line(permissions(held))
