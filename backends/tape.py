"""What may listen to a server's exchanges, and what may answer in its place. Data and protocols only."""

from __future__ import annotations

from typing import Protocol

from backends.frozen import frozen


class Recording(Protocol):
    """One exchange being kept: its answer's head, its body as it arrives, and its end, however it came."""

    def answered(self, status: int, content_type: str) -> None: ...
    def received(self, data: bytes) -> None: ...
    def ended(self) -> None: ...


class Tape(Protocol):
    def begin(self, method: str, path: str, body: bytes) -> Recording:
        """A request is about to be sent; `path` begins with a slash."""
        ...


@frozen
class Played:
    """An answer as it was received."""

    status: int
    content_type: str
    body: bytes


class Player(Protocol):
    def play(self, method: str, path: str) -> Played:
        """What the server answered; status 404 for what it was not asked."""
        ...
