"""OLLAMA_HOST to a base URL that a client can connect to (ollama.md §12)."""

from __future__ import annotations

import pytest

from backends.ollama import base_url_from_host


@pytest.mark.parametrize(
    ("value", "url"),
    [
        pytest.param("", "http://127.0.0.1:11434", id="empty"),
        pytest.param("  ", "http://127.0.0.1:11434", id="blank"),
        pytest.param("0.0.0.0", "http://127.0.0.1:11434", id="everywhere"),
        pytest.param("0.0.0.0:8080", "http://127.0.0.1:8080", id="everywhere with a port"),
        pytest.param("http://0.0.0.0", "http://127.0.0.1:80", id="everywhere with a scheme"),
        pytest.param(":8080", "http://127.0.0.1:8080", id="port alone"),
        pytest.param("example.com", "http://example.com:11434", id="host alone"),
        pytest.param("example.com:1234", "http://example.com:1234", id="host and port"),
        pytest.param("http://example.com", "http://example.com:80", id="http"),
        pytest.param("https://example.com", "https://example.com:443", id="https"),
        pytest.param("HTTPS://example.com", "https://example.com:443", id="scheme in capitals"),
        pytest.param("https://example.com:8443", "https://example.com:8443", id="https and port"),
        pytest.param("example.com/ollama", "http://example.com:11434/ollama", id="path"),
        pytest.param("https://example.com/a/b/", "https://example.com:443/a/b", id="path with a slash at its end"),
        pytest.param("example.com:1234/", "http://example.com:1234", id="slash"),
        pytest.param("'127.0.0.1'", "http://127.0.0.1:11434", id="quotes"),
        pytest.param(' "10.0.0.1:1" ', "http://10.0.0.1:1", id="quotes and blanks"),
        pytest.param("::", "http://[::1]:11434", id="everywhere, IPv6"),
        pytest.param("[::]:8080", "http://[::1]:8080", id="everywhere, IPv6 and port"),
        pytest.param("::1", "http://[::1]:11434", id="IPv6"),
        pytest.param("[fe80::1]", "http://[fe80::1]:11434", id="IPv6 in brackets"),
        pytest.param("[fe80::1]:99", "http://[fe80::1]:99", id="IPv6 and port"),
        pytest.param("example.com:99999", "http://example.com:11434", id="no such port"),
        pytest.param("example.com:http", "http://example.com:11434", id="a port in words"),
    ],
)
def test_every_spelling_of_a_host_becomes_a_base_url(value: str, url: str) -> None:
    assert base_url_from_host(value) == url
