"""The files of the folder, for the `@` list: read once in a thread of their own, searched there with every key.

Knows the walk and the search; no widget.
"""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from agent.files.fuzzy import Match, PathFinder

FRESH_SECONDS = 20.0
"""So long a list of files is good; then the next `@` reads the folder again."""


class FileSource:
    """One for a folder. Ignored files, links and secrets are left out, as `agent.files.walk` says."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stop = threading.Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="files")
        self._finder: PathFinder | None = None
        self._read_at = float("-inf")
        self._latest = ""

    async def find(self, query: str) -> tuple[Match, ...]:
        """The files that fit, best first. Of questions that come faster than answers only the latest is answered."""
        self._latest = query
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._find, query)

    def close(self) -> None:
        """End the thread, and a walk that is under way."""
        self._stop.set()
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _find(self, query: str) -> tuple[Match, ...]:
        if query != self._latest or self._stop.is_set():
            return ()
        if self._finder is None or (not query and time.monotonic() - self._read_at > FRESH_SECONDS):
            from agent.files.walk import Walk, shown_name  # here, because its patterns are slow to import

            walk = Walk(self._folder, stop=self._stop)
            self._finder = PathFinder(shown_name(child.path) for child in walk.files())
            self._read_at = time.monotonic()
        return tuple(self._finder.find(query))
