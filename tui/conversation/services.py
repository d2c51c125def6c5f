"""What the screen asks of the engine, and the engine's real answers, imported when they are first asked for.

Importing this module imports neither network nor tokenizer: the first paint comes before both (PERFORMANCE.md).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import replace
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from agent.config.profiles import Profile, ProfileState
from backends.events import TransferProgress
from backends.frozen import frozen
from backends.types import Message, ToolCall
from tui.conversation.turns import Talk

if TYPE_CHECKING:
    from agent.config.load import Config, Home
    from agent.permissions.policy import Surroundings
    from agent.session import Session
    from agent.sessions.opening import OpenedSession, Opening
    from agent.sessions.rewinding import Turned
    from agent.tokens import TokenCounter


HEAD_START_SECONDS = 0.1
"""The engine takes as long to import as the screen did, and a thread that imports slows the first keys down."""

LATEST = "latest"
"""In place of a session's id: the last one of the folder."""


@frozen
class Opened:
    """A conversation that was opened, and one line for each thing the person should know about it.

    `earlier` is what was said in it before, when it goes on; `title` is a call's one line.
    """

    talk: Talk
    remarks: tuple[str, ...] = ()
    earlier: tuple[Message, ...] = ()
    title: Callable[[ToolCall], str] = lambda _: ""


@frozen
class Held:
    """The real session behind a conversation, and where sessions are kept."""

    opened: OpenedSession
    folder: Path
    home: Home

    @property
    def session(self) -> Session:
        return self.opened.session

    @property
    def id(self) -> str:
        return self.session.recorder.path.stem


class SessionNotOpened(OSError):
    """An earlier session is busy, damaged or of another version; the message says which."""


class Services(Protocol):
    """The engine as the screen sees it."""

    async def open(self, profile: Profile) -> Opened:
        """A new conversation. Raises BackendError when the profile cannot be used, OSError when the folder cannot."""
        ...

    async def count_exactly(self) -> str:
        """Let token counts be exact from now on; returns why they stay estimates, or nothing."""
        ...

    async def probe(self, profile: Profile) -> ProfileState: ...

    def load(self, profile: Profile) -> AsyncGenerator[TransferProgress, None]:
        """Load the profile's model with the profile's window. Raises BackendError."""
        ...

    def around(self) -> Surroundings | None:
        """Trust and sandbox of the conversation; None while none is open."""
        ...

    async def undo(self, path: str = "", *, whole_step: bool = False) -> str:
        """Undo the last change that was applied, or the last one to the file `path`, and says so in one line.

        `whole_step` takes the other files with it that were changed at the same time.
        """
        ...

    async def redo(self) -> str:
        """Make the change again that was undone last; returns what happened, in one line."""
        ...

    def held(self) -> Held | None:
        """The session itself, for what reaches into its past; None while none is open."""
        ...

    def now(self, held: Held) -> Opened:
        """A session as it stands, to be shown again."""
        ...

    async def go_on(self, session_id: str, profile: Profile) -> Opened:
        """Go on with a session of this folder. Raises OSError, also where it is busy or damaged, and BackendError."""
        ...


class Engine:
    """The real thing, for one folder. Without a `config` there are no tool servers.

    The first conversation to be opened goes on with the session `resume`: an id, or `LATEST`.
    """

    def __init__(self, folder: Path, home: Home, config: Config | None = None, resume: str = "") -> None:
        self._folder = folder
        self._home = home
        self._config = config
        self._resume = resume
        self._counter: TokenCounter | None = None
        self._held: Held | None = None

    async def open(self, profile: Profile) -> Opened:
        await asyncio.sleep(HEAD_START_SECONDS)
        await asyncio.to_thread(_import_engine)
        resume, self._resume, self._held = self._resume, "", None
        return self._hold(await self._reopened(resume, profile) if resume else await self._opened(profile))

    async def go_on(self, session_id: str, profile: Profile) -> Opened:
        return self._hold(await self._reopened(session_id, profile))

    def held(self) -> Held | None:
        return self._held

    def now(self, held: Held) -> Opened:
        return Opened(held.session, (), held.session.conversation.record, _title)

    def _hold(self, opened: OpenedSession) -> Opened:
        self._held = Held(opened, self._folder, self._home)
        return replace(self.now(self._held), remarks=opened.remarks)

    async def _opened(self, profile: Profile) -> OpenedSession:
        from agent.sessions.opening import open_session

        return await open_session(self._opening(profile))

    async def _reopened(self, session_id: str, profile: Profile) -> OpenedSession:
        from agent.record.file import SessionUnavailable
        from agent.sessions.reopening import reopen, reopen_latest

        opening = self._opening(profile)
        try:
            if session_id == LATEST:
                return await reopen_latest(opening)
            return await reopen(session_id, opening)
        except SessionUnavailable as error:
            raise SessionNotOpened(str(error)) from error

    def _opening(self, profile: Profile) -> Opening:
        from agent.sessions.opening import Opening

        return Opening(profile, self._folder, self._home, self._tokens(), config=self._config)

    async def count_exactly(self) -> str:
        from agent.sessions.opening import load_vocabulary

        return await load_vocabulary(self._tokens())

    async def probe(self, profile: Profile) -> ProfileState:
        from agent.config.profiles import probe

        return await probe(profile)

    async def load(self, profile: Profile) -> AsyncGenerator[TransferProgress, None]:
        from agent.loading import load_model

        async for step in load_model(profile):
            yield step

    def around(self) -> Surroundings | None:
        return None if self._held is None else self._held.session.permissions.surroundings

    async def undo(self, path: str = "", *, whole_step: bool = False) -> str:
        from agent.sessions.rewinding import undo

        return await self._turned("undo", partial(undo, path=path, whole_step=whole_step))

    async def redo(self) -> str:
        from agent.sessions.rewinding import redo

        return await self._turned("redo", redo)

    async def _turned(self, name: str, turn: Callable[[Session], Awaitable[Turned]]) -> str:
        from agent.edits.errors import ApplyError
        from agent.sessions.rewinding import NothingToTurn

        if self._held is None:
            return f"nothing to {name}"
        if self._held.session.is_running:
            return f"no {name} while a turn runs"
        try:
            turned = await turn(self._held.session)
        except NothingToTurn as error:
            return str(error)
        except (ApplyError, OSError) as error:
            return f"no {name}: {error}"
        paths = ", ".join(turned.paths)
        return f"undone: {paths} as before" if name == "undo" else f"made again: {paths}"

    def _tokens(self) -> TokenCounter:
        from agent.tokens import TokenCounter

        if self._counter is None:
            self._counter = TokenCounter()
        return self._counter


def _import_engine() -> None:
    """In a thread: what a session needs, and the drawing of answers, before the first one is shown."""
    for name in ("agent.sessions.opening", "tui.transcript.stream"):
        import_module(name)


def _title(call: ToolCall) -> str:
    """A call's one line, by the tools that every session has."""
    from agent.tools import default_tools

    return next((tool.title(call) for tool in default_tools() if tool.spec.name == call.name), "")
