"""The errors of mlx_lm.server, which are nearly all 404 with a text (mlx.md §9). No I/O."""

from __future__ import annotations

import re

from backends.errors import BackendError, ModelMissing, RequestRefused, ServerFailed
from backends.failures import words_in

START = "mlx_lm.server --model SuperagenticAI/gpt-oss-20b-8bit-mlx --port 8888"
RESTART = f"Restart it: {START}"

_NOT_THERE = re.compile(
    r"Repo id must|cannot find an appropriate cached snapshot|repository not found|(401|404) client error"
    r"|couldn't connect to|no such file or directory|not a local folder",
    re.IGNORECASE,
)


def error_in_answer(status: int, body: str) -> BackendError | None:
    """The error that only this server means so."""
    words = words_in(body)
    if status == 503 and '"unavailable"' in body:
        return engine_dead("")
    if "generation thread died" in words:
        return engine_dead(words)
    if "os.PathLike object, not NoneType" in words:
        return ModelMissing(
            "mlx_lm.server was started without a model, and none of those it lists is asked for.",
            words,
            f"Choose one of its models, or start it with one: {START}",
        )
    if status == 404 and _NOT_THERE.search(words):
        return ModelMissing("mlx_lm.server does not have this model.", words, "Get it first: hf download ORG/NAME")
    if status == 404 and body.lstrip().startswith("{"):
        # every failure before generation has this status
        return RequestRefused("mlx_lm.server did not take the request.", words, status=status)
    return None


def engine_dead(words: str) -> ServerFailed:
    """Memory ran out, Metal failed or the model did not load; the port stays open, but nothing will answer again."""
    return ServerFailed("The engine of mlx_lm.server is dead, though its port still answers.", words, RESTART)
