"""What Ollama's error texts mean (ollama.md §3, §5, §7): for error answers and for error lines in a stream. No I/O."""

from __future__ import annotations

import re

from backends.decode import parse_json
from backends.errors import BackendError, ModelMissing, RequestRefused, ServerFailed, Unauthorized, UnexpectedAnswer
from backends.failures import overflow_in, plain_line
from backends.types import JsonObject

_MISSING = re.compile(r"model ['\"]?(?P<model>[^'\"\s]+)['\"]? not found")
_UNSUPPORTED = re.compile(r"does not support (?P<what>thinking|tools)")
_OUT_OF_MEMORY = re.compile(r"unable to allocate|out of memory|requires more system memory|cudaMalloc", re.IGNORECASE)


class CallUnparsed(ServerFailed):
    """The model wrote a call that the server could not read; `text` is the whole error, with the arguments in it."""

    def __init__(
        self, message: str, server_words: str = "", next_step: str = "", status: int | None = None, text: str = ""
    ) -> None:
        super().__init__(message, server_words, next_step, status)
        self.text = text


def error_in_answer(status: int, body: str) -> BackendError | None:
    """For `Transport`: the errors that only Ollama words so. None leaves the status to speak for itself."""
    text = error_text(body)
    if text.startswith("error parsing tool call"):
        return _unparsed(text, status)
    if match := _MISSING.search(text):
        return model_missing(match["model"], plain_line(text))
    if match := _UNSUPPORTED.search(text):
        return _unsupported(match["what"], text, status)
    if "think value" in text:
        return RequestRefused("The server refuses this effort.", plain_line(text), status=status, parameter="think")
    if "logprobs" in text:
        return RequestRefused("The server refuses logprobs.", plain_line(text), status=status, parameter="logprobs")
    if status == 401:
        return Unauthorized("Ollama's cloud wants you to sign in.", plain_line(text), "Run: ollama signin")
    if status == 403 and "cloud" in text:
        step = "Choose a model that runs on this machine, or allow cloud models in Ollama's settings."
        return RequestRefused("Ollama does not pass this model on to the cloud.", plain_line(text), step, status=status)
    if status == 403 and not text:
        step = "Ollama answers to local names only: write base_url with 127.0.0.1 or localhost, or set OLLAMA_ORIGINS."
        return RequestRefused("Ollama refuses the host name of this request (status 403).", "", step, status=status)
    if status >= 500 and text.startswith("option "):
        return RequestRefused("Ollama refuses an option.", plain_line(text), status=status, parameter="options")
    return _broken_engine(text, status) if status >= 500 and status != 503 else None


def error_in_line(line: JsonObject, name: str) -> BackendError:
    """The error of a `{"error": …}` line: the status was 200, so the text alone tells (ollama.md §6)."""
    error = line.get("error")
    text = error if isinstance(error, str) else str(error)
    if text.startswith("error parsing tool call"):
        return _unparsed(text, 200)
    return overflow_in(text, name) or _broken_engine(text, None)


def error_text(body: str) -> str:
    """The whole `error` string of a body, or the body itself when it is something else."""
    try:
        value = parse_json(body)
    except UnexpectedAnswer:
        return body.strip()
    error = value.get("error") if isinstance(value, dict) else None
    return error if isinstance(error, str) else body.strip()


def model_missing(model: str, words: str = "") -> ModelMissing:
    return ModelMissing(f"Ollama does not have the model {model}.", words, f"Get it: ollama pull {model}", model=model)


def _unparsed(text: str, status: int) -> CallUnparsed:
    return CallUnparsed(
        "Ollama could not read the call that the model wrote.", plain_line(text), "Ask again.", status=status, text=text
    )


def _unsupported(what: str, text: str, status: int) -> RequestRefused:
    parameter = "think" if what == "thinking" else "tools"
    step = "Choose a model that can call tools, such as gpt-oss:20b." if what == "tools" else ""
    return RequestRefused(f"This model has no {what}.", plain_line(text), step, status=status, parameter=parameter)


def _broken_engine(text: str, status: int | None) -> ServerFailed:
    if _OUT_OF_MEMORY.search(text):
        step = "Choose a smaller window or model, or free memory: ollama ps shows what is loaded."
        return ServerFailed("The model does not fit into memory.", plain_line(text), step, status=status)
    return ServerFailed(
        "Ollama failed while running the model.", plain_line(text), "Ask again: it loads the model anew.", status=status
    )
