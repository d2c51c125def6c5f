"""An HTTP answer to stream events: finds out what the body is, feeds a decoder, and keeps the idle clock.

Knows no wire format beyond "server-sent events, or one JSON body instead of them" (openai.md §5).
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Protocol

from backends.answer import Answer
from backends.decode import EventStream, ServerEvent, parse_object
from backends.errors import UnexpectedAnswer
from backends.events import StreamEvent, Waiting
from backends.failures import words_in
from backends.types import JsonObject

_DONE = "[DONE]"
_BLANK = b"\xef\xbb\xbf \t\r\n"


class StreamDecoder(Protocol):
    """A sans-I/O machine for one answer. Every method raises BackendError."""

    @property
    def is_done(self) -> bool:
        """Whether the end marker came, so that nothing more needs to be read."""
        ...

    def feed(self, event: ServerEvent) -> list[StreamEvent]: ...

    def feed_body(self, body: JsonObject) -> list[StreamEvent]:
        """The complete answer of a server that did not stream, or the error that it sent in place of one."""
        ...

    def close(self) -> list[StreamEvent]:
        """What is left to say when the answer has ended, StepEnd last; StreamCut when the end marker is missing."""
        ...


async def read_events(answer: Answer, decoder: StreamDecoder, name: str) -> AsyncGenerator[StreamEvent, None]:
    """Events of `answer`, the StepEnd last. `name` is the server's, for errors.

    Raises what the decoder and `Answer.pieces` raise, and UnexpectedAnswer for HTML and other foreign bodies.
    """
    stream = EventStream()
    start: bytes | None = b""
    async with aclosing(answer.pieces()) as pieces:
        async for piece in pieces:
            if start is not None:
                start += piece
                if not start.strip(_BLANK):
                    continue
                if _is_foreign(start):
                    rest = [each async for each in pieces]
                    for event in _whole(b"".join([start, *rest]), decoder, name):
                        yield event
                    return
                piece, start = start, None
            for item in stream.feed(piece):
                if isinstance(item, ServerEvent):
                    events = decoder.feed(item)
                else:
                    events = [Waiting("alive")]
                    answer.touch()  # a comment is a sign of life (THREATS.md S2)
                if events:
                    answer.touch()
                for event in events:
                    yield event
            if decoder.is_done:
                break
    if stream.close().removeprefix("data:").strip() == _DONE:
        decoder.feed(ServerEvent(_DONE))  # the end marker without the blank line that should follow it
    for event in decoder.close():
        yield event


def _is_foreign(start: bytes) -> bool:
    """Told by content, because gateways label their streams as they like."""
    return start.lstrip(_BLANK)[:1] in (b"{", b"[", b"<", b'"')


def _whole(body: bytes, decoder: StreamDecoder, name: str) -> list[StreamEvent]:
    text = body.decode(errors="replace").strip("\ufeff \t\r\n")
    if not text.startswith("{"):
        raise UnexpectedAnswer(
            f"{name} answered with something that is neither a stream nor JSON.",
            words_in(text),
            "Check that base_url is the right server.",
        )
    return [*decoder.feed_body(parse_object(text)), *decoder.close()]
