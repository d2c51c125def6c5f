"""Every kept exchange of LM Studio and OpenAI decodes to the same events however it is cut, and never from a prefix."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from backends.chat_completions import ChatDecoder
from backends.errors import BackendError
from backends.events import CallReady, StepEnd, Waiting
from backends.reading import StreamDecoder
from backends.responses import ResponsesDecoder
from tests.backends.asking import played, provider, request
from tests.wire.replay import Exchange, in_one_piece, in_random_pieces, in_single_bytes, load, names

STREAMS = [
    load(server, name)
    for server, prefixes in (("lmstudio", ("chat_", "responses_")), ("openai", ("chat_", "generic_", "responses_")))
    for prefix in prefixes
    for name in names(server, prefix)
    if load(server, name).status == 200
]
EACH_STREAM = [pytest.param(exchange, id=f"{exchange.server} {exchange.name}") for exchange in STREAMS]


def decoder_for(exchange: Exchange) -> StreamDecoder:
    if "responses" in exchange.route:
        return ResponsesDecoder(provider(), request(), "mine/m")
    return ChatDecoder(provider(), request(), "mine/m", needs_done=exchange.server == "lmstudio")


def words(events: list[object]) -> list[object]:
    """Events that compare: errors as text, new call ids as none, signs of life left out."""
    return [
        f"{type(event).__name__}: {event}"
        if isinstance(event, BackendError)
        else replace(event, call=replace(event.call, id=""))
        if isinstance(event, CallReady)
        else event
        for event in events
        if not isinstance(event, Waiting)
    ]


@pytest.mark.parametrize("exchange", EACH_STREAM)
async def test_an_exchange_decodes_the_same_however_it_is_cut(exchange: Exchange) -> None:
    async def read(cut: Callable[[bytes], list[bytes]]) -> list[object]:
        return words(list(await played(cut(exchange.body), decoder_for(exchange))))

    whole = await read(in_one_piece)
    assert whole
    assert await read(in_single_bytes) == whole
    for seed in range(20):
        assert await read(in_random_pieces(seed)) == whole


@pytest.mark.parametrize("exchange", EACH_STREAM)
async def test_no_prefix_of_an_exchange_is_complete_and_no_call_runs_from_one(exchange: Exchange) -> None:
    body = exchange.body.rstrip()
    for size in range(len(body)):
        events = await played([body[:size]], decoder_for(exchange))
        if _has_end_marker(exchange, body[:size]):
            continue
        assert not any(isinstance(event, StepEnd | CallReady) for event in events), (size, events)
        assert isinstance(events[-1], BackendError)


def _has_end_marker(exchange: Exchange, prefix: bytes) -> bool:
    """Whether the cut fell behind the end: after the finish reason where `[DONE]` is not to be counted on."""
    complete, _, _ = prefix.replace(b"\r\n", b"\n").replace(b"\r", b"\n").rpartition(b"\n\n")
    if "responses" in exchange.route:
        return b"event: response.completed\n" in complete or b"event: response.incomplete\n" in complete
    if exchange.name == "chat_tool_call_parse_error":
        return b"event: error" in complete
    if exchange.server == "lmstudio":
        return b"data: [DONE]" in complete
    return any(f'"finish_reason"{blank}"{reason}"'.encode() in complete for blank in (":", ": ") for reason in _REASONS)


_REASONS = ("stop", "length", "tool_calls")
