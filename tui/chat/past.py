"""What reaches into a session's past, or puts another in its place: rewind, resume, fork, changes, trust, export.

Between the chat screen and the dialogs; writes nothing itself. Imported after the first paint, as the engine is.
"""

from __future__ import annotations

from functools import partial
from typing import Literal, Protocol, TypeAlias, TypeVar, assert_never

from textual.screen import Screen

from agent.edits.errors import ApplyError
from agent.edits.proposal import Proposal
from agent.events import Notice
from agent.permissions.trust import TrustQuestion
from agent.record.file import SessionUnavailable
from agent.record.taped import NotOnTape
from agent.sessions import closed as sessions
from agent.sessions import rewinding
from agent.sessions.opening import trust_folder, trust_notes
from agent.sessions.reopening import fork
from backends.errors import BackendError
from tui.conversation import errands
from tui.conversation.partner import Partner
from tui.conversation.services import LATEST, Held, Opened, Services

Answer = TypeVar("Answer")

Errand: TypeAlias = Literal[
    "trust",
    "diff",
    "commit",
    "rewind",
    "resume",
    "fork",
    "rename",
    "export",
    "delete",
    "prompt",
    "uncompact",
    "stats",
    "tools",
    "permissions",
]
_TOLD = (OSError, BackendError, SessionUnavailable, ApplyError, rewinding.RewindRefused, NotOnTape)


class Host(Protocol):
    """The screen, as far as the past needs it."""

    async def ask(self, screen: Screen[Answer]) -> Answer: ...
    def flash(self, text: str) -> None: ...
    def tell(self, notice: Notice) -> None: ...
    async def restored(self, opened: Opened) -> None:
        """Another conversation, or another point of it, is the one on the screen."""
        ...

    def write_again(self, prompt: str) -> None:
        """A message that was sent before is to be written anew."""
        ...


class Past:
    """One for a chat screen. A refusal is told with its reason, and changes nothing."""

    def __init__(self, host: Host, services: Services, partner: Partner) -> None:
        self._host = host
        self._services = services
        self._partner = partner
        self._declined: set[TrustQuestion] = set()

    async def do(self, errand: Errand, argument: str = "") -> None:
        held = self._services.held()
        if held is None:
            self._host.flash("there is no session yet")
            return
        try:
            await self._do(held, errand, argument)
        except _TOLD as error:
            self._host.tell(Notice(str(error), "error"))

    async def _do(self, held: Held, errand: Errand, argument: str) -> None:
        match errand:
            case "trust":
                await self._trust(held)
            case "diff":
                await self._diff(held)
            case "commit":
                await self._commit(held, argument)
            case "rewind":
                await self._rewind(held)
            case "resume":
                await self._resume(held, argument)
            case "fork":
                await self._fork(held)
            case "rename":
                await self._rename(held, argument)
            case "export":
                await self._export(held, argument)
            case "delete":
                await self._delete(held)
            case "prompt":
                await self._prompt(held)
            case "uncompact":
                self._host.tell(Notice(await held.session.lengthen()))
            case "stats":
                await self._page("This session, since it was opened here", errands.stats(held))
            case "tools":
                await self._page("What the model can do", errands.tools(held))
            case "permissions":
                await self._page("What happens without a question", errands.permissions(held))
            case _:
                assert_never(errand)

    # ── trust ────────────────────────────────────────────────────────────────

    async def opened(self) -> None:
        """Ask, once, whether the notes of the folder that was just opened may be used."""
        held = self._services.held()
        if held is not None and held.opened.question is not None and held.opened.question not in self._declined:
            try:
                await self._ask_trust(held, held.opened.question)
            except OSError as error:
                self._host.tell(Notice(f"the answer could not be kept: {error}", "error"))

    async def _ask_trust(self, held: Held, question: TrustQuestion) -> None:
        from tui.screens.trust import TrustScreen

        if await self._host.ask(TrustScreen(question)):
            self._host.tell(Notice(await trust_notes(held.opened, held.home)))
            return
        self._declined.add(question)
        names = ", ".join(file.note.path for file in question.files)
        self._host.tell(Notice(f"not used: {names}; /trust asks again"))

    async def _trust(self, held: Held) -> None:
        """The notes that wait for a yes, or else the folder itself."""
        if held.session.permissions.surroundings.is_trusted:
            self._host.tell(Notice("this folder is trusted already"))
        elif held.opened.question is not None:
            await self._ask_trust(held, held.opened.question)
        else:
            await trust_folder(held.session, held.home)
            harmless = "what is proven harmless runs in the sandbox without a question"
            self._host.tell(Notice(f"{held.session.workspace.root} is trusted from now on: {harmless}"))

    # ── what was changed and said ────────────────────────────────────────────

    async def _diff(self, held: Held) -> None:
        changes = await rewinding.changes(held.session)
        if not changes.changes:
            self._host.flash("this session changed no files")
            return
        from tui.screens.changes import ChangesScreen

        async def undo(path: str, whole_step: bool) -> tuple[str, Proposal]:
            said = await self._services.undo(path, whole_step=whole_step)
            return said, await rewinding.changes(held.session)

        if said := await self._host.ask(ChangesScreen(changes, undo)):
            self._host.tell(Notice(said))

    async def _commit(self, held: Held, message: str) -> None:
        from tui.chat.committing import commit

        await commit(held.session, message, self._host.ask, self._host.tell)

    async def _rewind(self, held: Held) -> None:
        prompts = rewinding.prompts(held.session)
        if not prompts:
            self._host.flash("there is nothing to go back to yet")
            return
        from tui.screens.prompts import PromptsScreen

        number = await self._host.ask(PromptsScreen(prompts))
        if number is None:
            return
        rewound = await rewinding.rewind(held.session, number)
        await self._host.restored(self._services.now(held))
        files = f"; as before: {', '.join(rewound.paths)}" if rewound.paths else "; no file had changed"
        self._host.tell(Notice(f"back to before message {number}{files}"))
        self._host.write_again(rewound.prompt)

    async def _prompt(self, held: Held) -> None:
        request = await errands.last_request(held)
        if request is None:
            self._host.flash("nothing was sent yet in this session")
            return
        number, words = request
        await self._page(f"Request {number}, as it was sent", words)

    async def _page(self, title: str, text: str) -> None:
        from tui.screens.page import PageScreen

        await self._host.ask(PageScreen(title, text))

    # ── other sessions ───────────────────────────────────────────────────────

    async def _resume(self, held: Held, wanted: str) -> None:
        others = [one for one in await sessions.recent(held.home, held.folder) if one.id != held.id]
        if wanted == LATEST:
            wanted = next((one.id for one in others if not one.problem), "")
        elif not wanted and others:
            from tui.screens.resume import ResumeScreen, Shelf

            shelf = Shelf(
                partial(sessions.preview, held.home, held.folder), partial(sessions.search, held.home, held.folder)
            )
            wanted = await self._host.ask(ResumeScreen(others, shelf)) or ""
            if not wanted:
                return
        if not wanted:
            self._host.flash("there is no other session in this folder")
        elif wanted == held.id:
            self._host.flash("that is the session at hand")
        else:
            await self._change(wanted)

    async def _fork(self, held: Held) -> None:
        if not held.session.conversation.record:
            self._host.flash("nothing was said yet that could be forked")
            return
        await held.session.recorder.sync()
        await self._change(await fork(held.id, held.folder, held.home))
        self._host.tell(Notice(f"this is a copy; {held.id} stays as it was"))

    async def _change(self, session_id: str) -> None:
        """Put another session in the place of this one, which stays where the other cannot be opened."""
        opened = await self._partner.change(partial(self._services.go_on, session_id))
        await self._host.restored(opened)
        await self.opened()

    async def _rename(self, held: Held, name: str) -> None:
        if not name.strip():
            self._host.flash("write the name behind it: /rename NAME")
            return
        await sessions.rename_open(held.session, name)
        self._host.tell(Notice(f"this session is called {name.strip()}"))

    async def _export(self, held: Held, asked: str) -> None:
        form = errands.export_form(asked)
        if form is None:
            self._host.flash("a session is exported as markdown or html")
            return
        if not held.session.conversation.record:
            self._host.flash("nothing was said yet that could be exported")
            return
        self._host.tell(Notice(f"exported, for you alone: {await errands.export(held, form)}"))

    async def _delete(self, held: Held) -> None:
        from tui.screens.question import QuestionScreen

        text = (
            "What was said, what went over the wire, and the bytes kept for undo are gone then. Files stay as they are."
        )
        if not await self._host.ask(QuestionScreen("Delete this session?", text, "delete it")):
            return
        await self._host.restored(await self._partner.open())
        if held.session.recorder.path.exists():
            await sessions.delete(held.home, held.folder, held.id)
        self._host.tell(Notice(f"{held.id} is deleted; this is a new session"))
        await self.opened()
