"""The commands beside the screen: lists, the effective configuration, the question of --oss, completion."""

from __future__ import annotations

import json
import subprocess
from io import StringIO
from pathlib import Path

import pytest

from agent.commands.choosing import ask, to_remember
from agent.config.reading import ConfigError, read_sections
from backends.discovery import FoundServer
from backends.types import ServerInfo
from tests.tui.test_start import run
from tui.cli import main_parser
from tui.command_line.commands import COMMANDS
from tui.command_line.completion import Shell, script

FILE = '[profiles.deep]\nmodel_provider = "ollama"\nmodel = "gpt-oss:120b"\nmodel_reasoning_effort = "high"\n'


def oss_tui(home: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return run("-m", "tui.cli", *arguments, home=home, **variables)


def test_every_setting_is_told_with_its_value_and_origin(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(FILE)
    done = oss_tui(tmp_path, "config", "show", "--json", "-p", "deep", "-c", "permissions.mode=read-only")
    told = {one["name"]: (one["value"], one["origin"]) for one in json.loads(done.stdout)["settings"]}
    assert told["model"] == ("gpt-oss:120b", f"profile deep ({tmp_path}/config.toml:3)")
    assert told["permissions.mode"] == ("read-only", "-c permissions.mode")
    assert told["ui.theme"][1] == "default"
    assert told["model_providers.ollama.base_url"][0] == "http://localhost:11434"


def test_the_path_of_the_file_is_told(tmp_path: Path) -> None:
    assert oss_tui(tmp_path, "config", "path").stdout.strip() == str(tmp_path / "config.toml")


def test_editing_hands_the_file_to_the_editor(tmp_path: Path) -> None:
    done = oss_tui(tmp_path, "config", "edit", EDITOR="echo edits")
    assert done.stdout.strip() == f"edits {tmp_path}/config.toml"
    assert (tmp_path / "config.toml").exists()


def test_editing_without_an_editor_tells_where_the_file_is(tmp_path: Path) -> None:
    done = oss_tui(tmp_path, "config", "edit")
    assert done.returncode == 2
    assert "config.toml" in done.stderr


def test_the_profiles_are_listed_without_asking_a_server(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(FILE)
    assert oss_tui(tmp_path, "profiles", "--names").stdout.split() == ["deep", "ollama", "lmstudio", "mlx", "demo"]
    assert json.loads(oss_tui(tmp_path, "profiles", "--json").stdout)[0]["is_default"] is True


def test_the_models_of_a_profile_are_listed(tmp_path: Path) -> None:
    assert "demo" in oss_tui(tmp_path, "models", "-p", "demo").stdout


def test_a_command_after_an_option_is_no_prompt(tmp_path: Path) -> None:
    done = oss_tui(tmp_path, "-p", "demo", "doctor", TERM="xterm")
    assert done.returncode == 2
    assert "the command comes first" in done.stderr


def test_the_help_lists_every_command(tmp_path: Path) -> None:
    text = oss_tui(tmp_path, "--help").stdout
    assert all(f"\n  {one.name} " in text for one in COMMANDS)


# ── which server --oss means ─────────────────────────────────────────────────

RUNNING = (FoundServer("lmstudio", "LM Studio", "http://localhost:1234/v1", ServerInfo("lmstudio")),)


@pytest.mark.parametrize(
    ("typed", "chosen"),
    [
        pytest.param("1\n", "ollama", id="by number"),
        pytest.param("mlx\n", "mlx", id="by name"),
        pytest.param("\n", "lmstudio", id="what runs"),
        pytest.param("7\nx\n2\n", "lmstudio", id="asked again"),
    ],
)
def test_the_question_shows_what_runs_and_takes_a_number_or_a_name(typed: str, chosen: str) -> None:
    out = StringIO()
    assert ask(RUNNING, StringIO(typed), out) == chosen
    assert "LM Studio  running at http://localhost:1234/v1" in out.getvalue()


def test_no_answer_chooses_nothing() -> None:
    with pytest.raises(ConfigError):
        ask((), StringIO(""), StringIO())


@pytest.mark.parametrize(
    ("port", "file", "kept"),
    [
        pytest.param(8888, "", None, id="where it is looked for first"),
        pytest.param(8080, "", "http://localhost:8080/v1", id="at its second usual address"),
        pytest.param(8080, '[model_providers.mlx]\nbase_url = "http://localhost:7/v1"', None, id="the file's stays"),
    ],
)
def test_the_address_is_remembered_with_the_choice_where_it_would_not_be_found_again(
    tmp_path: Path, port: int, file: str, kept: str | None
) -> None:
    (tmp_path / "config.toml").write_text(file)
    found = (FoundServer("mlx", "MLX", f"http://localhost:{port}/v1", ServerInfo("mlx")),)
    values = to_remember("mlx", found, read_sections(tmp_path / "config.toml"))
    assert values["oss_provider",] == "mlx"
    assert values.get(("model_providers", "mlx", "base_url")) == kept


# ── completion ───────────────────────────────────────────────────────────────


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_command_and_option_is_completed(shell: Shell) -> None:
    text = script(shell, main_parser(), {one.name: (one.about, one.parser()) for one in COMMANDS})
    flags = ["--profile", "--continue", "--approve", "--codex", "--deep"]
    assert all(one.name in text for one in COMMANDS)
    assert all((flag if shell != "fish" else f"-l {flag[2:]}") in text for flag in flags)


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        pytest.param("oss-tui do", "doctor", id="a command"),
        pytest.param("oss-tui config im", "import", id="an action"),
        pytest.param("oss-tui exec --appr", "--approve", id="an option"),
        pytest.param("oss-tui exec --approve ed", "edits", id="a choice"),
        pytest.param("oss-tui completion fi", "fish", id="an argument"),
    ],
)
def test_bash_completes(words: str, offered: str) -> None:
    text = script("bash", main_parser(), {one.name: (one.about, one.parser()) for one in COMMANDS})
    typed = words.split(" ")
    shell = f'{text}\nCOMP_WORDS=({words}); COMP_CWORD={len(typed) - 1}; _oss_tui; echo "${{COMPREPLY[@]}}"'
    done = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, check=True)
    assert offered in done.stdout.split()
