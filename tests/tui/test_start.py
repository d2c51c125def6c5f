"""The start: what may be imported before the first paint, and what the command line says when it cannot start."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from themes import ThemeProblem
from themes.wardrobe import Wardrobe
from tui.starting import choose_theme

ROOT = Path(__file__).parents[2]

SLOW = {
    "git",
    "httpx",
    "httpcore",
    "markdown_it",
    "mcp",
    "pygments",
    "tiktoken",
    "tomlkit",
    "tree_sitter",
}
"""None of these is needed before the first paint (PERFORMANCE.md, "Start")."""

FIRST_PAINT = """
import asyncio, sys
from tui.app import OssApp
from tui.chat.screen import Start
from tui.chat.talking import Talking
from tui.starting import AppArguments
from agent.config.load import Overrides, find_home, load_config
from tui.configuration import OwnConfiguration
from themes.wardrobe import Wardrobe
from pathlib import Path

config = load_config(find_home().config)
loaded = []
Talking.open = lambda self: loaded.extend(name for name, module in sys.modules.items() if module)
from tui.conversation.services import Engine
own = OwnConfiguration(find_home(), config, Overrides(profile="demo"))
start = Start(config.default_profile, own, Path.cwd(), Engine(Path.cwd(), find_home()))

async def main():
    async with OssApp(start, Wardrobe(), "dark").run_test() as pilot:
        await pilot.pause()

asyncio.run(main())
print(*loaded, file=sys.__stdout__)
"""


def run(*arguments: str, home: Path, **extra: str) -> subprocess.CompletedProcess[str]:
    env = {"PATH": os.environ["PATH"], "HOME": str(home), "OSS_TUI_HOME": str(home), "PYTHONPATH": str(ROOT)} | extra
    return subprocess.run(
        [sys.executable, "-P", *arguments], env=env, cwd=home, capture_output=True, text=True, stdin=subprocess.DEVNULL
    )


def packages(output: str) -> set[str]:
    return {name.split(".")[0] for name in output.split()}


def test_nothing_slow_is_imported_before_the_first_paint(tmp_path: Path) -> None:
    done = run("-c", FIRST_PAINT, home=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "textual" in packages(done.stdout)
    assert packages(done.stdout) & SLOW == set()


@pytest.mark.parametrize("others", [(), ("--oss",)])
def test_the_version_needs_neither_screen_nor_network(tmp_path: Path, others: tuple[str, ...]) -> None:
    done = run("-X", "importtime", "-m", "tui.cli", *others, "--version", home=tmp_path)
    assert done.stdout.startswith("oss-tui ")
    imported = packages(done.stderr.replace("|", " "))
    assert imported & (SLOW | {"textual", "rich", "asyncio"}) == set()


def test_asking_without_a_screen_imports_none(tmp_path: Path) -> None:
    done = run("-X", "importtime", "-m", "tui.cli", "exec", "--help", home=tmp_path)
    assert done.returncode == 0
    assert packages(done.stderr.replace("|", " ")) & {"textual", "rich"} == set()


@pytest.mark.parametrize("arguments", [["--help"], ["exec", "--help"]], ids=["oss-tui", "exec"])
def test_the_help_has_examples(tmp_path: Path, arguments: list[str]) -> None:
    done = run("-m", "tui.cli", *arguments, home=tmp_path)
    assert "examples:" in done.stdout
    assert all(len(line) <= 100 for line in done.stdout.splitlines())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param([], "no terminal", id="no terminal"),
        pytest.param(["-C", "/does/not/exist"], "no", id="no such folder"),
        pytest.param(["exec", ""], "the prompt is empty", id="nothing to ask"),
        pytest.param(["exec", "--profile", "nope", "hi"], "nope", id="no such profile"),
        pytest.param(["exec", "--oss", "hi"], "which server to use: ollama, lmstudio, mlx", id="no server for --oss"),
        pytest.param(["--frobnicate"], "--frobnicate", id="no such option"),
    ],
)
def test_wrong_use_is_one_clear_line_and_exit_code_two(tmp_path: Path, arguments: list[str], words: str) -> None:
    done = run("-m", "tui.cli", *arguments, home=tmp_path, TERM="xterm")
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_the_opened_folder_is_not_on_the_import_path(tmp_path: Path) -> None:
    """THREATS.md W4: a module in the folder is never imported in place of ours or the system's."""
    for name in ("httpx", "json", "textual", "tui", "agent", "sitecustomize", "argparse"):
        (tmp_path / f"{name}.py").write_text("open('marker', 'w')\n")
    done = run("-m", "tui.cli", "--version", home=tmp_path)
    assert done.stdout.startswith("oss-tui ")
    assert not (tmp_path / "marker").exists()


# ── themes ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "chosen"),
    [
        pytest.param("light", "light", id="by name"),
        pytest.param("auto", "auto", id="as the terminal is"),
        pytest.param("gone", "dark", id="a theme that went away"),
    ],
)
def test_the_theme_is_chosen(name: str, chosen: str) -> None:
    assert choose_theme(name, "light", Wardrobe(), is_required=False) == chosen


def test_an_unknown_theme_on_the_command_line_is_an_error_that_lists_them() -> None:
    with pytest.raises(ThemeProblem, match="dark, light"):
        choose_theme("gone", "dark", Wardrobe(), is_required=True)
    with pytest.raises(ThemeProblem, match=r"did you mean gruvbox\?"):
        choose_theme("gruvbux", "dark", Wardrobe(), is_required=True)


@pytest.fixture
def broken(tmp_path: Path) -> Wardrobe:
    (tmp_path / "mine.toml").write_text("title = ")
    return Wardrobe(tmp_path)


def test_a_broken_theme_on_the_command_line_is_told_with_its_file(broken: Wardrobe, tmp_path: Path) -> None:
    with pytest.raises(ThemeProblem, match=str(tmp_path / "mine.toml")):
        choose_theme("mine", "dark", broken, is_required=True)


def test_a_broken_theme_of_the_configuration_is_dark_and_told(broken: Wardrobe) -> None:
    assert choose_theme("mine", "dark", broken, is_required=False) == "dark"
    (problem,) = broken.take_problems()
    assert "mine.toml" in problem
