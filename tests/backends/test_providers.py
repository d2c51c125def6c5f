"""The table of known servers and the spellings of gpt-oss."""

from __future__ import annotations

import pytest

from backends.providers import (
    KNOWN_SERVERS,
    detect_kind,
    gpt_oss_size,
    is_loopback,
    is_remote_model,
    own_name,
    tidy_base_url,
)
from backends.types import BackendKind


@pytest.mark.parametrize(
    ("model", "size"),
    [
        ("gpt-oss:20b", "20b"),
        ("openai/gpt-oss-120b", "120b"),
        ("GPT-OSS:20B", "20b"),
        ("SuperagenticAI/gpt-oss-20b-8bit-mlx", "20b"),
        ("mlx-community/gpt-oss-120b-MXFP4-Q8", "120b"),
        ("gpt-oss-20b@q4", "20b"),
        ("gpt-oss:latest", None),
        ("gpt-oss-codex", None),
        ("qwen3-coder:30b", None),
        ("my-gpt-oss-20bx", None),
        ("", None),
    ],
)
def test_the_size_of_a_gpt_oss_is_read_from_any_spelling(model: str, size: str | None) -> None:
    assert gpt_oss_size(model) == size


@pytest.mark.parametrize("kind", ["ollama", "lmstudio", "mlx"])
@pytest.mark.parametrize("spelling", ["gpt-oss:20b", "openai/gpt-oss-20b", "gpt-oss-20b", " gpt-oss:20b "])
def test_a_plain_name_becomes_the_servers_own(kind: BackendKind, spelling: str) -> None:
    row = next(row for row in KNOWN_SERVERS.values() if row.kind == kind)
    assert own_name(kind, spelling) == row.gpt_oss["20b"]
    assert own_name(kind, row.gpt_oss["20b"]) == row.gpt_oss["20b"]


@pytest.mark.parametrize(
    "model", ["gpt-oss:20b-cloud", "me/gpt-oss-20b-4bit", "gpt-oss-codex", "qwen/qwen3-coder-30b", ""]
)
def test_any_other_name_is_kept(model: str) -> None:
    assert all(own_name(row.kind, model) == model for row in KNOWN_SERVERS.values())


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://localhost:1", True),
        ("http://LOCALHOST.:1", True),
        ("http://127.1.2.3:1", True),
        ("http://[::1]:1", True),
        ("http://[::ffff:127.0.0.1]:1", True),
        ("http://0.0.0.0:1", True),
        ("", True),
        ("http://localhost.evil.example", False),
        ("http://127.0.0.1.example", False),
        ("http://localhost@evil.example", False),
        ("http://10.0.0.1", False),
        ("http://[fe80::1]", False),
        ("http://[broken", False),
        ("localhost:11434", False),
    ],
)
def test_only_this_machine_counts_as_local(url: str, local: bool) -> None:
    assert is_loopback(url) is local


@pytest.mark.parametrize(
    ("model", "remote"), [("gpt-oss:120b-cloud", True), ("kimi:cloud", True), ("cloud", False), ("gpt-oss:20b", False)]
)
def test_ollamas_cloud_models_are_known_by_name(model: str, remote: bool) -> None:
    assert is_remote_model("ollama", model) is remote
    assert not is_remote_model("lmstudio", model)


def test_detection_prefers_the_id_then_the_port_then_the_name() -> None:
    assert detect_kind("mlx", "LM Studio", "http://localhost:11434") == "mlx"
    assert detect_kind("x", "my mlx box", "http://localhost:11434") == "ollama"
    assert detect_kind("x", "my mlx box", "http://localhost:9999") == "mlx"
    assert detect_kind("x", "box", "http://localhost:99999") == "openai"


def test_addresses_lose_what_the_native_api_does_not_have() -> None:
    assert tidy_base_url("ollama", "http://localhost:11434/v1/") == "http://localhost:11434"
    assert tidy_base_url("lmstudio", "http://localhost:1234/v1/") == "http://localhost:1234/v1"
