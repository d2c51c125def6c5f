"""No prefix of an answer of LM Studio and OpenAI is complete, and no call runs from one (THREATS.md S4)."""

from __future__ import annotations

import pytest

from backends.chat_completions import ChatDecoder
from backends.errors import BackendError
from backends.events import CallReady, StepEnd
from backends.reading import StreamDecoder
from backends.responses import ResponsesDecoder
from tests.backends.asking import played, provider, request
from tests.wire.replay import Exchange, cuts, load, names

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


@pytest.mark.parametrize("exchange", EACH_STREAM)
async def test_no_prefix_of_an_exchange_is_complete_and_no_call_runs_from_one(exchange: Exchange) -> None:
    body = exchange.body.rstrip()
    for size in cuts(body):
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
