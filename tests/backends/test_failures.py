"""Error answers of every shape to typed errors with the server's own words (THREATS.md S6)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from backends.errors import (
    BackendError,
    Busy,
    RequestRefused,
    ServerFailed,
    Unauthorized,
    WindowOverflow,
)
from backends.failures import WORDS_LIMIT, error_for_status, overflow_in, retry_after, server_words
from backends.types import Provider, Secret

KEY = "sk-canary-0123456789"
PROVIDER = Provider(
    "cloud",
    "openai",
    "Cloud",
    "https://example.test/v1",
    env_key="CLOUD_KEY",
    key=Secret(KEY),
    headers={"x": "header-canary"},
)
NOON = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        pytest.param(b'{"error":{"message":"no such thing","code":1}}', "no such thing", id="object"),
        pytest.param(b'{"error":"no such thing"}', "no such thing", id="string"),
        pytest.param(b'{"message":"no such thing"}', "no such thing", id="message"),
        pytest.param(b'{"detail":[{"msg":"no such thing"}]}', "no such thing", id="detail list"),
        pytest.param(b'"no such thing"', "no such thing", id="bare JSON string"),
        pytest.param(
            b'{"error":"{\\"error\\":{\\"message\\":\\"no such thing\\"}}"}', "no such thing", id="JSON in a string"
        ),
        pytest.param(b'{"error":{"message":"no such th', "no such th", id="cut off"),
        pytest.param(b"<html><head><title>502 Bad &amp; Gateway</title></head>", "502 Bad & Gateway", id="HTML"),
        pytest.param(b"<html><body><p>Down</p></body>", "Down", id="HTML without title"),
        pytest.param(b"404 page not found\nand more", "404 page not found", id="plain text"),
        pytest.param(b"", "", id="empty"),
        pytest.param(b"42", "42", id="a number"),
        pytest.param(b'{"error":null}', "", id="null"),
        pytest.param(b"\xff\x00", "�", id="bytes that are no text"),
        pytest.param(b'{"error":"\\u001b[31mred\\u001b[0m \\u202eback"}', "[31mred [0m back", id="terminal control"),
        pytest.param(b"x" * 10_000, "x" * WORDS_LIMIT, id="endless"),
        pytest.param(b"[" * 100_000, "[" * WORDS_LIMIT, id="deep"),
        pytest.param(f'{{"error":"wrong key {KEY}"}}'.encode(), "wrong key ••••", id="quotes the key"),
        pytest.param(b"header-canary is bad", "•••• is bad", id="quotes a header"),
    ],
)
def test_the_servers_own_words_are_found_and_made_harmless(body: bytes, words: str) -> None:
    assert server_words(body, PROVIDER).strip() == words


@pytest.mark.parametrize(
    ("status", "headers", "body", "kind", "says"),
    [
        pytest.param(400, {}, b'{"error":{"message":"bad","param":"top_k"}}', RequestRefused, "status 400", id="400"),
        pytest.param(401, {}, b'{"error":"no key"}', Unauthorized, "CLOUD_KEY", id="401"),
        pytest.param(403, {}, b"", Unauthorized, "CLOUD_KEY", id="403 empty"),
        pytest.param(404, {}, b"<h1>Not Found</h1>", RequestRefused, "Not Found", id="404 HTML"),
        pytest.param(413, {}, b"", RequestRefused, "larger", id="413"),
        pytest.param(429, {"retry-after": "7"}, b'{"error":"slow down"}', Busy, "7 s", id="429 with Retry-After"),
        pytest.param(429, {}, b'{"error":{"code":"insufficient_quota"}}', RequestRefused, "quota", id="429 quota"),
        pytest.param(503, {}, b'{"error":"server busy"}', Busy, "server busy", id="503"),
        pytest.param(500, {}, b'{"error":"broken', ServerFailed, "broken", id="500 cut off"),
        pytest.param(502, {}, b"<title>Bad Gateway</title>", ServerFailed, "Bad Gateway", id="502 HTML"),
        pytest.param(529, {}, b"", Busy, "529", id="529"),
        pytest.param(307, {"location": "http://evil.test/x"}, b"", RequestRefused, "http://evil.test/x", id="307"),
        pytest.param(304, {}, b"", RequestRefused, "unnamed", id="304"),
        pytest.param(
            400,
            {},
            b'{"error":{"code":"context_length_exceeded","message":"too long"}}',
            WindowOverflow,
            "fit",
            id="overflow",
        ),
    ],
)
def test_a_status_becomes_the_error_that_a_caller_can_act_on(
    status: int, headers: dict[str, str], body: bytes, kind: type[BackendError], says: str
) -> None:
    error = error_for_status(status, headers, body, PROVIDER)
    assert type(error) is kind
    assert says in str(error)


def test_a_key_never_shows_in_an_error() -> None:
    for status in (302, 400, 401, 404, 429, 500):
        body = f'{{"error":{{"message":"{KEY}","param":"p"}}}}'.encode()
        error = error_for_status(status, {"location": f"http://x/?k={KEY}"}, body, PROVIDER)
        assert KEY not in f"{error!r}{error}"
        assert "header-canary" not in f"{error!r}{error}"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        pytest.param({"retry-after": "30"}, 30.0, id="seconds"),
        pytest.param({"retry-after-ms": "1500", "retry-after": "30"}, 1.5, id="milliseconds first"),
        pytest.param({"retry-after": "Sun, 22 Nov 2026 12:00:20 GMT"}, 20.0, id="date"),
        pytest.param({"retry-after": "Sun, 22 Nov 2026 11:00:00 GMT"}, 0.0, id="past date"),
        pytest.param({"retry-after": "-5"}, None, id="negative"),
        pytest.param({"retry-after": "soon"}, None, id="words"),
        pytest.param({"retry-after": "9" * 400}, None, id="absurd"),
        pytest.param({}, None, id="absent"),
    ],
)
def test_retry_after_is_read_in_every_spelling(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers, NOON) == seconds


@pytest.mark.parametrize(
    ("text", "prompt", "window"),
    [
        pytest.param(
            "request (3834 tokens) exceeds the available context size (1024 tokens), try increasing it",
            3834,
            1024,
            id="llama.cpp",
        ),
        pytest.param('{"n_prompt_tokens": 7545, "n_ctx": 1024}', 7545, 1024, id="fields alone"),
        pytest.param(
            "maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens",
            9000,
            8192,
            id="OpenAI",
        ),
        pytest.param(
            "the prompt is longer than the context length currently available to the model", None, None, id="words"
        ),
    ],
)
def test_an_overflow_is_known_by_its_words_with_both_numbers(text: str, prompt: int | None, window: int | None) -> None:
    error = overflow_in(text, "Server")
    assert error is not None
    assert (error.prompt_tokens, error.window) == (prompt, window)


def test_other_words_are_no_overflow() -> None:
    assert overflow_in("the window is open", "Server") is None
