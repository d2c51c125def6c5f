"""Faults of the server (THREATS.md S1-S6) on LM Studio's and OpenAI's endpoints: named, never complete, never run."""

from __future__ import annotations

import asyncio
import socket
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest

from backends import Backend
from backends.answer import Limits
from backends.errors import (
    BackendError,
    Busy,
    RequestRefused,
    ServerFailed,
    Stalled,
    StreamCut,
    Unauthorized,
    UnexpectedAnswer,
    Unreachable,
)
from backends.events import CallReady, StepEnd, TextDelta, Waiting
from backends.lmstudio import LmStudioBackend
from backends.openai import OpenAIBackend
from tests.backends.asking import end_of, error_of, gathered, provider, request, text_of
from tests.wire.replay import ReplayServer, Reply, json_reply, load, text_reply

PATIENT = Limits(pauses=(0.0, 0.0))
QUICK = Limits(connect=1.0, pauses=(0.0, 0.0), first_byte=0.3, idle=0.2)


@dataclass(frozen=True)
class Endpoint:
    """One kind of endpoint: its backend, its route, and an answer with text and one with a call."""

    name: str
    route: str
    text: Reply
    call: Reply

    def backend(self, url: str, limits: Limits = QUICK) -> Backend:
        if self.name == "lmstudio":
            return LmStudioBackend(provider("lmstudio", url), limits)
        wire = "responses" if self.name == "responses" else "chat"
        return OpenAIBackend(provider("openai", url + "/v1", wire), limits)

    @asynccontextmanager
    async def playing(self, reply: Reply, limits: Limits = QUICK):
        models = load("lmstudio", "api_v1_models").reply()
        async with ReplayServer({self.route: reply, "GET /api/v1/models": models}) as server:
            backend = self.backend(server.url, limits)
            try:
                yield backend, server
            finally:
                await backend.aclose()

    async def asked(self, reply: Reply, limits: Limits = QUICK) -> list[Any]:
        async with self.playing(reply, limits) as (backend, _):
            return await gathered(backend.stream(request()))


CHAT = "POST /v1/chat/completions"
ENDPOINTS = [
    Endpoint("lmstudio", CHAT, load("lmstudio", "chat_plain").reply(), load("lmstudio", "chat_tool_call").reply()),
    Endpoint("chat", CHAT, load("openai", "chat_plain").reply(), load("openai", "chat_tool_call").reply()),
    Endpoint(
        "responses",
        "POST /v1/responses",
        load("openai", "responses_plain").reply(),
        load("openai", "responses_function_call").reply(),
    ),
]

pytestmark = pytest.mark.parametrize("endpoint", [pytest.param(each, id=each.name) for each in ENDPOINTS])


# ── S1, S2: before the first byte ────────────────────────────────────────────


async def test_nobody_listens(endpoint: Endpoint) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        backend = endpoint.backend(f"http://127.0.0.1:{taken.getsockname()[1]}")
        error = error_of(await gathered(backend.stream(request())))
        await backend.aclose()
    assert isinstance(error, Unreachable)
    assert error.next_step


async def test_the_connection_closes_without_an_answer(endpoint: Endpoint) -> None:
    assert isinstance(error_of(await endpoint.asked(Reply(status=0, end="reset"), PATIENT)), Unreachable)


async def test_silence_before_the_first_byte_has_a_limit(endpoint: Endpoint) -> None:
    async with endpoint.playing(Reply(end="hang", headers=(("Content-Type", "text/event-stream"),))) as (
        backend,
        server,
    ):
        events = await gathered(backend.stream(request()))
        assert len(server.asked(endpoint.route)) == 1
    assert isinstance(error_of(events), Stalled)


async def test_comments_are_a_sign_of_life(endpoint: Endpoint) -> None:
    comments = tuple(b": keepalive %d/5\n\n" % number for number in range(5))
    patient = replace(endpoint.text, pieces=(*comments, endpoint.text.body), pause=0.12)
    events = await endpoint.asked(patient)
    assert end_of(events)
    assert [event.phase for event in events if isinstance(event, Waiting)] == ["reading", *["alive"] * 5]


async def test_comments_in_the_middle_of_an_answer_are_a_sign_of_life_too(endpoint: Endpoint) -> None:
    head, separator, tail = endpoint.text.body.partition(b"\n\n")
    commented = replace(endpoint.text, pieces=(head + separator, b": ping\n\n", tail))
    events = await endpoint.asked(commented)
    assert end_of(events)
    assert [event.phase for event in events if isinstance(event, Waiting)] == ["reading", "alive"]


# ── S3, S4: in the middle ────────────────────────────────────────────────────


async def test_a_stall_in_the_middle_keeps_what_came(endpoint: Endpoint) -> None:
    half = endpoint.text.body.index(b"The file has" if endpoint.name == "responses" else b"Hi") + 200
    events = await endpoint.asked(replace(endpoint.text.cut_off_at(half), end="hang", length=None))
    assert isinstance(error_of(events), Stalled)
    assert text_of(events)


async def test_bytes_that_say_nothing_do_not_hold_off_the_stall(endpoint: Endpoint) -> None:
    half = endpoint.text.body.index(b"The file" if endpoint.name == "responses" else b"Hi") + 400
    whole = endpoint.text.body[:half].rpartition(b"\n\n")[0] + b"\n\n"
    drip = replace(endpoint.text, pieces=(whole, *[b"data: {}\n\n"] * 20), pause=0.06)
    assert isinstance(error_of(await endpoint.asked(drip)), Stalled)


@pytest.mark.parametrize("framing", ["close", "chunked"])
@pytest.mark.parametrize("end", ["close", "reset"])
async def test_a_connection_that_breaks_is_cut_off_and_no_call_runs(endpoint: Endpoint, framing: Any, end: Any) -> None:
    body = endpoint.call.body
    for size in range(0, body.rindex(b"finish_reason" if b"finish_reason" in body else b"response.completed"), 211):
        events = await endpoint.asked(replace(endpoint.call, framing=framing).cut_off_at(size, end), PATIENT)
        assert isinstance(error_of(events), StreamCut | Unreachable), size
        assert not any(isinstance(event, CallReady | StepEnd) for event in events)


async def test_walking_away_closes_the_connection(endpoint: Endpoint) -> None:
    slow = replace(endpoint.text, end="hang", pieces=endpoint.text.pieces[:-1])
    async with endpoint.playing(slow) as (backend, server):
        async with aclosing(backend.stream(request())) as events:
            async for event in events:
                if isinstance(event, TextDelta):
                    break
        async with asyncio.timeout(60):
            while not server.closed_early:  # noqa: ASYNC110  (the server has no reason to tell anybody)
                await asyncio.sleep(0.01)
        assert server.closed_early == 1


# ── S5, S6: answers that are none ────────────────────────────────────────────


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        pytest.param(json_reply({"error": "no"}, 400), RequestRefused, id="400"),
        pytest.param(json_reply({"error": {"message": "no"}}, 401), Unauthorized, id="401"),
        pytest.param(text_reply("nothing here", 404), RequestRefused, id="404"),
        pytest.param(json_reply({"error": "too large"}, 413), RequestRefused, id="413"),
        pytest.param(json_reply({"error": "later"}, 429, {"Retry-After": "90"}), Busy, id="429"),
        pytest.param(json_reply({"error": "later"}, 503), Busy, id="503"),
        pytest.param(json_reply({"error": {"message": "boom"}}, 500), ServerFailed, id="500"),
        pytest.param(text_reply("<html><title>Bad Gateway</title></html>", 502, "text/html"), ServerFailed, id="HTML"),
        pytest.param(text_reply('{"error": {"mess', 500), ServerFailed, id="half a body"),
        pytest.param(text_reply("", 500), ServerFailed, id="no body"),
        pytest.param(text_reply("", 307, headers={"Location": "http://10.0.0.1/"}), RequestRefused, id="redirect"),
        pytest.param(
            text_reply("<html><title>Sign in</title></html>", 200, "text/html"), UnexpectedAnswer, id="200 HTML"
        ),
        pytest.param(json_reply([1, 2], 200), UnexpectedAnswer, id="200 list"),
        pytest.param(json_reply({"error": "Unexpected endpoint"}, 200), ServerFailed, id="200 error"),
        pytest.param(text_reply("", 200, "text/event-stream"), StreamCut, id="200 nothing"),
    ],
)
async def test_an_answer_that_is_none_is_named_and_asked_once(
    endpoint: Endpoint, reply: Reply, kind: type[BackendError]
) -> None:
    async with endpoint.playing(reply, PATIENT) as (backend, server):
        error = error_of(await gathered(backend.stream(request())))
        assert len(server.asked(endpoint.route)) == 1
    assert isinstance(error, kind)
    assert error.message


async def test_a_server_that_asks_to_wait_says_how_long(endpoint: Endpoint) -> None:
    error = error_of(await endpoint.asked(json_reply({"error": "later"}, 429, {"Retry-After": "90"}), PATIENT))
    assert isinstance(error, Busy)
    assert error.retry_after_seconds == 90


async def test_a_server_that_asks_to_wait_a_little_is_asked_again_and_the_wait_is_shown(endpoint: Endpoint) -> None:
    busy = json_reply({"error": "later"}, 429, {"Retry-After": "0"})
    models = load("lmstudio", "api_v1_models").reply()
    async with ReplayServer({endpoint.route: [busy, endpoint.text], "GET /api/v1/models": models}) as server:
        backend = endpoint.backend(server.url, PATIENT)
        events = await gathered(backend.stream(request()))
        await backend.aclose()
    assert end_of(events)
    assert Waiting("queued") in events
