"""The scripted server keeps Ollama's manners, and the demo backend hides that it starts one."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import replace

import pytest

from backends import connect
from backends.demo import DemoBackend
from backends.demo.backend import speed_from
from backends.demo.server import MODEL, DemoServer
from backends.errors import ModelMissing, RequestRefused, ServerFailed, StreamCut, Unreachable, WindowOverflow
from backends.events import CallProgress, CallReady, StepEnd, StreamEvent, TextDelta
from backends.ollama import OllamaBackend
from backends.transport import Transport
from backends.types import ChatRequest, Provider, ToolSpec, UserMessage

TREE = ToolSpec(
    "print_tree",
    "List folders and files.",
    {"type": "object", "properties": {"path": {"type": "string"}, "depth": {"type": "integer"}}},
)
DEMO = Provider("demo", "demo", "Demo", "")


def ask(words: str, window: int = 65_536) -> ChatRequest:
    return ChatRequest("whatever", "Be brief.", (UserMessage(words),), (TREE,), window=window)


@asynccontextmanager
async def demo() -> AsyncGenerator[DemoBackend, None]:
    backend = DemoBackend(DEMO, speed=0)
    try:
        yield backend
    finally:
        await backend.aclose()


@asynccontextmanager
async def served() -> AsyncGenerator[tuple[DemoServer, str], None]:
    server = DemoServer(speed=0)
    port = await server.start()
    try:
        yield server, f"http://127.0.0.1:{port}"
    finally:
        await server.aclose()


async def events_of(backend: DemoBackend | OllamaBackend, request: ChatRequest) -> list[StreamEvent]:
    async with aclosing(backend.stream(request)) as events:
        return [event async for event in events]


# ── the backend ──────────────────────────────────────────────────────────────


async def test_the_server_starts_when_it_is_first_asked_and_stops_with_the_backend() -> None:
    backend = DemoBackend(DEMO, speed=0)
    assert backend.provider.base_url == ""
    info = await backend.server()
    assert (info.kind, "script" in info.remark) == ("demo", True)
    url = backend.provider.base_url
    await backend.aclose()
    left = OllamaBackend(replace(DEMO, kind="ollama", base_url=url))
    with pytest.raises(Unreachable):
        await left.server()
    await left.aclose()


async def test_a_server_that_already_runs_is_used() -> None:
    async with served() as (_, url):
        backend = DemoBackend(replace(DEMO, base_url=url), speed=0)
        assert [model.name for model in await backend.models()] == [MODEL]
        await backend.aclose()


async def test_the_demo_is_what_connect_gives_for_its_kind() -> None:
    backend = connect(DEMO)
    assert isinstance(backend, DemoBackend)
    await backend.aclose()


async def test_any_model_name_means_the_script() -> None:
    async with demo() as backend:
        assert await backend.resolve("gpt-oss:120b") == MODEL


async def test_a_call_is_shown_while_it_is_written() -> None:
    async with demo() as backend:
        events = await events_of(backend, ask("make it better, please"))
    assert any(isinstance(event, CallProgress) and event.name == "print_tree" for event in events)
    assert [event.call.name for event in events if isinstance(event, CallReady)] == ["print_tree"]
    assert isinstance(events[-1], StepEnd)


async def test_a_long_answer_arrives_whole() -> None:
    async with demo() as backend:
        events = await events_of(backend, ask("long"))
    text = "".join(event.text for event in events if isinstance(event, TextDelta))
    assert text.startswith("# ")
    assert "`<|end|>`" in text
    assert text.endswith("does not end.")


async def test_the_window_follows_the_request() -> None:
    async with demo() as backend:
        assert not (await backend.window(MODEL, 65_536)).is_loaded
        await events_of(backend, ask("hello"))
        assert (await backend.window(MODEL, 65_536)).is_loaded
        async with aclosing(backend.load(MODEL, 8192)) as progress:
            assert [step.fraction async for step in progress][-1] == 1.0
        assert (await backend.window(MODEL, 8192)).is_loaded
        assert (await backend.models())[0].loaded_window == 8192
        await backend.unload(MODEL)
        assert (await backend.models())[0].loaded_window is None


async def test_a_prompt_that_does_not_fit_is_an_overflow() -> None:
    async with demo() as backend:
        with pytest.raises(WindowOverflow) as caught:
            await events_of(backend, ask("x" * 8000, window=1024))
    assert caught.value.window == 1024
    assert (caught.value.prompt_tokens or 0) > 1024


async def test_an_answer_that_fills_the_window_stops_there() -> None:
    async with demo() as backend:
        events = await events_of(backend, ask("forever", window=600))
    assert isinstance(events[-1], StepEnd)
    assert events[-1].reason == "length"


async def test_the_error_scenario_breaks_in_the_middle() -> None:
    async with demo() as backend:
        with pytest.raises(ServerFailed, match="unexpected EOF"):
            await events_of(backend, ask("error"))


@pytest.mark.parametrize(
    ("value", "speed"),
    [(None, 60.0), ("", 60.0), ("0", 0.0), ("12.5", 12.5), ("-1", 60.0), ("x", 60.0), ("nan", 60.0), ("inf", 60.0)],
)
def test_the_speed_comes_from_a_variable(value: str | None, speed: float) -> None:
    assert speed_from(value) == speed


# ── the server ───────────────────────────────────────────────────────────────


async def test_walking_away_from_an_endless_answer_stops_it() -> None:
    async with served() as (server, url):
        backend = OllamaBackend(replace(DEMO, kind="ollama", base_url=url))
        async with aclosing(backend.stream(replace(ask("forever"), model="demo"))) as events:
            async for event in events:
                if isinstance(event, TextDelta):
                    break
        async with asyncio.timeout(60):
            while not server.cancelled:  # noqa: ASYNC110  (the server has no reason to tell anybody)
                await asyncio.sleep(0.001)
        await backend.aclose()


async def test_other_models_are_missing() -> None:
    async with served() as (_, url):
        backend = OllamaBackend(replace(DEMO, kind="ollama", base_url=url))
        with pytest.raises(ModelMissing):
            await events_of(backend, replace(ask("hello"), model="gpt-oss:20b"))
        await backend.aclose()


async def test_paths_that_ollama_does_not_know_are_not_found() -> None:
    async with served() as (_, url):
        transport = Transport(replace(DEMO, base_url=url))
        assert await transport.get_text("/") == "Ollama is running"
        for path in ("/v1/models", "/api/chat", "/lmstudio-greeting"):
            with pytest.raises(RequestRefused, match="404 page not found"):
                await transport.get_json(path)
        await transport.aclose()


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"\r\n\r\n", id="nothing"),
        pytest.param(b"GET\r\n\r\n", id="no HTTP"),
        pytest.param(b"POST /api/chat HTTP/1.1\r\nContent-Length: -1\r\n\r\n", id="negative length"),
        pytest.param(b"POST /api/chat HTTP/1.1\r\nContent-Length: 9999999999\r\n\r\n", id="huge length"),
        pytest.param(b"x" * 3_000_000, id="endless head"),
    ],
)
async def test_what_is_no_http_is_dropped(sent: bytes) -> None:
    async with served() as (_, url):
        reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
        writer.write(sent)
        with suppress(ConnectionResetError):
            assert await reader.read() == b""
        writer.close()


async def test_the_server_runs_alone_and_can_be_killed() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "backends.demo", "--port", "0", "--speed", "0", stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        url = (await process.stdout.readline()).decode().split()[-1]
        backend = OllamaBackend(replace(DEMO, kind="ollama", base_url=url))
        assert (await backend.server()).kind == "ollama"
        events = backend.stream(replace(ask("forever"), model="demo"))
        while not isinstance(await anext(events), TextDelta):
            pass
    finally:
        process.kill()
        await process.wait()
    with pytest.raises(StreamCut):
        async for _ in events:
            pass
    await backend.aclose()
