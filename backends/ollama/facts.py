"""What an Ollama says of itself and its models: asked over the transport, kept where it does not change.

Sends no chat and loads nothing. What the answers mean is read in `cards`.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from backends.decode import text_at
from backends.errors import BackendError, RequestRefused, ServerFailed, StreamCut, UnexpectedAnswer
from backends.failures import words_of
from backends.ollama.cards import UNKNOWN_CARD, Card, Installed, Loaded, read_ps, read_show, read_tags
from backends.transport import Transport
from backends.types import JsonObject, JsonValue

_UNTOLD = (RequestRefused, UnexpectedAnswer, ServerFailed, StreamCut)
"""From a server that does not tell: it may still chat, and if it is broken the chat says so better."""

AT_ONCE_SECONDS = 1.0
"""A turn asks for the window and then for an answer: what was loaded then is loaded now."""


class Facts:
    """Every method raises BackendError, those that end in `_if_told` only for a server that cannot be reached."""

    def __init__(self, transport: Transport, clock: Callable[[], float] = monotonic) -> None:
        self._transport = transport
        self._clock = clock
        self._at_hand: tuple[float, tuple[Loaded, ...]] | None = None
        self._cards: dict[str, Card] = {}

    async def version(self) -> str:
        """Told by content, since any server may answer (ollama.md §1)."""
        try:
            answer = json_object(await self._transport.get_json("/api/version"))
        except RequestRefused as error:
            raise self._not_ollama(error.server_words) from error
        version = text_at(answer, "version")
        if not version:
            raise self._not_ollama(words_of(answer))
        return version

    async def installed(self) -> tuple[Installed, ...]:
        return read_tags(self._listing(await self._transport.get_json("/api/tags")))

    async def loaded(self) -> tuple[Loaded, ...]:
        self._at_hand = None
        return read_ps(self._listing(await self._transport.get_json("/api/ps")))

    async def loaded_before_asking(self) -> tuple[Loaded, ...]:
        """As `loaded`, and kept for the request that follows at once."""
        listed = await self.loaded()
        self._at_hand = self._clock(), listed
        return listed

    async def loaded_if_told(self) -> tuple[Loaded, ...] | None:
        """What is loaded when a request is sent; what was kept for it serves once."""
        at_hand, self._at_hand = self._at_hand, None
        if at_hand is not None and self._clock() - at_hand[0] < AT_ONCE_SECONDS:
            return at_hand[1]
        try:
            return await self.loaded()
        except _UNTOLD:
            return None

    async def names_loaded(self) -> list[str] | None:
        """None when it does not answer, which may be for as long as a model loads."""
        try:
            return [entry.name for entry in await self.loaded()]
        except BackendError:
            return None

    async def card(self, name: str) -> Card:
        """Asked once for each model, until it is forgotten."""
        if name not in self._cards:
            answer = json_object(await self._transport.post_json("/api/show", {"model": name}))
            if "error" in answer:
                raise self._not_ollama(words_of(answer))
            self._cards[name] = read_show(answer)
        return self._cards[name]

    async def card_if_told(self, name: str) -> Card:
        try:
            return await self.card(name)
        except _UNTOLD:
            return UNKNOWN_CARD

    def forget(self, name: str) -> None:
        """The model is about to change."""
        self._cards.pop(name, None)

    def _listing(self, value: JsonValue) -> JsonObject:
        answer = json_object(value)
        if "models" not in answer or "error" in answer:
            raise self._not_ollama(words_of(answer))
        return answer

    def _not_ollama(self, words: str) -> BackendError:
        return UnexpectedAnswer(
            f"The server at {self._transport.origin} is not Ollama.", words, "Check base_url and the provider's kind."
        )


def json_object(value: JsonValue) -> JsonObject:
    if isinstance(value, dict):
        return value
    raise UnexpectedAnswer("The server answered with JSON that is not an object.")
