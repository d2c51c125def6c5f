"""LM Studio's own errors (lmstudio.md §6, §7): four forms of overflow, missing models, missing tokens. No I/O."""

from __future__ import annotations

import re

from backends.errors import BackendError, ModelMissing, ServerFailed, Unauthorized, WindowOverflow
from backends.failures import words_in
from backends.types import Provider

TOKEN_VARIABLE = "LM_API_TOKEN"  # noqa: S105  (the name that the server's own error gives, not a token)

_SIZES = (
    re.compile(r"input has (?P<prompt>\d{1,12}) tokens, but the context length only supports (?P<window>\d{1,12})"),
    re.compile(r"n_keep: (?P<prompt>\d{1,12})\s*>=\s*n_ctx: (?P<window>\d{1,12})"),
    re.compile(r"keep the first (?P<prompt>\d{1,12}) tokens[\s\S]*context length of only (?P<window>\d{1,12})"),
)
_OVERFLOW = re.compile(r"context length|n_ctx|n_keep", re.IGNORECASE)
_NAMED_MODEL = re.compile(r"[Mm]odel ['\"]([^'\"]+)['\"]")


def error_in_words(status: int, body: str, provider: Provider) -> BackendError | None:
    """The error that only this server means so, from a status and a body, or from the text of an `event: error`."""
    words = words_in(body)
    if status in (401, 403):
        return unauthorized(words, provider)
    if "Failed to load model" in body:
        return ServerFailed(
            "LM Studio could not load the model.",
            words,
            "Free memory, choose a smaller window or model, or relax the guardrails in LM Studio's settings.",
            status=status,
        )
    if _OVERFLOW.search(body):
        sizes = next((match for pattern in _SIZES if (match := pattern.search(body))), None)
        prompt, window = (int(sizes["prompt"]), int(sizes["window"])) if sizes else (None, None)
        return overflow(words, prompt, window)
    if "No models loaded" in body:
        return ModelMissing("LM Studio has no model loaded.", words, "Load one: lms load openai/gpt-oss-20b.")
    if "model_not_found" in body:
        named = _NAMED_MODEL.search(words)
        return model_missing(named[1] if named else "this model", words)
    return None


def overflow(words: str, prompt: int | None, window: int | None) -> WindowOverflow:
    needs = f"{prompt:,} tokens do not fit" if prompt is not None else "The prompt does not fit"
    into = f" into the window of {window:,} tokens" if window is not None else " into the window"
    return WindowOverflow(
        f"{needs}{into} at LM Studio.",
        words,
        "Compact the conversation or raise the window.",
        prompt_tokens=prompt,
        window=window,
    )


def unauthorized(words: str, provider: Provider) -> Unauthorized:
    variable = provider.env_key or TOKEN_VARIABLE
    if provider.key is not None:
        step = f"Check the token in {variable}."
    elif provider.env_key:
        step = f"Create a token in LM Studio and set the environment variable {variable}."
    else:
        step = f'Create a token in LM Studio, set the environment variable {variable}, and add env_key = "{variable}".'
    return Unauthorized("LM Studio wants an API token.", words, step, env_key=variable)


def model_missing(model: str, words: str = "") -> ModelMissing:
    return ModelMissing(
        f"LM Studio does not have the model {model}.", words, f"Download it: lms get {model}.", model=model
    )
