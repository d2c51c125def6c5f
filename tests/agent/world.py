"""A whole session over a scripted backend: its folder, its home, and turns that answer every question with yes."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from agent.config.load import Home
from agent.config.profiles import Profile
from agent.decisions import CommandDecision, Inbox, ReviewDecision
from agent.edits.proposal import review_all
from agent.events import CommandPending, ProposalReady, TurnEvent
from agent.session import Session
from agent.sessions.opening import OpenedSession, Opening, open_session
from agent.sessions.reopening import reopen, reopen_latest
from agent.tokens import TokenCounter
from backends.types import Provider
from tests.agent.scripted import ScriptedBackend, Step, call

PROFILE = Profile("local", Provider("demo", "demo", "Demo", "http://127.0.0.1:1"), "m")


def patch(path: str, before: str, after: str) -> Step:
    """The model changes one line of a file."""
    text = f"*** Begin Patch\n*** Update File: {path}\n@@\n-{before}\n+{after}\n*** End Patch\n"
    return call("apply_patch", {"patch": text})


def create(path: str, line: str) -> Step:
    return call("apply_patch", {"patch": f"*** Begin Patch\n*** Add File: {path}\n+{line}\n*** End Patch\n"})


@dataclass
class World:
    """`script` is what the model says next; it is used up over all sessions."""

    root: Path
    home: Home
    monkeypatch: pytest.MonkeyPatch

    def file(self, path: str) -> str:
        return (self.root / path).read_text()

    @asynccontextmanager
    async def session(
        self, *script: Step, profile: Profile = PROFILE, backend: ScriptedBackend | None = None
    ) -> AsyncGenerator[Told]:
        """A new session, over `backend` or the script."""
        backend = self._plays(backend or ScriptedBackend(*script))
        opened = await open_session(Opening(profile, self.root, self.home, TokenCounter()))
        async with aclosing(opened.session):
            yield Told(opened, backend)

    @asynccontextmanager
    async def again(
        self,
        *script: Step,
        session_id: str = "",
        profile: Profile = PROFILE,
        backend: ScriptedBackend | None = None,
    ) -> AsyncGenerator[Told]:
        """A session that goes on: the named one, or the latest."""
        backend = self._plays(backend or ScriptedBackend(*script))
        counter = TokenCounter()
        if session_id:
            opened = await reopen(session_id, Opening(profile, self.root, self.home, counter))
        else:
            opened = await reopen_latest(Opening(profile, self.root, self.home, counter))
        async with aclosing(opened.session):
            yield Told(opened, backend)

    def _plays(self, backend: ScriptedBackend) -> ScriptedBackend:
        self.monkeypatch.setattr("agent.served.connect", lambda provider: backend)
        return backend


@dataclass
class Told:
    """An open session and what its backend was asked."""

    opened: OpenedSession
    backend: ScriptedBackend

    @property
    def session(self) -> Session:
        return self.opened.session

    @property
    def id(self) -> str:
        return self.session.recorder.path.stem

    async def turn(self, prompt: str, told: list[TurnEvent] | None = None) -> list[TurnEvent]:
        """A whole turn; `told` grows with its events."""
        told = [] if told is None else told
        async with aclosing(self.events(prompt)) as events:
            async for event in events:
                told.append(event)
        return told

    async def events(self, prompt: str) -> AsyncGenerator[TurnEvent, None]:
        inbox = Inbox()
        async with aclosing(self.session.turn(prompt, inbox)) as events:
            async for event in events:
                match event:
                    case ProposalReady(proposal=proposal):
                        inbox.send(ReviewDecision(proposal.id, review_all(proposal, "accept")))
                    case CommandPending(request_id=request):
                        inbox.send(CommandDecision(request, "once"))
                    case _:
                        pass
                yield event


def named(name: str) -> Profile:
    return replace(PROFILE, name=name)
