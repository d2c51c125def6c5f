"""The files of one tape, and how much they hold: the oldest exchanges go first, but for what a replay still needs.

Knows no server. Every method may raise OSError; nothing here is for the event loop.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import BinaryIO

LIMIT_BYTES = 64 * 1024 * 1024
LIMIT_EXCHANGES = 2_000
"""Of one session's tape."""

_NAMED = 6
_FACT_BYTES = 1024 * 1024
_FACTS = 16


class TapeShelf:
    """Exchanges by number. What is there already is looked at once, and counted from then on.

    A server may be asked once, at the beginning, what models it has. Of such questions the last answer stays when its
    time has come, since a step that is kept cannot be replayed without it.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._sizes: dict[int, int] = {}
        self._facts: dict[tuple[str, str], int] = {}  # by method and path
        with os.scandir(folder) as entries:
            found = sorted((entry.name, entry.stat(follow_symlinks=False).st_size) for entry in entries)
        for name, size in found:
            if (number := name[:_NAMED]).isdigit():
                self._sizes[int(number)] = self._sizes.get(int(number), 0) + size
        self._total = sum(self._sizes.values())
        self._next = 1 + max(self._sizes, default=0)

    def take(self) -> int:
        """The number of a new exchange, for which room is made."""
        number, self._next = self._next, self._next + 1
        self._sizes[number] = 0
        while self._total > LIMIT_BYTES or len(self._sizes) > LIMIT_EXCHANGES:
            oldest = next(each for each in self._sizes if each not in self._facts.values())
            if oldest == number:
                break
            self._retire(oldest)
        return number

    def write(self, number: int, suffix: str, data: bytes) -> None:
        with self.create(number, suffix) as file:
            file.write(data)
        self.grown(number, len(data))

    def create(self, number: int, suffix: str) -> BinaryIO:
        """A file of an exchange, for its owner alone."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        return os.fdopen(os.open(self._path(number, suffix), flags, 0o600), "wb", buffering=0)

    def grown(self, number: int, size: int) -> bool:
        """Count `size` bytes more; whether this exchange alone is larger than a tape may be."""
        self._total += size
        self._sizes[number] = self._sizes.get(number, 0) + size
        return self._sizes[number] > LIMIT_BYTES

    def _path(self, number: int, suffix: str) -> Path:
        return self._folder / f"{number:0{_NAMED}}{suffix}"

    # ── making room ──────────────────────────────────────────────────────────

    def _retire(self, number: int) -> None:
        """Delete an exchange, or, when it is the last answer to a question, the one that was kept for it before."""
        question = self._question(number)
        if question is None:
            self._delete(number)
            return
        before = self._facts.pop(question, None)
        self._facts[question] = number
        if before is None and len(self._facts) > _FACTS:
            before = self._facts.pop(next(iter(self._facts)))
        if before is not None:
            self._delete(before)

    def _question(self, number: int) -> tuple[str, str] | None:
        """What was asked in a small exchange that is no step of the model."""
        if self._sizes[number] > _FACT_BYTES:
            return None
        try:
            head: object = json.loads(self._path(number, ".request").read_bytes())
        except (OSError, ValueError):
            return None
        match head:
            case {"method": str(method), "path": str(path), "body": str(body)} if '"stream":true' not in body:
                return method, path
            case _:
                return None

    def _delete(self, number: int) -> None:
        for suffix in (".request", ".answer", ".body"):
            self._path(number, suffix).unlink(missing_ok=True)
        self._total -= self._sizes.pop(number)
