"""How many tokens a text is, in gpt-oss's own vocabulary and with no network.

The vocabulary is package data; loading it takes about half a second, so it happens in a thread after the first paint
and until then a count is an estimate that says so.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    import tiktoken

VOCABULARY_SHA256 = "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d"
_VOCABULARY_CACHE_NAME = "fb374d419588a4632f3f557e76b4b70aebbca790"  # the name under which tiktoken looks for it
_BYTES_PER_TOKEN = 4  # for English prose and code alike, near enough for an estimate

_PIECE = 250_000
"""Characters that are counted in one go, a token more or less for each: tiktoken 0.14 panics at a million blanks."""


class VocabularyDamaged(Exception):
    """The packaged vocabulary is not the published one; counts stay estimates."""


class TokenCounter:
    """Counts tokens: exactly once `load` is done, by size before."""

    def __init__(self) -> None:
        self._encoding: tiktoken.Encoding | None = None

    @property
    def is_exact(self) -> bool:
        return self._encoding is not None

    async def load(self) -> None:
        """Load the vocabulary in a thread; raises VocabularyDamaged, or OSError when there is no room to unpack it."""
        if self._encoding is None:
            self._encoding = await asyncio.to_thread(load_encoding)

    def count(self, text: str) -> int:
        """Tokens of `text` as data: control-token spellings in it count as ordinary text."""
        if self._encoding is None:
            return -(-len(text.encode(errors="surrogatepass")) // _BYTES_PER_TOKEN)
        pieces = (text[at : at + _PIECE] for at in range(0, len(text), _PIECE))
        return sum(len(self._encoding.encode_ordinary(piece)) for piece in pieces)


def load_encoding() -> tiktoken.Encoding:
    """`o200k_harmony` from the packaged ranks, through tiktoken's own loader and its own check of the ranks."""
    import gzip

    import tiktoken
    from tiktoken_ext.openai_public import o200k_harmony  # pyright: ignore[reportMissingTypeStubs]

    packed = Path(__file__).with_name("data").joinpath("o200k_base.tiktoken.gz").read_bytes()
    ranks = gzip.decompress(packed)
    if hashlib.sha256(ranks).hexdigest() != VOCABULARY_SHA256:
        raise VocabularyDamaged("the packaged o200k_base vocabulary is damaged: reinstall oss-tui")
    with tempfile.TemporaryDirectory(prefix="oss-tui-vocabulary-") as folder:
        Path(folder, _VOCABULARY_CACHE_NAME).write_bytes(ranks)
        with _tiktoken_cache(folder):
            arguments = cast("dict[str, Any]", o200k_harmony())
    encoding = tiktoken.Encoding(**arguments)
    arguments["mergeable_ranks"].clear()  # the encoding has its own copy by now, and this one is 25 MB
    return encoding


@contextmanager
def _tiktoken_cache(folder: str) -> Generator[None]:
    """tiktoken can be told of its cache by this variable alone; it must never try to download."""
    before = os.environ.get("TIKTOKEN_CACHE_DIR")
    os.environ["TIKTOKEN_CACHE_DIR"] = folder
    try:
        yield
    finally:
        if before is None:
            del os.environ["TIKTOKEN_CACHE_DIR"]
        else:
            os.environ["TIKTOKEN_CACHE_DIR"] = before
