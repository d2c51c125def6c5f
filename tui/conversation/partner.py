"""Whom the person talks to: the session behind the screen, opened after the first paint, and its profile.

Knows no widget. A profile chosen before the session is open is the one it opens with.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

from agent.config.profiles import Profile
from backends.types import Effort
from tui.conversation.services import Opened
from tui.conversation.turns import Talk

EFFORTS: tuple[Effort, ...] = ("low", "medium", "high")


class Partner:
    """`talk` is None until `open` is through."""

    def __init__(self, profile: Profile, opener: Callable[[Profile], Awaitable[Opened]]) -> None:
        self.profile = profile
        self.talk: Talk | None = None
        self._opener = opener
        self._is_open = asyncio.Event()

    async def open(self) -> Opened:
        """A new session with the profile of the moment; one that was open before is closed.

        Raises BackendError or OSError; `talk` is None then.
        """
        before, self.talk = self.talk, None
        self._is_open.clear()
        if before is not None:
            await before.aclose()
        opened = await self._opener(self.profile)
        if opened.talk.profile != self.profile:
            await opened.talk.switch(self.profile)
        self.talk = opened.talk
        self._is_open.set()
        return opened

    async def change(self, opener: Callable[[Profile], Awaitable[Opened]]) -> Opened:
        """Another session in place of the one that is open, which stays when the other cannot be opened."""
        opened = await opener(self.profile)
        before, self.talk = self.talk, opened.talk
        self._is_open.set()
        if before is not None:
            await before.aclose()
        return opened

    async def ready(self) -> Talk:
        """The session, as soon as it is open."""
        await self._is_open.wait()
        assert self.talk is not None
        return self.talk

    async def switch(self, profile: Profile) -> None:
        """Go on with another profile; not while a turn runs. Raises BackendError, and then nothing has changed."""
        if self.talk is not None:
            await self.talk.switch(profile)
        self.profile = profile

    def adjust(self, profile: Profile) -> None:
        """The same profile with another effort or window; from the next turn on."""
        self.profile = profile
        if self.talk is not None:
            self.talk.profile = profile

    def set_effort(self, level: str = "") -> bool:
        """Think as much as `level` says, or, unnamed, go on to the next level; False when there is no such level."""
        if level and level not in EFFORTS:
            return False
        following = EFFORTS[(EFFORTS.index(self.profile.effort) + 1) % len(EFFORTS)]
        effort = next((known for known in EFFORTS if known == level), following)
        self.adjust(replace(self.profile, effort=effort))
        return True

    async def aclose(self) -> None:
        if self.talk is not None:
            await self.talk.aclose()
