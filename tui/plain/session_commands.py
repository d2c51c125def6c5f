"""Slash commands of the plain mode that reach into the open session: its changes, its past, its copies, its totals.

Says everything in words by the teller. Knows no screen and no server.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from backends.frozen import frozen
from backends.types import UserMessage
from tui.actions import Registry
from tui.configuration import Configuration
from tui.conversation.partner import Partner
from tui.conversation.services import LATEST, Held, Opened, Services
from tui.plain.lines import Lines, agreed
from tui.plain.words import Teller

_SAID_BEFORE = 3
"""Messages of the person that are told again when an earlier session goes on."""


@frozen
class Around:
    """What the commands work with."""

    partner: Partner
    services: Services
    configuration: Configuration
    folder: str
    registry: Registry = Registry()


class SessionCommands:
    """One for a conversation on lines; each command gets the session that is open."""

    def __init__(self, around: Around, lines: Lines, teller: Teller) -> None:
        self._around = around
        self._lines = lines
        self._teller = teller

    @property
    def does(self) -> Mapping[str, Callable[[Held, str], Awaitable[None]]]:
        """What is done, by the name of its action."""
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

    async def _diff(self, held: Held, _: str) -> None:
        from agent.edits.unified import unified
        from agent.sessions.rewinding import changes

        proposal = await changes(held.session)
        self._teller.line(unified(proposal).rstrip("\n") if proposal.changes else "This session changed no files.")

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
        from tui.conversation.errands import export, export_form

        form = export_form(asked)
        if form is None:
            self._teller.line("It is exported as markdown or html.")
        elif not held.session.conversation.record:
            self._teller.line("Nothing was said yet that could be exported.")
        else:
            self._teller.line(f"Exported, for you alone: {await export(held, form)}")

    async def _delete(self, held: Held, _: str) -> None:
        from agent.sessions import closed as sessions

        self._teller.line("What was said, what went over the wire, and the bytes kept for undo are gone then.")
        if not await agreed(self._lines, self._teller, f"Delete {held.id}?"):
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
        if not await agreed(self._lines, self._teller, f"Trust {held.session.workspace.root}?"):
            return
        if question is not None:
            self._teller.line(await trust_notes(held.opened, held.home))
        else:
            await trust_folder(held.session, held.home)
            self._teller.line("It is trusted from now on.")

    async def _prompt(self, held: Held, _: str) -> None:
        from agent.record.taped import NotOnTape
        from tui.conversation.errands import last_request

        try:
            request = await last_request(held)
        except NotOnTape as error:
            self._teller.line(str(error))
            return
        self._teller.line(f"Request {request[0]}:\n{request[1]}" if request else "Nothing was sent yet.")

    async def _uncompact(self, held: Held, _: str) -> None:
        self._teller.line(await held.session.lengthen())

    async def _stats(self, held: Held, _: str) -> None:
        from tui.conversation.errands import stats

        self._teller.line(stats(held))

    async def _tools(self, held: Held, _: str) -> None:
        from tui.conversation.errands import tools

        self._teller.line(tools(held))

    async def _permissions(self, held: Held, _: str) -> None:
        from tui.conversation.errands import permissions

        self._teller.line(permissions(held))
