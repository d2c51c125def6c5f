"""Every recorded or constructed answer that streams decodes to the same events in one piece, byte by byte, and in 20
random cuttings (THREATS.md S7); an answer that breaks off breaks off the same way.

The other exchanges are one small JSON body each, which is read whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backends.chat_completions import ChatDecoder
from backends.decode import EventStream, JsonLines
from backends.errors import BackendError
from backends.events import CallReady, Waiting
from backends.mlx.answer import CompletionReader
from backends.ollama.answer import AnswerReader
from backends.ollama.transfer import TransferReader
from backends.reading import StreamDecoder
from backends.responses import ResponsesDecoder
from tests.backends.asking import played, provider, request
from tests.wire.replay import Exchange, in_one_piece, in_random_pieces, in_single_bytes, load, names

SERVERS = ("ollama", "mlx", "lmstudio", "openai")
SPLITS = 20

Read = Callable[[list[bytes]], Iterator[object]]


def exchanges() -> list[Exchange]:
    return [load(server, name) for server in SERVERS for name in names(server)]


def is_stream(exchange: Exchange) -> bool:
    kind = {name.lower(): value for name, value in exchange.headers}.get("content-type", "")
    return exchange.status == 200 and ("event-stream" in kind or "ndjson" in kind)


def chat(pieces: list[bytes]) -> Iterator[object]:
    lines, reader = JsonLines(), AnswerReader(request().tools, "Ollama")
    for piece in pieces:
        for line in lines.feed(piece):
            yield from reader.feed(line)
    if not reader.is_done:
        raise reader.cut(lines.close())


def transfer(pieces: list[bytes]) -> Iterator[object]:
    lines, reader = JsonLines(), TransferReader("m", "Ollama")
    for piece in pieces:
        for line in lines.feed(piece):
            yield reader.feed(line)
    reader.close()


def events_alone(pieces: list[bytes]) -> Iterator[object]:
    stream = EventStream()
    for piece in pieces:
        yield from stream.feed(piece)
    yield stream.close()


def decoder_for(exchange: Exchange) -> StreamDecoder | None:
    match exchange.request["path"].partition("?")[0]:
        case "/v1/chat/completions":
            return ChatDecoder(provider(), request(), "mine/m", needs_done=exchange.server == "lmstudio")
        case "/v1/responses":
            return ResponsesDecoder(provider(), request(), "mine/m")
        case "/v1/completions" if exchange.server == "mlx":
            return cast("StreamDecoder", CompletionReader(provider(), request(), "mine/m"))
        case _:
            return None


READERS: dict[str, Read] = {"/api/chat": chat, "/api/pull": transfer, "/api/create": transfer}


async def heard(exchange: Exchange, pieces: list[bytes]) -> list[object]:
    """Events that compare: errors as text, new call ids as none, signs of life left out."""
    decoder = decoder_for(exchange)
    said: list[object] = []
    if decoder is not None:
        said += await played(pieces, decoder)
    else:
        try:
            for event in READERS.get(exchange.request["path"], events_alone)(pieces):
                said.append(event)
        except BackendError as error:
            said.append(error)
    return [_comparable(event) for event in said if not isinstance(event, Waiting)]


def _comparable(event: object) -> object:
    match event:
        case BackendError():
            return f"{type(event).__name__}: {event}"
        case CallReady(call):
            return replace(event, call=replace(call, id=""))
        case _:
            return event


STREAMS = [pytest.param(each, id=f"{each.server} {each.name}") for each in exchanges() if is_stream(each)]


def test_all_exchanges_are_here() -> None:
    assert len(exchanges()) == 217
    assert len(STREAMS) == 90


@pytest.mark.parametrize("exchange", STREAMS)
async def test_a_stream_decodes_the_same_however_it_is_cut(exchange: Exchange) -> None:
    whole = await heard(exchange, in_one_piece(exchange.body))
    assert whole
    assert await heard(exchange, in_single_bytes(exchange.body)) == whole
    for seed in range(SPLITS):
        assert await heard(exchange, in_random_pieces(seed)(exchange.body)) == whole


@pytest.mark.nightly
@settings(max_examples=5_000, deadline=None)
@given(st.sampled_from([each.values[0] for each in STREAMS]), st.integers())
async def test_a_stream_decodes_the_same_however_it_is_cut_all_night(exchange: Exchange, seed: int) -> None:
    cut = in_random_pieces(seed)(exchange.body)
    assert await heard(exchange, cut) == await heard(exchange, in_one_piece(exchange.body))
