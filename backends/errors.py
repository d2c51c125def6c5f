"""What can go wrong with a model server, by what a caller would do differently.

One root, `BackendError`; catch it to report, or a kind to act. Each error is three parts: what happened
(`message`), the server's own words (`server_words`, empty when it said nothing) and what to do (`next_step`).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(eq=False)
class BackendError(Exception):
    """A request to a model server failed. `str()` is one line for people."""

    message: str
    server_words: str = ""
    next_step: str = ""

    def __str__(self) -> str:
        said = f' The server said: "{self.server_words}".' if self.server_words else ""
        then = f" {self.next_step}" if self.next_step else ""
        return f"{self.message}{said}{then}"


@dataclass(eq=False)
class Unreachable(BackendError):
    """No connection: refused, reset before the first byte, no route, or no answer within the connect time-out."""

    address: str = ""


@dataclass(eq=False)
class Unauthorized(BackendError):
    """The server wants a key, or refuses the one it got. Names the variable, never the value."""

    env_key: str = ""


@dataclass(eq=False)
class ModelMissing(BackendError):
    """The server runs and does not have the model."""

    model: str = ""


@dataclass(eq=False)
class WindowOverflow(BackendError):
    """The prompt does not fit the window. Sizes in tokens; None where the server did not tell."""

    prompt_tokens: int | None = None
    window: int | None = None


@dataclass(eq=False)
class Busy(BackendError):
    """The server is full or limits the rate; trying again later helps."""

    retry_after_seconds: float | None = None


@dataclass(eq=False)
class RequestRefused(BackendError):
    """The server understood and said no (4xx): a wrong value, an unsupported parameter, an unexpected redirect."""

    status: int | None = None
    parameter: str = ""


class SeedRefused(RequestRefused):
    """The server takes no seed, so that asking again would be the identical request; it was not asked."""


@dataclass(eq=False)
class ServerFailed(BackendError):
    """The server broke: 5xx, an error inside a stream, a model that does not load, a dead engine."""

    status: int | None = None


class StreamCut(BackendError):
    """An answer ended without its end marker. What came before is incomplete, and no call in it may run."""


@dataclass(eq=False)
class Stalled(BackendError):
    """Nothing meaningful came for longer than the limit."""

    seconds: float = 0.0


class UnexpectedAnswer(BackendError):
    """The answer is not what this protocol says: another kind of server, HTML, a body over the limits."""
