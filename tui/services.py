"""What the screen asks of the engine, and the engine's real answers, imported when they are first asked for.

Importing this module imports neither network nor tokenizer: the first paint comes before both (PERFORMANCE.md).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from agent.profiles import Profile, ProfileState
from backends.events import TransferProgress
from tui.turns import Talk

if TYPE_CHECKING:
    from agent.config import Config, Home
    from agent.permissions import Surroundings
    from agent.session import Session
    from agent.tokens import TokenCounter


@dataclass(frozen=True, slots=True)
class Opened:
    """A conversation that was opened, and one line for each thing the person should know about it."""

    talk: Talk
    remarks: tuple[str, ...] = ()


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

    async def undo(self) -> str:
        """Undo the last change that was applied; returns what happened, in one line."""
        ...


class Engine:
    """The real thing, for one folder. Without a `config` there are no tool servers."""

    def __init__(self, folder: Path, home: Home, config: Config | None = None) -> None:
        self._folder = folder
        self._home = home
        self._config = config
        self._counter: TokenCounter | None = None
        self._session: Session | None = None

    async def open(self, profile: Profile) -> Opened:
        await asyncio.to_thread(import_module, "agent.opening")
        from agent.opening import open_session

        opened = await open_session(profile, self._folder, self._home, self._tokens(), config=self._config)
        self._session = opened.session
        return Opened(opened.session, opened.remarks)

    async def count_exactly(self) -> str:
        from agent.opening import load_vocabulary

        return await load_vocabulary(self._tokens())

    async def probe(self, profile: Profile) -> ProfileState:
        from agent.profiles import probe

        return await probe(profile)

    async def load(self, profile: Profile) -> AsyncGenerator[TransferProgress, None]:
        from agent.loading import load_model

        async for step in load_model(profile):
            yield step

    def around(self) -> Surroundings | None:
        return None if self._session is None else self._session.permissions.surroundings

    async def undo(self) -> str:
        from agent.edits.errors import ApplyError
        from agent.edits.undo import history, undo

        session = self._session
        if session is None:
            return "nothing to undo"
        last = next((step for step in reversed(history(session.changes)) if not step.is_undone), None)
        if last is None:
            return "nothing to undo"
        try:
            paths = await asyncio.to_thread(undo, session.changes, last.undo_id, session.workspace)
        except ApplyError as error:
            return f"not undone: {error}"
        return f"undone: {', '.join(paths)} as before"

    def _tokens(self) -> TokenCounter:
        from agent.tokens import TokenCounter

        if self._counter is None:
            self._counter = TokenCounter()
        return self._counter
