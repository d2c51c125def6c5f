"""A session: one conversation in one workspace, with the profile of the moment. All of its state, and no screen.

It opens turns and keeps what outlives them: the conversation, the learned token counts, the totals, the model.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from agent.calls import CallCounts, CallLedger
from agent.compaction import TARGET_SHARE
from agent.config.profiles import Profile
from agent.conversation import Conversation
from agent.decisions import Inbox
from agent.edits.journal import ChangeStore
from agent.events import ContextUse, EditsApplied, Notice, StepFinished, TurnEnded, TurnEvent, TurnStarted
from agent.files.workspace import Workspace
from agent.ledger import Ledger, with_news
from agent.notes import Guidance
from agent.permissions.policy import Permissions
from agent.prompt import PromptFacts, instructions
from agent.record.entries import FilesChanged, ProfileUsed, TurnClosed
from agent.record.past import Past
from agent.record.recorder import Recorder
from agent.record.tape import TapeFolder
from agent.reminders import Reminders
from agent.served import ServedModel
from agent.step import Sample, StepClock, watch_step
from agent.tokens import TokenCounter
from agent.tools import Tool, ToolContext, ToolSource, default_tools
from agent.totals import SessionTotals
from agent.turn import Turn
from agent.window import ContextMeter
from backends.errors import BackendError, WindowOverflow
from backends.types import ChatRequest, Message, Window

_NAMED = re.compile(r"(?<!\S)@(\S+)")


class Session:
    """A conversation that a screen or `oss-tui exec` drives, one turn at a time."""

    def __init__(
        self,
        profile: Profile,
        workspace: Workspace,
        permissions: Permissions,
        changes: ChangeStore,
        counter: TokenCounter,
        recorder: Recorder,
        *,
        past: Past = Past(),  # noqa: B008  (frozen)
        tools: tuple[Tool, ...] | None = None,
        more_tools: ToolSource | None = None,
        guidance: Guidance = Guidance(),  # noqa: B008  (frozen)
        tape: TapeFolder | None = None,
    ) -> None:
        self.workspace = workspace
        self.permissions = permissions
        self.changes = changes
        self.conversation = Conversation(past, keep=recorder.write)
        self.ledger = Ledger(past.applied, past.turned)
        self.recorder = recorder
        self.totals = SessionTotals()
        self.calls = CallLedger(past.calls)
        self.is_running = False
        self._tools = tools if tools is not None else default_tools()
        self._more_tools = more_tools
        self._has_more_tools = more_tools is None
        self._instructions = instructions(PromptFacts(workspace.root), guidance)
        self._reminders = Reminders(workspace, guidance)
        self._meter = ContextMeter(counter)
        self._recorded_profile = past.profile
        self._date = past.date
        self._sent: tuple[Message, ...] = ()
        self.tape = tape
        self._served = ServedModel(profile, tape)

    @property
    def profile(self) -> Profile:
        """Of the moment; set it for another effort or window from the next turn on, and `switch` for another model."""
        return self._served.profile

    @profile.setter
    def profile(self, profile: Profile) -> None:
        self._served.profile = profile

    @property
    def tools(self) -> tuple[Tool, ...]:
        """The tools of the model; those of functions and servers are among them once a turn began."""
        return self._tools

    async def turn(self, prompt: str, inbox: Inbox) -> AsyncGenerator[TurnEvent, None]:
        """Run a turn; closing the generator cancels it. Server faults end it with a failed TurnEnded, not a raise.

        The prompt is on disk before the server is asked for anything, and the whole turn when it ended.
        """
        outcome, model, calls = "cancelled", self.profile.model, CallCounts()
        self.is_running = True
        try:
            told = with_news(prompt, self.ledger.untold(len(self.conversation.record)))
            self.conversation.begin_turn(told)
            self._record_profile()
            await self.recorder.sync()
            yield TurnStarted(prompt)
            if news := self.recorder.take_news():
                yield Notice(news, "warning")
            async with aclosing(self._turn(told, inbox)) as events:
                async for event in events:
                    match event:
                        case StepFinished():
                            self.totals = self.totals.plus(event.usage, event.unchanged_tokens)
                        case EditsApplied():
                            self.ledger.apply(event.undo_id, event.paths, len(self.conversation.record))
                            self.recorder.write(FilesChanged(event.undo_id, event.paths))
                        case TurnEnded():
                            outcome = event.outcome
                            if news := self.recorder.take_news():
                                yield Notice(news, "warning")
                            self.totals = replace(self.totals, turns=self.totals.turns + 1)
                        case _:
                            calls = calls.after(event)
                    yield event
        finally:
            self.is_running = False
            self.conversation.end_turn()
            self.calls.add(model, calls)
            self.recorder.write(TurnClosed(outcome, model, calls))
            await self.recorder.sync()

    async def _turn(self, prompt: str, inbox: Inbox) -> AsyncGenerator[TurnEvent, None]:
        try:
            turn = await self._open_turn(prompt, inbox)
        except BackendError as error:
            yield TurnEnded("failed", error=error)
            return
        for line in self._news():
            yield Notice(line)
        try:
            if (problem := await self._refusal(turn)) is not None:
                self.conversation.end_turn()
                self.conversation.rewind(len(self.conversation.record) - 1)
                yield TurnEnded("failed", error=problem, is_unsent=True)
                return
            async with aclosing(turn.run()) as events:
                async for event in events:
                    yield event
        finally:
            self._sent = turn.sent
            self._served.forget_window()

    async def _refusal(self, turn: Turn) -> WindowOverflow | None:
        """As `Turn.refusal`, by an exact count alone: by its size a text in Cyrillic has twice the tokens it has."""
        if turn.refusal() is None or not await self._meter.count_exactly():
            return None
        return turn.refusal()

    async def compact(self) -> AsyncGenerator[TurnEvent, None]:
        """Shorten the prompt between turns, as a turn does when it has to; ends with one TurnEnded.

        A prompt that is as short as a compaction would make it stays as it is.
        """
        self.is_running = True
        try:
            turn = await self._open_turn("", Inbox())
            used, target = turn.context_use().used.tokens, int(turn.window.tokens * TARGET_SHARE)
            if used <= target or not self.conversation.requests:
                yield Notice(f"nothing to shorten: the prompt has {used:,} tokens, and compaction aims at {target:,}")
            else:
                async with aclosing(turn.make_room()) as events:
                    async for event in events:
                        yield event
            yield TurnEnded("answered")
        except BackendError as error:
            yield TurnEnded("failed", error=error)
        finally:
            self.is_running = False
            self._served.forget_window()
            await self.recorder.sync()

    async def lengthen(self) -> str:
        """Take the last compaction back, between turns, keeping what was said since; what happened, in one line."""
        if self.is_running or not self.conversation.lengthen():
            return "the conversation is sent whole: there is no compaction to take back"
        self._sent = ()
        await self.recorder.sync()
        use = await self.context()
        return f"the conversation is sent as before the compaction: {use.used.tokens:,} of {use.window.tokens:,} tokens"

    async def context(self) -> ContextUse:
        """The gauge as it stands. A server that does not answer leaves the window as the profile wants it."""
        try:
            window = (await self._served.facts()).window
        except BackendError:
            window = Window(self.profile.window, is_known=False)
        specs = tuple(tool.spec for tool in self._tools)
        return self._meter.use(self._meter.measure(self._instructions, specs, self.conversation.prompt), window)

    async def aside(self, messages: tuple[Message, ...], *, as_in_turn: bool = False) -> str:
        """Ask behind the conversation, without a trace in it. Raises BackendError.

        Without tools and with little effort; `as_in_turn` asks with those of a turn, so that the beginning of the
        prompt stays as the server has it in its cache, and passes over a call.
        """
        model = await self._served.facts()
        request = ChatRequest(
            model=model.name,
            instructions=self._instructions,
            messages=(*self.conversation.prompt, *messages),
            tools=tuple(tool.spec for tool in self._tools) if as_in_turn else (),
            effort=self.profile.effort if as_in_turn else "low",
            window=self.profile.window,
            date=self._date,
        )
        sample = Sample()
        async with aclosing(watch_step(self._served.speaker, request, sample, StepClock(), lambda: False)) as events:
            async for _ in events:
                pass
        if sample.end is not None:
            self.totals = self.totals.plus(sample.end.usage, 0)
        return sample.text

    def use(self, guidance: Guidance) -> bool:
        """Go by these notes from now on; False, and nothing changes, once instructions were sent: they stay."""
        if self._sent or self.conversation.record:
            return False
        self._instructions = instructions(PromptFacts(self.workspace.root), guidance)
        self._reminders = Reminders(self.workspace, guidance)
        return True

    async def switch(self, profile: Profile) -> None:
        """Go on with another profile; the conversation stays. Not while a turn runs. Raises BackendError."""
        assert not self.is_running
        await self._served.switch(profile)
        self.permissions.adopt(profile.mode, profile.rules, profile.sandbox)
        self._sent = ()
        self._meter.forget()

    async def aclose(self) -> None:
        self.recorder.close()
        if self._more_tools is not None:
            await self._more_tools.aclose()
        await self._served.aclose()
        if self.tape is not None:
            await asyncio.to_thread(self.tape.close)
        self.workspace.close()

    def _named_paths(self, prompt: str) -> frozenset[str]:
        """Files that the person named with `@`, in this message or an earlier one."""
        said = (*self.conversation.requests, prompt)
        return frozenset(path for text in said for path in _NAMED.findall(text))

    def _record_profile(self) -> None:
        if self._recorded_profile != self.profile.name:
            self._recorded_profile = self.profile.name
            self.recorder.write(ProfileUsed(self.profile.name, self.profile.provider.id, self.profile.model))

    def _news(self) -> tuple[str, ...]:
        return (*self._served.take_news(), *(self._more_tools.take_news() if self._more_tools else ()))

    async def _open_turn(self, prompt: str, inbox: Inbox) -> Turn:
        model = await self._served.facts()
        if not self._has_more_tools and self._more_tools is not None:
            self._tools += await self._more_tools.tools()
            self._has_more_tools = True
        return Turn(
            speaker=self._served.speaker,
            model=model.name,
            effort=self.profile.effort,
            window=model.window,
            wanted_window=self.profile.window,
            instructions=self._instructions,
            tools=self._tools,
            context=ToolContext(self.workspace, inbox, self.permissions, self.changes, self._named_paths(prompt)),
            conversation=self.conversation,
            meter=self._meter,
            changed=dict.fromkeys(self.ledger.changed),
            reminders=self._reminders,
            date=self._date,
            note=self._served.note,
            sent=self._sent,
        )
