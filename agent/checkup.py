"""What a profile needs to work, checked step by step against its server, and what mends each fault.

Knows no server by name: what to do comes from the errors of `backends` and from its methods. Draws nothing.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from time import monotonic
from typing import Literal, TypeAlias

from agent.config.profiles import Profile, require_key
from agent.loading import load_model
from backends import Backend, connect
from backends.errors import BackendError, ModelMissing, SeedRefused
from backends.events import (
    CallReady,
    CallRejected,
    StepEnd,
    TextCorrected,
    TextDelta,
    TransferProgress,
    Waiting,
)
from backends.frozen import frozen
from backends.settling import settled
from backends.types import MINIMUM_WINDOW, AssistantMessage, ChatRequest, ToolSpec, Usage, UserMessage, Window

Severity: TypeAlias = Literal["ok", "note", "problem"]
Check: TypeAlias = Literal["key", "server", "model", "window", "tool call", "prefix cache"]
Work: TypeAlias = Callable[[], AsyncGenerator[TransferProgress, None]]

TRIES = 3
"""A model may fail at a call now and then; the check asks as often as a turn does (gpt-oss.md §6)."""

_REPORT = ToolSpec(
    "report_status",
    "Reports that tools work.",
    {"type": "object", "properties": {"status": {"type": "string"}}, "required": ["status"]},
)
_CACHED_ENOUGH = 0.8
_FASTER = 0.5
_FILLER = "".join(f"Rule {number}: keep line {number} of the list exactly as it is.\n" for number in range(150))


@frozen
class Fix:
    """What mends a finding: `label` says it in words; `perform` does it, where a program can."""

    label: str
    perform: Work | None = None


@frozen
class Finding:
    """The outcome of one check, in one line. A `note` is worth knowing and stops nothing."""

    check: Check
    severity: Severity
    what: str
    fix: Fix | None = None


async def check_up(profile: Profile, *, is_deep: bool = False) -> AsyncGenerator[Finding, None]:
    """The findings as they come, up to the problem that makes the next check pointless. Raises no BackendError.

    The check of a tool call is a real request, which loads a model that is not loaded. `is_deep` adds two longer
    requests that show whether the server reuses an unchanged prefix.
    """
    check: Check = "key"
    backend: Backend | None = None
    try:
        require_key(profile.provider)
        check = "server"
        backend = connect(await settled(profile.provider))
        yield await _server(backend)
        check = "model"
        model = await backend.resolve(profile.model)
        yield Finding("model", "ok", f"{model} is there")
        check = "window"
        window = await backend.window(model, profile.window)
        yield _window(window, profile)
        if profile.provider.kind == "demo":
            return  # a script has no skill to be tested
        check = "tool call"
        request = _request(model, window)
        yield await _tool_call(backend, request)
        if is_deep:
            check = "prefix cache"
            yield await _prefix_cache(backend, request)
    except BackendError as error:
        yield _failed(check, error, profile)
    finally:
        if backend is not None:
            await backend.aclose()


def _failed(check: Check, error: BackendError, profile: Profile) -> Finding:
    said = f" ({error.server_words})" if error.server_words else ""
    fix = Fix(error.next_step) if error.next_step else None
    if check == "model" and isinstance(error, ModelMissing) and profile.is_local:
        fix = Fix(f"Pull {profile.model}.", lambda: pull_model(profile))
    return Finding(check, "problem", f"{error.message}{said}", fix)


async def pull_model(profile: Profile) -> AsyncGenerator[TransferProgress, None]:
    """Download `profile.model` and tell how it goes. Raises BackendError."""
    backend = connect(await settled(profile.provider))
    try:
        async with aclosing(backend.pull(profile.model)) as steps:
            async for step in steps:
                yield step
    finally:
        await backend.aclose()


# ── server, model, window ────────────────────────────────────────────────────


async def _server(backend: Backend) -> Finding:
    server = await backend.server()
    provider = backend.provider
    version = f" {server.version}" if server.version else ""
    place = f" at {provider.base_url}" if provider.base_url else ""
    remark = f"; {server.remark}" if server.remark else ""
    return Finding("server", "note" if remark else "ok", f"{provider.name}{version} answers{place}{remark}")


def _window(window: Window, profile: Profile) -> Finding:
    size = f"{window.tokens:,} tokens"
    if window.meets_minimum:
        if not window.is_known:
            return Finding("window", "note", f"the server does not tell its window; {size} are assumed")
        return Finding("window", "ok", f"{size}{'' if window.is_loaded else ', once it is loaded'}")
    what = f"the window has {size}; agent work needs {MINIMUM_WINDOW:,}"
    return Finding("window", "problem", what, _larger_window(window, profile))


def _larger_window(window: Window, profile: Profile) -> Fix:
    if window.trained is not None and window.trained < MINIMUM_WINDOW:
        return Fix(f"Choose another model: this one was made for {window.trained:,} tokens.")
    if profile.window < MINIMUM_WINDOW:
        return Fix(f"Set model_context_window = {MINIMUM_WINDOW} in the profile {profile.name}.")
    if window.can_raise:
        return Fix(f"Raise the window to {profile.window:,} tokens.", lambda: load_model(profile))
    return Fix("Start the server with a larger context.")


# ── a tool call, the cache ───────────────────────────────────────────────────


def _request(model: str, window: Window) -> ChatRequest:
    return ChatRequest(
        model,
        "You test whether tools work. Call report_status with the status ok, and say nothing else.",
        (UserMessage("Call report_status now."),),
        (_REPORT,),
        effort="low",
        window=window.tokens,
        max_output_tokens=1024,
    )


@dataclass(slots=True)
class _Answer:
    """What came of one request. `first_seconds` is the time to the first token."""

    text: str = ""
    call: CallReady | CallRejected | None = None
    usage: Usage = Usage()  # noqa: RUF009  (frozen)
    takes_seed: bool = True
    first_seconds: float = 0.0


async def _ask(backend: Backend, request: ChatRequest) -> _Answer:
    answer, start = _Answer(), monotonic()
    async with aclosing(backend.stream(request)) as events:
        async for event in events:
            if not answer.first_seconds and not isinstance(event, Waiting):
                answer.first_seconds = monotonic() - start
            match event:
                case TextDelta(text):
                    answer.text += text
                case TextCorrected(text):
                    answer.text = text
                case CallReady() | CallRejected():
                    answer.call = event
                case StepEnd():
                    answer.usage, answer.takes_seed = event.usage, event.takes_seed
                case _:
                    pass
    return answer


async def _tool_call(backend: Backend, request: ChatRequest) -> Finding:
    answer = _Answer()
    for attempt in range(TRIES):
        try:
            answer = await _ask(backend, replace(request, sampling=replace(request.sampling, seed=attempt or None)))
        except SeedRefused:
            break
        if isinstance(answer.call, CallReady):
            mended = f", mended ({', '.join(answer.call.repairs)})" if answer.call.repairs else ""
            again = f", at the attempt number {attempt + 1}" if attempt else ""
            return Finding("tool call", "note" if mended or again else "ok", f"a tool call came back{mended}{again}")
        if not answer.takes_seed:
            break  # the next request would be the identical one
    if isinstance(answer.call, CallRejected):
        why = f"no tool call could be read: {answer.call.explanation}"
    elif answer.text.strip():
        why = "the model answers in text where it was asked to call a tool"
    else:
        why = "the model ended without a tool call"
    return Finding("tool call", "problem", why, Fix("Choose a model that was trained to call tools, such as gpt-oss."))


async def _prefix_cache(backend: Backend, request: ChatRequest) -> Finding:
    """Two requests, the second with the first as its beginning: what did the server read again?"""
    first = replace(request, instructions=f"{request.instructions}\n{_FILLER}", tools=(), max_output_tokens=256)
    before = await _ask(backend, first)
    messages = (*first.messages, AssistantMessage(before.text or "ok"), UserMessage("And again."))
    after = await _ask(backend, replace(first, messages=messages))
    cached, prompt = after.usage.cached_tokens, before.usage.prompt_tokens
    if cached is not None and prompt:
        share = min(1.0, cached / prompt)
        what = f"{share:.0%} of an unchanged beginning came from the cache"
        return Finding("prefix cache", "ok" if share >= _CACHED_ENOUGH else "note", what)
    times = f"first token after {before.first_seconds:.1f} s, with the same beginning after {after.first_seconds:.1f} s"
    if after.first_seconds <= before.first_seconds * _FASTER:
        return Finding("prefix cache", "ok", times)
    return Finding("prefix cache", "note", f"{times}; the server does not count what it reuses")
