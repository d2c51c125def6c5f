"""The only door to the network: one origin, no proxy, no redirect, limits on time and size (THREATS.md N, S1–S4)."""

from __future__ import annotations

import asyncio
import gzip
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from backends.answer import Limits
from backends.errors import (
    BackendError,
    RequestRefused,
    ServerFailed,
    Stalled,
    StreamCut,
    Unauthorized,
    UnexpectedAnswer,
    Unreachable,
)
from backends.transport import Transport, encode_body
from backends.types import Provider, Secret
from tests.wire.replay import ReplayServer, Reply, Request, json_reply, text_reply

KEY = "canary-0123456789"
QUICK = Limits(connect=1.0, pauses=(0.0, 0.0), first_byte=0.3, idle=0.2, small_answer=0.5)


def provider_at(url: str) -> Provider:
    return Provider("test", "openai", "Test server", url, env_key="TEST_KEY", key=Secret(KEY))


@asynccontextmanager
async def transport_to(url: str, limits: Limits = QUICK, **changes: str) -> AsyncGenerator[Transport, None]:
    transport = Transport(replace(provider_at(url), **changes), "Start it.", limits)  # pyright: ignore[reportArgumentType]
    try:
        yield transport
    finally:
        await transport.aclose()


async def read_all(transport: Transport, *, is_meaningful: bool = True) -> bytes:
    body = b""
    async with transport.stream("/chat", {}) as answer:
        async for piece in answer.pieces():
            body += piece
            if is_meaningful:
                answer.touch()
    return body


@pytest.fixture
def dead_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


# ── requests ─────────────────────────────────────────────────────────────────


async def test_a_request_carries_the_key_a_length_and_asks_for_no_encoding() -> None:
    routes = {"POST /v1/chat": json_reply({"ok": True})}
    async with ReplayServer(routes) as server, transport_to(server.url + "/v1") as transport:
        assert await transport.post_json("/chat", {"b": 1, "a": "é\ud800"}) == {"ok": True}
    request = server.requests[0]
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.headers["accept-encoding"] == "identity"
    assert request.headers["content-length"] == str(len(request.body))
    assert request.body == b'{"b":1,"a":"\\u00e9\\ud800"}'


async def test_headers_and_query_of_the_provider_go_with_every_request() -> None:
    async with ReplayServer({"GET /models": json_reply([])}) as server:
        provider = replace(
            provider_at(server.url), headers={"api-key": "abcdef", "Accept-Encoding": "gzip"}, query={"v": "1"}
        )
        transport = Transport(provider, limits=QUICK)
        await transport.get_json("/models")
        await transport.aclose()
    assert server.requests[0].path == "/models?v=1"
    assert server.requests[0].headers["api-key"] == "abcdef"
    assert server.requests[0].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("http://127.0.0.1:1/x", id="another port"),
        pytest.param("http://example.test/x", id="another host"),
        pytest.param("@example.test/x", id="the base as user name"),
        pytest.param(".example.test/x", id="the base as subdomain"),
        pytest.param("file:///etc/passwd", id="a file"),
        pytest.param("", id="nothing"),
    ],
)
async def test_only_the_origin_of_the_provider_is_asked(path: str) -> None:
    async with ReplayServer({}) as server, transport_to(server.url) as transport:
        with pytest.raises(RequestRefused):
            await transport.get_json(path)
    assert server.received_bytes == 0


async def test_another_path_of_the_same_origin_may_be_asked() -> None:
    routes = {"GET /api/v1/models": json_reply([])}
    async with ReplayServer(routes) as server, transport_to(server.url + "/v1") as transport:
        assert await transport.get_json(transport.origin + "/api/v1/models") == []


@pytest.mark.parametrize("url", ["", "localhost:1234", "ftp://localhost", "http://", "http://localhost:99999999"])
def test_a_base_url_that_is_no_address_is_refused_at_once(url: str) -> None:
    with pytest.raises(RequestRefused, match="base_url"):
        Transport(provider_at(url))


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"key": Secret("clé")}, id="a key that is not ASCII"),
        pytest.param({"key": Secret(f"{KEY}\n")}, id="a key with a line end"),
        pytest.param({"headers": {"X-Team": "équipe"}}, id="a header that is not ASCII"),
        pytest.param({"headers": {"X-Team": "a\r\nHost: b"}}, id="a header in a header"),
        pytest.param({"headers": {"X Team": "a"}}, id="a header name with a blank"),
        pytest.param({"base_url": "http://127.0.0.1:9/\x01v1"}, id="a control character in the address"),
        pytest.param({"base_url": "http://127.0.0.1:9/v1\n"}, id="a line end behind the address"),
        pytest.param({"base_url": "http://xn--/v1"}, id="a host name that is none"),
        pytest.param({"query": {"version": "\ud800"}}, id="half a character in the query"),
        pytest.param({"proxy": "socks5://127.0.0.1:9"}, id="a proxy of another kind"),
        pytest.param({"proxy": "http://\x01"}, id="a proxy that is no address"),
    ],
)
async def test_what_http_cannot_carry_is_refused_in_words_before_anything_is_sent(change: dict[str, Any]) -> None:
    with pytest.raises(RequestRefused) as refused:
        await Transport(replace(provider_at("http://127.0.0.1:9"), **change)).get_json("/x")
    assert KEY not in str(refused.value)
    assert str(refused.value).isprintable()
    assert refused.value.next_step


def test_equal_bodies_are_equal_bytes() -> None:
    assert encode_body({"model": "x", "a": [1, 2]}) == b'{"model":"x","a":[1,2]}'


# ── N2: proxies ──────────────────────────────────────────────────────────────

PROXY_VARIABLES = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]


@pytest.mark.parametrize("spelling", ["127.0.0.1", "localhost", "127.1", "0.0.0.0"])
@pytest.mark.parametrize("variable", PROXY_VARIABLES)
async def test_a_proxy_in_the_environment_sees_nothing(
    variable: str, spelling: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with ReplayServer({}) as proxy, ReplayServer({"GET /x": json_reply(1)}) as server:
        monkeypatch.setenv(variable, proxy.url)
        async with transport_to(f"http://{spelling}:{server.port}") as transport:
            assert await transport.get_json("/x") == 1
        assert proxy.received_bytes == 0


async def test_a_proxy_that_the_provider_names_is_used() -> None:
    reply = json_reply("through the proxy")
    async with ReplayServer(lambda _: reply) as proxy, transport_to("http://server.test", proxy=proxy.url) as transport:
        assert await transport.get_json("/x") == "through the proxy"


# ── N3: redirects ────────────────────────────────────────────────────────────


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_an_error_that_shows_its_target(status: int) -> None:
    async with ReplayServer({}) as other:
        reply = text_reply("", status, headers={"Location": other.url + "/elsewhere"})
        async with ReplayServer(lambda _: reply) as server, transport_to(server.url) as transport:
            for ask in (transport.get_json("/x"), read_all(transport)):
                with pytest.raises(RequestRefused, match="/elsewhere"):
                    await ask
    assert other.received_bytes == 0


# ── N4: sizes and encodings ──────────────────────────────────────────────────


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "zstd", "gzip, identity", "x-unknown"])
async def test_an_encoded_body_is_refused_unread(encoding: str) -> None:
    bomb = Reply(headers=(("Content-Encoding", encoding),), pieces=(gzip.compress(b"0" * 10_000_000),))
    async with ReplayServer(lambda _: bomb) as server, transport_to(server.url) as transport:
        for ask in (transport.get_json("/x"), read_all(transport)):
            with pytest.raises(UnexpectedAnswer, match="encoded"):
                await ask


async def test_an_endless_turn_ends_at_its_limit() -> None:
    endless = Reply(pieces=(b"x" * 65536,) * 64)
    limits = replace(QUICK, turn_body=1024 * 1024)
    async with ReplayServer(lambda _: endless) as server, transport_to(server.url, limits) as transport:
        with pytest.raises(UnexpectedAnswer, match="larger than 1 MiB"):
            await read_all(transport)


async def test_a_small_answer_over_one_mebibyte_is_refused() -> None:
    async with ReplayServer(lambda _: text_reply("1" * 1_100_000)) as server, transport_to(server.url) as transport:
        with pytest.raises(UnexpectedAnswer, match="larger than 1 MiB"):
            await transport.get_json("/x")


async def test_endless_headers_are_refused() -> None:
    headers = tuple((f"X-{number}", "x" * 1000) for number in range(1000))
    async with ReplayServer(lambda _: Reply(headers=headers)) as server, transport_to(server.url) as transport:
        with pytest.raises(BackendError):
            await transport.get_json("/x")


@pytest.mark.parametrize("body", ["", "no", "{", '{"a":NaN}', "<html>", '["x"', "[" * 100_000])
async def test_a_small_answer_that_is_no_json_is_an_unexpected_answer(body: str) -> None:
    async with ReplayServer(lambda _: text_reply(body)) as server, transport_to(server.url) as transport:
        with pytest.raises(UnexpectedAnswer):
            await transport.get_json("/x")


# ── S1–S4: connections and time ──────────────────────────────────────────────


async def test_a_dead_port_is_named_with_the_next_step(dead_port: int) -> None:
    async with transport_to(f"http://127.0.0.1:{dead_port}") as transport:
        for ask in (transport.get_json("/x"), read_all(transport)):
            with pytest.raises(Unreachable) as caught:
                await ask
            assert caught.value.address == f"http://127.0.0.1:{dead_port}"
            assert f"127.0.0.1:{dead_port}" in str(caught.value)
            assert "refused" in str(caught.value)
            assert "Start it." in str(caught.value)


async def test_a_server_that_comes_up_between_two_tries_is_reached(dead_port: int) -> None:
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\n7")
        writer.close()

    async with transport_to(f"http://127.0.0.1:{dead_port}", replace(QUICK, pauses=(0.2, 0.2))) as transport:
        asking = asyncio.create_task(transport.get_json("/x"))
        await asyncio.sleep(0.1)
        server = await asyncio.start_server(answer, "127.0.0.1", dead_port)
        assert await asking == 7
        server.close()


async def test_a_connection_reset_before_the_first_byte_is_not_tried_again() -> None:
    async with ReplayServer(lambda _: Reply(status=0, end="reset")) as server, transport_to(server.url) as transport:
        for ask in (transport.post_json("/x", {}), read_all(transport)):
            with pytest.raises(Unreachable):
                await ask
    assert len(server.requests) == 2


async def test_silence_before_the_first_byte_ends_at_its_limit() -> None:
    async with ReplayServer(lambda _: Reply(status=0, end="hang")) as server, transport_to(server.url) as transport:
        with pytest.raises(Stalled):
            await read_all(transport)
        with pytest.raises(Unreachable):
            await transport.get_json("/x")


@pytest.mark.nightly
async def test_a_minute_and_a_half_of_silence_while_a_model_loads_is_waited_for() -> None:
    slow = replace(text_reply("here"), delay=90.0)
    async with ReplayServer(lambda _: slow) as server, transport_to(server.url, Limits()) as transport:
        assert await read_all(transport) == b"here"


async def test_silence_in_the_middle_ends_at_the_idle_limit() -> None:
    async with (
        ReplayServer(lambda _: Reply(pieces=(b"a",), end="hang")) as server,
        transport_to(server.url) as transport,
    ):
        with pytest.raises(Stalled):
            await read_all(transport)


async def test_a_drip_that_means_nothing_stalls_all_the_same() -> None:
    drip = Reply(pieces=(b" ",) * 1000, pause=0.01)
    async with ReplayServer(lambda _: drip) as server, transport_to(server.url) as transport:
        with pytest.raises(Stalled):
            await read_all(transport, is_meaningful=False)


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(Reply(pieces=(b"12345678",), framing="length").cut_off_at(3), id="shorter than declared"),
        pytest.param(Reply(pieces=(b"12345678",), framing="chunked").cut_off_at(3), id="without its last chunk"),
        pytest.param(Reply(pieces=(b"12345678",), framing="length").cut_off_at(3, "reset"), id="reset"),
    ],
)
async def test_a_broken_connection_is_a_cut_stream(reply: Reply) -> None:
    async with ReplayServer(lambda _: reply) as server, transport_to(server.url) as transport:
        for ask in (read_all(transport), transport.get_json("/x")):
            with pytest.raises(StreamCut):
                await ask


async def test_leaving_a_stream_closes_its_connection() -> None:
    async with (
        ReplayServer(lambda _: Reply(pieces=(b"a",), end="hang")) as server,
        transport_to(server.url) as transport,
    ):
        async with transport.stream("/chat", {}) as answer:
            assert await anext(answer.pieces()) == b"a"
        await server.wait_until(lambda: server.closed_early == 1)


async def test_a_cancelled_wait_for_the_first_byte_closes_its_connection() -> None:
    limits = replace(QUICK, first_byte=60.0)
    async with (
        ReplayServer(lambda _: Reply(status=0, end="hang")) as server,
        transport_to(server.url, limits) as transport,
    ):
        waiting = asyncio.create_task(read_all(transport))
        await server.wait_until(lambda: len(server.requests) == 1)
        waiting.cancel()
        await server.wait_until(lambda: server.closed_early == 1)


# ── errors ───────────────────────────────────────────────────────────────────


async def test_an_error_answer_is_raised_before_a_stream_begins() -> None:
    reply = json_reply({"error": f"key {KEY} is wrong"}, 401)
    async with ReplayServer(lambda _: reply) as server, transport_to(server.url) as transport:
        with pytest.raises(Unauthorized) as caught:
            await read_all(transport)
    assert "TEST_KEY" in str(caught.value)
    assert KEY not in f"{caught.value!r}{caught.value}"


@pytest.mark.parametrize("end", ["hang", "reset", "close"])
async def test_an_error_body_that_breaks_off_costs_its_words_only(end: str) -> None:
    whole = Reply(500, pieces=(b'{"error":"out of memory"}',), framing="length")
    reply = whole.cut_off_at(16, end)  # pyright: ignore[reportArgumentType]
    async with ReplayServer(lambda _: reply) as server, transport_to(server.url) as transport:
        with pytest.raises(ServerFailed, match="status 500"):
            await read_all(transport)


async def test_a_backend_may_read_its_servers_own_errors_first() -> None:
    seen: list[tuple[int, str]] = []

    def particular(status: int, body: str) -> BackendError | None:
        seen.append((status, body))
        return StreamCut("mine") if status == 418 else None

    def reply(request: Request) -> Reply:
        return text_reply("teapot", 418 if request.path == "/mine" else 400)

    async with ReplayServer(reply) as server:
        transport = Transport(provider_at(server.url), limits=QUICK, particular=particular)
        with pytest.raises(StreamCut, match="mine"):
            await transport.get_json("/mine")
        with pytest.raises(RequestRefused):
            await transport.get_json("/other")
        await transport.aclose()
    assert seen == [(418, "teapot"), (400, "teapot")]
