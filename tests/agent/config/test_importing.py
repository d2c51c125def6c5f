"""Taking over what Codex and LM Studio have: what would be written, what stays, and nothing before a yes."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest

from agent.commands.importing import ImportArguments, main
from agent.config.importing import Import, from_codex, from_lmstudio
from agent.config.load import Overrides, load_config
from agent.config.reading import ConfigError, read_sections

ONE_FILE = """\
model = "gpt-5.5"
approval_policy = "never"

[profiles.local]
model_provider = "lms"
model = "gpt-oss:120b"

[profiles.cloud]
model_reasoning_effort = "high"

[model_providers.lms]
name = "LM Studio"
base_url = "http://localhost:1234/v1"
http_headers = { X-Key = "secret" }

[mcp_servers.git]
command = "uvx"
args = ["mcp-server-git"]
env = { TOKEN = "secret" }
trusted = true
"""


@pytest.fixture
def codex(tmp_path: Path) -> Path:
    folder = tmp_path / "codex"
    folder.mkdir()
    (folder / "config.toml").write_text(ONE_FILE)
    return folder


def taken(folder: Path, own: str = "") -> Import:
    home = folder.parent / "own"
    home.mkdir(exist_ok=True)
    (home / "config.toml").write_text(own)
    return from_codex(folder, read_sections(home / "config.toml"))


def test_providers_profiles_and_tool_servers_come_over(codex: Path) -> None:
    values = taken(codex).values
    assert values["profiles", "local", "model"] == "gpt-oss:120b"
    assert values["model_providers", "lms", "base_url"] == "http://localhost:1234/v1"
    assert values["mcp_servers", "git", "args"] == ("mcp-server-git",)


def test_a_profile_keeps_the_provider_that_it_has_there(codex: Path) -> None:
    values = taken(codex, 'model_provider = "ollama"\nmodel = "gpt-oss:20b"\n').values
    assert values["profiles", "cloud", "model_provider"] == "openai"
    assert values["profiles", "cloud", "model"] == "gpt-5.5"
    assert ("model",) not in values


def test_a_profile_in_a_file_of_its_own_is_laid_over_the_main_one(codex: Path) -> None:
    (codex / "deep-review.config.toml").write_text('model_provider = "lms"\nmodel = "gpt-oss:20b"\n')
    values = taken(codex).values
    assert values["profiles", "deep-review", "model_provider"] == "lms"
    assert values["profiles", "deep-review", "model"] == "gpt-oss:20b"


def test_profiles_in_files_need_no_main_one(tmp_path: Path) -> None:
    folder = tmp_path / "codex"
    folder.mkdir()
    (folder / "work.config.toml").write_text('model = "gpt-5.5"\n')
    assert taken(folder).values["profiles", "work", "model_provider"] == "openai"


def test_what_is_in_our_file_already_stays(codex: Path) -> None:
    found = taken(codex, '[profiles.local]\nmodel_provider = "ollama"\n')
    assert "profiles.local" in found.kept
    assert not any(path[:2] == ("profiles", "local") for path in found.values)


def test_trust_in_a_tool_server_is_not_taken_over(codex: Path) -> None:
    assert ("mcp_servers", "git", "trusted") not in taken(codex).values


def test_what_may_be_a_key_is_not_shown(codex: Path) -> None:
    shown = str(taken(codex).shown())
    assert "secret" not in shown
    assert "X-Key" in shown


def test_a_profile_whose_provider_cannot_be_read_is_left_out(codex: Path) -> None:
    (codex / "config.toml").write_text('[profiles.odd]\nmodel_provider = 7\nmodel = "m"\n')
    found = taken(codex)
    assert found.values == {}
    assert any("odd" in remark for remark in found.remarks)


def test_without_any_file_it_says_where_it_looked(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nowhere"):
        from_codex(tmp_path / "nowhere", read_sections(tmp_path / "none"))


# ── LM Studio ────────────────────────────────────────────────────────────────


def test_the_tool_servers_of_mcp_json_come_over(tmp_path: Path) -> None:
    servers = {"files": {"command": "npx", "args": ["-y", "files"], "env": {"A": "b"}}, "web": {"url": "http://x/mcp"}}
    (tmp_path / "mcp.json").write_text(json.dumps({"mcpServers": servers}))
    values = from_lmstudio(tmp_path / "mcp.json", read_sections(tmp_path / "none")).values
    assert values["mcp_servers", "files", "command"] == "npx"
    assert values["mcp_servers", "web", "url"] == "http://x/mcp"


@pytest.mark.parametrize("text", ["", "[]", "{", '{"mcpServers": 3}', '{"other": {}}', "[" * 5_000])
def test_a_file_that_is_no_mcp_json_is_told_with_its_name(tmp_path: Path, text: str) -> None:
    (tmp_path / "mcp.json").write_text(text)
    with pytest.raises(ConfigError, match=r"mcp\.json"):
        from_lmstudio(tmp_path / "mcp.json", read_sections(tmp_path / "none"))


@pytest.mark.parametrize("server", [3, {"command": 4}, {"args": "x"}, {"headers": {"A": "b"}}])
def test_a_server_in_another_form_is_a_remark(tmp_path: Path, server: object) -> None:
    (tmp_path / "mcp.json").write_text(json.dumps({"mcpServers": {"odd": server}}))
    found = from_lmstudio(tmp_path / "mcp.json", read_sections(tmp_path / "none"))
    assert found.remarks
    assert found.values == {}


# ── the command ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("answer", "is_written"), [("y\n", True), ("n\n", False), ("", False)])
def test_it_shows_what_it_will_write_and_writes_only_after_a_yes(
    codex: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], answer: str, is_written: bool
) -> None:
    home = codex.parent / "home"
    home.mkdir()
    before = "# mine\n[ui]\ntheme = 'light'  # at night\n"
    (home / "config.toml").write_text(before)
    monkeypatch.setattr("sys.stdin", StringIO(answer))
    main(ImportArguments("codex", codex), {"OSS_TUI_HOME": str(home)})
    said = capsys.readouterr().out
    assert "[profiles.local]" in said
    assert "secret" not in said
    text = (home / "config.toml").read_text()
    assert text.startswith("# mine\n")
    assert "theme = 'light'  # at night\n" in text
    assert (text != before) is is_written
    if is_written:
        loaded = load_config(home, Overrides(profile="local"), {})
        assert (loaded.default_profile.provider.id, loaded.default_profile.model) == ("lms", "openai/gpt-oss-120b")
        assert loaded.problems == ()
