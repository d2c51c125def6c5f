"""The profile's model at its server: connected, under the server's name, with the window it has, and how it is asked.

Asks for facts once and keeps them; holds no conversation.
"""

from __future__ import annotations

from dataclasses import replace

from agent.config.profiles import Profile
from agent.record.tape import TapeFolder
from agent.step import Speaker
from backends import Backend, connect
from backends.frozen import frozen
from backends.providers import gpt_oss_size
from backends.settling import settled
from backends.types import ChatRequest, Window


@frozen
class ModelFacts:
    """`name` as the server has it."""

    name: str
    window: Window


class ServedModel:
    """One at a time: `switch` goes over to another. `tape` keeps what goes over the wire."""

    def __init__(self, profile: Profile, tape: TapeFolder | None) -> None:
        self.profile = profile
        self._tape = tape
        self._backend: Backend = self._connect(profile)
        self._name: str | None = None
        self._has_tools = True  # False only where the server says so
        self._window: Window | None = None
        self._earlier_window: Window | None = None
        self._news: tuple[str, ...] = ()

    async def facts(self) -> ModelFacts:
        """Asked once, the window again after `forget_window`. Raises BackendError."""
        if self._name is None:
            await self._settle()
            name = await self._backend.resolve(self.profile.model)
            self._has_tools = await self._told_tools(name)
            if not self._has_tools:
                self._news += (
                    f"{name} has no tools of its own: it is told of them in words and calls them in its text",
                )
            self._name = name
        if self._window is None:
            self._window = await self._backend.window(self._name, self.profile.window)
            earlier, self._earlier_window = self._earlier_window, self._window
            if earlier is not None and earlier.tokens != self._window.tokens:
                self._news += (f"the window is now {self._window.tokens:,} tokens, before it was {earlier.tokens:,}",)
        return ModelFacts(self._name, self._window)

    async def _settle(self) -> None:
        provider = await settled(self.profile.provider)
        if provider != self.profile.provider:
            self._news += (f"{provider.name} answers at {provider.base_url}, its other usual address",)
            await self.switch(replace(self.profile, provider=provider))

    @property
    def speaker(self) -> Speaker:
        """Whom to ask; what the model lacks is made up for. Good once the facts are known."""
        if self._has_tools:
            return self._backend
        from agent.written.backend import WrittenTools

        return WrittenTools(self._backend)

    def take_news(self) -> tuple[str, ...]:
        """What the person should know of, since the last call: one line each."""
        news, self._news = self._news, ()
        return news

    def forget_window(self) -> None:
        """The server may load, unload or be restarted between turns."""
        self._window = None

    def note(self, request: ChatRequest) -> None:
        """Put a request on the tape, as it goes to the server."""
        if self._tape is None:
            return
        if not self._has_tools:
            from agent.written.telling import as_text

            request = as_text(request)
        self._tape.step(self.profile.provider, request)

    async def switch(self, profile: Profile) -> None:
        """Raises BackendError before anything has changed."""
        backend = self._connect(profile)
        await self._backend.aclose()
        self._backend, self.profile = backend, profile
        self._name = self._window = self._earlier_window = None
        self._has_tools = True

    async def aclose(self) -> None:
        await self._backend.aclose()

    def _connect(self, profile: Profile) -> Backend:
        return connect(replace(profile.provider, tape=self._tape))

    async def _told_tools(self, name: str) -> bool:
        """Every server has tools for gpt-oss; of other models the server is asked, and believed when it says no."""
        if gpt_oss_size(name) or gpt_oss_size(self.profile.model):
            return True
        told = {model.name: model.has_tools for model in await self._backend.models()}
        return told.get(name) is not False
