"""The turn loop: ask the model, run the one tool it calls, append, ask again, until it answers.

A turn is an async generator of events; decisions reach it through an inbox. Closing or cancelling it ends the request,
the running tool and everything they own, and leaves the conversation fit for the next turn.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from itertools import count

from agent import compaction
from agent.conversation import Conversation
from agent.events import (
    Compacted,
    ContextUse,
    EditsApplied,
    Notice,
    Resampled,
    StepFinished,
    StepStarted,
    ToolFinished,
    ToolStarted,
    TurnEnded,
    TurnEvent,
    Waiting,
)
from agent.reminders import Reminder, Reminders
from agent.step import Sample, Speaker, StepClock, watch_step
from agent.tools import Tool, ToolContext
from agent.tools.permitted import run_permitted
from agent.window import ContextMeter, Share
from backends.errors import BackendError, SeedRefused, WindowOverflow
from backends.events import CallRejected
from backends.types import (
    AssistantMessage,
    ChatRequest,
    Effort,
    Message,
    Sampling,
    ToolCall,
    ToolResult,
    Usage,
    UserMessage,
    Window,
)

RESAMPLES = 3
"""How often a malformed sample is drawn again before the model is told what is wrong (gpt-oss.md §6); not once where
no seed could make it another one."""

IDENTICAL_CALLS = 3
"""The same call so many times in a row is a loop (gpt-oss.md §5)."""

REFUSALS = 2
"""How often a turn may tell the model that its calls cannot be read, before it stops."""


@dataclass(slots=True)
class Turn:
    """What a turn works with.

    `wanted_window` goes into every request unchanged (servers reload a model whose window differs); `window` is what
    the model really has. `changed` names the files changed in the session, in order; `sent` the last request's
    messages; `shortened_to` the tokens that the last compaction left; `reminders` what is added to tool results;
    `note` is told of every request before it is sent.
    """

    speaker: Speaker
    model: str
    effort: Effort
    window: Window
    wanted_window: int
    instructions: str
    tools: tuple[Tool, ...]
    context: ToolContext
    conversation: Conversation
    meter: ContextMeter
    changed: dict[str, None]
    reminders: Reminders | None = None
    date: str = ""
    note: Callable[[ChatRequest], None] = lambda _: None
    sent: tuple[Message, ...] = ()
    shortened_to: int = 0

    def request(self, attempt: int) -> ChatRequest:
        """The next request. A new attempt at the same prompt has another seed: never the identical request again."""
        return ChatRequest(
            model=self.model,
            instructions=self.instructions,
            messages=self.conversation.prompt,
            tools=tuple(tool.spec for tool in self.tools),
            effort=self.effort,
            window=self.wanted_window,
            sampling=Sampling(seed=attempt) if attempt else Sampling(),
            date=self.date,
        )

    def measure(self, messages: tuple[Message, ...]) -> Share:
        specs = tuple(tool.spec for tool in self.tools)
        return self.meter.measure(self.instructions, specs, messages)

    def context_use(self) -> ContextUse:
        return self.meter.use(self.measure(self.conversation.prompt), self.window)

    def refusal(self) -> WindowOverflow | None:
        """Why the message that the turn was begun with can be sent in no way: it alone is longer than the window, and
        making room never shortens the request at hand. A window that is only assumed refuses nothing."""
        size, window = self.meter.tokens(self.conversation.prompt[-1]), self.window
        if size < window.tokens or not window.is_known:
            return None
        return WindowOverflow(
            f"Nothing was sent: this message has about {size:,} tokens, and the window has room for {window.tokens:,}.",
            next_step="Save the text as a file in this folder and name that with @: the model reads it in parts.",
            prompt_tokens=size,
            window=window.tokens,
        )

    async def run(self) -> AsyncGenerator[TurnEvent, None]:
        """The turn that was begun in the conversation; ends with exactly one TurnEnded unless it is closed."""
        try:
            async with aclosing(self._steps()) as events:
                async for event in events:
                    yield event
        except BackendError as error:
            yield TurnEnded("failed", error=error)
        finally:
            self.conversation.end_turn()

    async def _steps(self) -> AsyncGenerator[TurnEvent, None]:
        attempt = refusals = 0
        calls: list[tuple[str, str]] = []
        sample = Sample()
        for number in count(1):
            before, sample = sample, Sample()
            try:
                async with aclosing(self._step(number, attempt, sample)) as events:
                    async for event in events:
                        yield event
            except SeedRefused as refused:
                yield Notice(f"not asked again: {refused}")
                sample = before.as_last()

            if sample.end is None:  # the person wants the answer now: keep the thought, think less from here
                self.effort = "low"
                self.conversation.append(AssistantMessage(reasoning=sample.reasoning))
            elif sample.ready is not None:
                attempt = 0
                call = sample.ready.call
                self.conversation.append(sample.message())
                calls.append((call.name, call.arguments_text))
                if calls[-IDENTICAL_CALLS:] == [calls[-1]] * IDENTICAL_CALLS:
                    yield Notice(f"stopped: the model called {call.name} {IDENTICAL_CALLS} times with the same words")
                    yield TurnEnded("stopped", sample.text)
                    return
                async with aclosing(self._call(call, sample.ready.repairs)) as events:
                    async for event in events:
                        yield event
            elif sample.rejected is not None:
                attempt += 1
                if attempt <= RESAMPLES and sample.end.takes_seed:
                    yield Resampled(sample.rejected.explanation, attempt)
                    continue
                attempt, refusals = 0, refusals + 1
                if refusals > REFUSALS:
                    yield TurnEnded("stopped", sample.text)
                    return
                self._explain_tools(sample, number)
            elif sample.text.strip():
                self.conversation.append(sample.message())
                if sample.end.reason == "length":
                    yield Notice("the answer stops at the output limit; ask to continue", "warning")
                yield TurnEnded("answered", sample.text)
                return
            elif attempt == 0 and sample.end.takes_seed:
                attempt = 1
                yield Resampled("the model ended without an answer", attempt)
            else:
                yield TurnEnded("empty")
                return

    async def _step(self, number: int, attempt: int, sample: Sample) -> AsyncGenerator[TurnEvent, None]:
        """One answer into `sample`. A prompt that is too full is shortened first, and once if the server says so."""
        if compaction.is_needed(self.context_use().used.tokens, self.window.tokens, self.shortened_to):
            async with aclosing(self.make_room()) as events:
                async for event in events:
                    yield event
        try:
            async with aclosing(self._ask(number, attempt, sample)) as events:
                async for event in events:
                    yield event
        except WindowOverflow as overflow:
            self._believe(overflow)
            async with aclosing(self.make_room()) as events:
                async for event in events:
                    yield event
            async with aclosing(self._ask(number, attempt, sample)) as events:
                async for event in events:
                    yield event

    async def _ask(self, number: int, attempt: int, sample: Sample) -> AsyncGenerator[TurnEvent, None]:
        request = self.request(attempt)
        share = self.measure(request.messages)
        unchanged = self.meter.unchanged(self.sent, request.messages)
        self.sent = request.messages
        self.note(request)
        yield StepStarted(number, self.meter.use(share, self.window))
        clock = StepClock()
        watched = watch_step(self.speaker, request, sample, clock, self.context.inbox.take_answer_now)
        try:
            async with aclosing(watched) as events:
                async for event in events:
                    yield event
        except (BackendError, asyncio.CancelledError, GeneratorExit):
            if sample.text:  # the person has read it: the session keeps it, and the model knows of it
                self.conversation.append(AssistantMessage(sample.text))
            raise
        if sample.end is not None:
            self.meter.learn(share, sample.end.usage)
            yield StepFinished(number, sample.end.usage, clock.timing(), self.context_use(), unchanged)

    async def make_room(self) -> AsyncGenerator[TurnEvent, None]:
        """Shorten the prompt: old tool output first, then a summary by the model. Ends with one Compacted."""
        before = self.context_use().used.tokens
        target = int(self.window.tokens * compaction.TARGET_SHARE)
        everything = self.conversation.prompt
        messages, trimmed = compaction.trim_results(everything, before - target, self.meter.tokens)
        recent, summary = messages, ""
        if self._size(messages) > target:
            asked = Sample()
            async with aclosing(self._summarise(messages, asked)) as events:
                async for event in events:
                    yield event
            summary = asked.text.strip()
            if not summary:
                yield Notice("the model wrote no summary; the requests and the changed files are kept", "warning")
            start = compaction.split(messages, int(self.window.tokens * compaction.RECENT_SHARE), self.meter.tokens)
            recent = messages[start:]
            requests, paths = self.conversation.requests, tuple(self.changed)
            messages = compaction.rebuild(requests, recent, summary, paths, self.window.tokens)
        self.conversation.shorten(messages)
        if self.reminders:
            self.reminders.again()
        self.shortened_to = self._size(messages)
        gone = len(everything) - len(recent)
        yield Compacted(compaction.Report(before, self.shortened_to, trimmed, gone, len(recent), summary))

    async def _summarise(self, messages: tuple[Message, ...], sample: Sample) -> AsyncGenerator[TurnEvent, None]:
        """Ask for a summary behind the same beginning, so that the server's cache serves it. A refusal costs only the
        summary: requests, changed files and recent steps stay without it."""
        question = UserMessage(compaction.summary_request(self.window.tokens))
        request = replace(self.request(0), messages=(*messages, question), effort="low")
        watched = watch_step(self.speaker, request, sample, StepClock(), lambda: False)
        try:
            async with aclosing(watched) as events:
                async for event in events:
                    if isinstance(event, Waiting):
                        yield event
        except WindowOverflow:
            yield Notice("there was no room for a summary; the requests and the changed files are kept", "warning")

    def _size(self, messages: tuple[Message, ...]) -> int:
        return self.meter.use(self.measure(messages), self.window).used.tokens

    def _believe(self, overflow: WindowOverflow) -> None:
        """Take over the numbers that the server gave when it refused the prompt, which is longer than its window."""
        if overflow.window:
            self.window = replace(self.window, tokens=overflow.window, is_known=True)
        least = max(overflow.prompt_tokens or 0, self.window.tokens)
        self.meter.learn(self.measure(self.conversation.prompt), Usage(prompt_tokens=least))

    async def _call(self, call: ToolCall, repairs: tuple[str, ...]) -> AsyncGenerator[TurnEvent, None]:
        """Run one call and append its result, with what the person said meanwhile."""
        tool = next(tool for tool in self.tools if tool.spec.name == call.name)
        yield ToolStarted(call, tool.title(call), repairs)
        result = ""
        try:
            async with aclosing(run_permitted(tool, call, self.context)) as events:
                async for event in events:
                    match event:
                        case ToolFinished():
                            result = event.text
                        case EditsApplied():
                            self.changed.update(dict.fromkeys(event.paths))
                            result = f"Applied: {', '.join(event.paths)}."
                        case _:
                            pass
                    yield event
            await asyncio.sleep(0)  # a stop that had to wait for the tool counts from here on
            reminder = await self.reminders.after(call) if self.reminders else Reminder()
        except (asyncio.CancelledError, GeneratorExit):
            if result:  # what was done before the turn was stopped, the model must not take for undone
                self.conversation.append(ToolResult(call.id, call.name, result))
            raise
        said = "".join(f"\n\nThe user adds: {text}" for text in self.context.inbox.take_steering())
        self.conversation.append(ToolResult(call.id, call.name, result + reminder.text + said))
        for line in reminder.told:
            yield Notice(line)

    def _explain_tools(self, sample: Sample, number: int) -> None:
        """Answer a call that has no single reading, so that the model knows what it can call."""
        rejected = sample.rejected
        assert isinstance(rejected, CallRejected)
        names = ", ".join(tool.spec.name for tool in self.tools)
        call = ToolCall(f"rejected_{number}", rejected.name or "unknown", {}, "{}")
        self.conversation.append(replace(sample.message(), call=call, replay=None))
        self.conversation.append(
            ToolResult(call.id, call.name, f"Nothing was run: {rejected.explanation}. Tools: {names}.")
        )
