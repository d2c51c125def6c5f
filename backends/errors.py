"""What can go wrong with a model server, by what a caller would do differently.

One root, `BackendError`; catch it to report, or a kind to act. Each error is three parts: what happened
(`message`), the server's own words (`server_words`, empty when it said nothing) and what to do (`next_step`).
"""

from __future__ import annotations


class BackendError(Exception):
    """A request to a model server failed. `str()` is one line for people."""

    def __init__(self, message: str, server_words: str = "", next_step: str = "") -> None:
        super().__init__()  # nothing stays in `args`: words are cleaned of secrets in the attributes
        self.message = message
        self.server_words = server_words
        self.next_step = next_step

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in vars(self).items())})"

    def __str__(self) -> str:
        said = f' The server said: "{self.server_words}".' if self.server_words else ""
        then = f" {self.next_step}" if self.next_step else ""
        return f"{self.message}{said}{then}"


class Unreachable(BackendError):
    """No connection: refused, reset before the first byte, no route, or no answer within the connect time-out."""

    def __init__(self, message: str, server_words: str = "", next_step: str = "", address: str = "") -> None:
        super().__init__(message, server_words, next_step)
        self.address = address


class Unauthorized(BackendError):
    """The server wants a key, or refuses the one it got. Names the variable, never the value."""

    def __init__(self, message: str, server_words: str = "", next_step: str = "", env_key: str = "") -> None:
        super().__init__(message, server_words, next_step)
        self.env_key = env_key


class ModelMissing(BackendError):
    """The server runs and does not have the model."""

    def __init__(self, message: str, server_words: str = "", next_step: str = "", model: str = "") -> None:
        super().__init__(message, server_words, next_step)
        self.model = model


class WindowOverflow(BackendError):
    """The prompt does not fit the window. Sizes in tokens; None where the server did not tell."""

    def __init__(
        self,
        message: str,
        server_words: str = "",
        next_step: str = "",
        prompt_tokens: int | None = None,
        window: int | None = None,
    ) -> None:
        super().__init__(message, server_words, next_step)
        self.prompt_tokens = prompt_tokens
        self.window = window


class Busy(BackendError):
    """The server is full or limits the rate; trying again later helps."""

    def __init__(
        self,
        message: str,
        server_words: str = "",
        next_step: str = "",
        retry_after_seconds: float | None = None,
    ) -> None:
        super().__init__(message, server_words, next_step)
        self.retry_after_seconds = retry_after_seconds


class RequestRefused(BackendError):
    """The server understood and said no (4xx): a wrong value, an unsupported parameter, an unexpected redirect."""

    def __init__(
        self,
        message: str,
        server_words: str = "",
        next_step: str = "",
        status: int | None = None,
        parameter: str = "",
    ) -> None:
        super().__init__(message, server_words, next_step)
        self.status = status
        self.parameter = parameter


class SeedRefused(RequestRefused):
    """The server takes no seed, so that asking again would be the identical request; it was not asked."""


class ServerFailed(BackendError):
    """The server broke: 5xx, an error inside a stream, a model that does not load, a dead engine."""

    def __init__(self, message: str, server_words: str = "", next_step: str = "", status: int | None = None) -> None:
        super().__init__(message, server_words, next_step)
        self.status = status


class StreamCut(BackendError):
    """An answer ended without its end marker. What came before is incomplete, and no call in it may run."""


class Stalled(BackendError):
    """Nothing meaningful came for longer than the limit."""

    def __init__(self, message: str, server_words: str = "", next_step: str = "", seconds: float = 0.0) -> None:
        super().__init__(message, server_words, next_step)
        self.seconds = seconds


class UnexpectedAnswer(BackendError):
    """The answer is not what this protocol says: another kind of server, HTML, a body over the limits."""
