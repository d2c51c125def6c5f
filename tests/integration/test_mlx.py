"""The MLX backend against the real mlx_lm.server and a real, tiny gpt_oss model."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace

import pytest

from backends.errors import StreamCut, Unreachable, WindowOverflow
from backends.events import CallReady, ReasoningDelta, StepEnd, StreamEvent, TextDelta, Waiting
from backends.mlx import MlxBackend
from backends.types import (
    AssistantMessage,
    ChatRequest,
    Message,
    Provider,
    ToolCall,
    ToolResult,
    ToolSpec,
    UserMessage,
    Window,
)
from tests.tiny_model.scripts import AFTER, BEFORE, DONE, FILE, HELLO
from tests.tiny_model.server import MlxServer

pytestmark = pytest.mark.integration

INSTRUCTIONS = "You are a coding assistant. Look before you answer.\n"


def tool(name: str, parameter: str) -> ToolSpec:
    schema: ToolSpec = ToolSpec(name, f"The tool {name}.", {})
    return replace(
        schema, parameters={"type": "object", "properties": {parameter: {"type": "string"}}, "required": [parameter]}
    )


TOOLS = (tool("open_file", "path"), tool("apply_patch", "patch"), tool("exec", "command"))


def ask(*messages: Message, instructions: str = INSTRUCTIONS) -> ChatRequest:
    return ChatRequest("default_model", instructions, messages, TOOLS, window=32768, date="2026-11-22")


@pytest.fixture
async def backend(mlx_server: MlxServer) -> AsyncIterator[MlxBackend]:
    backend = backend_of(mlx_server)
    yield backend
    await backend.aclose()


def backend_of(server: MlxServer) -> MlxBackend:
    return MlxBackend(Provider("mlx", "mlx", "MLX", server.url))


async def heard(backend: MlxBackend, request: ChatRequest) -> list[StreamEvent]:
    return [event async for event in backend.stream(request)]


def text_of(events: list[StreamEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def call_of(events: list[StreamEvent]) -> ToolCall:
    return next(event.call for event in events if isinstance(event, CallReady))


def end_of(events: list[StreamEvent]) -> StepEnd:
    end = events[-1]
    assert isinstance(end, StepEnd)
    return end


def said(events: list[StreamEvent]) -> AssistantMessage:
    reasoning = "".join(event.text for event in events if isinstance(event, ReasoningDelta))
    call = next((event.call for event in events if isinstance(event, CallReady)), None)
    return AssistantMessage(text_of(events), reasoning, call, end_of(events).replay)


async def test_a_plain_question_gets_its_answer_with_the_servers_counts(backend: MlxBackend) -> None:
    events = await heard(backend, ask(UserMessage("hello")))
    assert text_of(events) == HELLO
    assert end_of(events).reason == "stop"
    usage = end_of(events).usage
    assert (usage.prompt_tokens or 0) > 500
    assert (usage.output_tokens or 0) > 5
    assert any(isinstance(event, Waiting) and event.total for event in events)


async def test_a_whole_tool_loop_runs_on_one_cached_prefix(backend: MlxBackend) -> None:
    long = INSTRUCTIONS * 150
    conversation: list[Message] = [UserMessage("please mend the greeting")]
    opening = await heard(backend, ask(*conversation, instructions=long))
    assert (call_of(opening).name, call_of(opening).arguments) == ("open_file", {"path": FILE})
    conversation += [said(opening), ToolResult(call_of(opening).id, "open_file", BEFORE)]

    patching = await heard(backend, ask(*conversation, instructions=long))
    patch = str(call_of(patching).arguments["patch"])
    assert call_of(patching).name == "apply_patch"
    assert patch.startswith(f"*** Begin Patch\n*** Update File: {FILE}\n")
    before, after = BEFORE.splitlines(), AFTER.splitlines()
    assert [line for line in patch.splitlines() if line.startswith("-")] == [f"-{before[1]}"]
    assert [line for line in patch.splitlines() if line.startswith("+")] == [f"+{after[1]}"]
    conversation += [said(patching), ToolResult(call_of(patching).id, "apply_patch", "done")]

    closing = await heard(backend, ask(*conversation, instructions=long))
    assert text_of(closing) == DONE
    for earlier, later in ((opening, patching), (patching, closing)):
        before_it, usage = end_of(earlier).usage, end_of(later).usage
        assert (usage.cached_tokens or 0) >= 0.99 * (before_it.prompt_tokens or 0) > 0
        assert (usage.cached_tokens or 0) >= 0.95 * (usage.prompt_tokens or 0)


async def test_a_call_with_a_stray_bracket_is_mended(backend: MlxBackend) -> None:
    events = await heard(backend, ask(UserMessage("stray")))
    ready = next(event for event in events if isinstance(event, CallReady))
    assert (ready.call.arguments, ready.repairs) == ({"path": "stray.py"}, ("trailing text removed",))


async def test_a_preamble_is_shown_before_the_call(backend: MlxBackend) -> None:
    events = await heard(backend, ask(UserMessage("list it")))
    assert text_of(events) == "Listing what is here."
    assert call_of(events).arguments == {"command": "ls"}


async def test_the_output_limit_ends_an_endless_answer(backend: MlxBackend) -> None:
    events = await heard(backend, replace(ask(UserMessage("forever")), max_output_tokens=12))
    assert end_of(events).reason == "length"
    assert text_of(events).startswith("Sheep.")


async def test_the_server_its_model_and_its_window_are_known(backend: MlxBackend, mlx_server: MlxServer) -> None:
    await heard(backend, ask(UserMessage("hello")))
    assert (await backend.server()).version.startswith("0.")
    assert [model.name for model in await backend.models()] == [str(mlx_server.folder)]
    assert await backend.resolve(str(mlx_server.folder)) == "default_model"
    assert await backend.window("default_model", 65536) == Window(65536, 131072, is_loaded=True)


async def test_a_prompt_beyond_the_window_is_refused_before_it_was_read(backend: MlxBackend) -> None:
    request = replace(ask(UserMessage(f"hello {'x' * 3000}")), window=2048)
    with pytest.raises(WindowOverflow):
        await heard(backend, request)


async def test_closing_the_stream_stops_the_server(backend: MlxBackend, mlx_server: MlxServer) -> None:
    async with aclosing(backend.stream(ask(UserMessage("forever")))) as events:
        async for event in events:
            if isinstance(event, TextDelta):
                break
    sizes = [-1]
    while sizes[-1] != mlx_server.log.stat().st_size:
        # every generated token is a line of this log; an answer that went on would fill it for minutes
        sizes.append(mlx_server.log.stat().st_size)
        assert len(sizes) < 20
        await asyncio.sleep(0.5)
    assert text_of(await heard(backend, ask(UserMessage("hello")))) == HELLO


async def test_a_server_killed_in_mid_answer_is_named_and_works_again_after_its_restart(
    own_mlx_server: MlxServer,
) -> None:
    backend = backend_of(own_mlx_server)

    async def hear_until_killed() -> None:
        async for event in backend.stream(ask(UserMessage("forever"))):
            if isinstance(event, TextDelta):
                own_mlx_server.kill()

    with pytest.raises(StreamCut) as caught:
        await hear_until_killed()
    assert "mlx_lm.server ended in the middle of an answer" in str(caught.value)
    assert "Restart it" in str(caught.value)
    with pytest.raises(Unreachable):
        await heard(backend, ask(UserMessage("hello")))
    own_mlx_server.start()
    assert text_of(await heard(backend, ask(UserMessage("hello")))) == HELLO
    await backend.aclose()
