"""A newcomer with a server and no model, no configuration and no mouse: from the first screen to the first answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.agent.test_checkup import ollama
from tests.pty.driver import Screen, oss_tui
from tests.wire.replay import NOT_FOUND, ReplayServer, Reply, Request, json_reply, load

pytestmark = pytest.mark.integration

NOWHERE = "http://127.0.0.1:9"


class FreshOllama:
    """Ollama as it was recorded, without any model until one is pulled. `log` tells what it was asked to do."""

    def __init__(self, pause: float = 0.05) -> None:
        self.log: list[str] = []
        self._pull = replace(
            load("ollama", "pull_full").reply(lambda body: body.splitlines(keepends=True)), pause=pause
        )
        self._routes = ollama()

    def __call__(self, asked: Request) -> Reply:
        match asked.route:
            case "GET /api/tags" if "pull gpt-oss:20b" not in self.log:
                return json_reply({"models": []})
            case "POST /api/pull":
                self.log.append(f"pull {asked.json['model']}")
                return self._pull
            case "POST /api/chat" if "messages" not in asked.json:
                self.log.append(f"load {asked.json['options']['num_ctx']}")
                return load("ollama", "load_only").reply()
            case "POST /api/chat" if any(tool["function"]["name"] == "report_status" for tool in asked.json["tools"]):
                self.log.append("try a tool call")
            case "POST /api/chat":
                self.log.append(f"ask {asked.json['model']} {asked.json['options']['num_ctx']}")
                return load("ollama", "chat_plain").reply()
            case _:
                pass
        return self._routes.get(asked.route, NOT_FOUND)


async def hands(act: Callable[[], None]) -> None:
    """A person's doing, beside the server that answers in this loop."""
    await asyncio.to_thread(act)


def folders(tmp_path: Path) -> tuple[Path, Path]:
    home, folder = tmp_path / "home", tmp_path / "work"
    home.mkdir()
    folder.mkdir()
    return home, folder


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (120, 40)])
async def test_from_nothing_to_an_answer_with_the_keyboard_alone(tmp_path: Path, columns: int, rows: int) -> None:
    home, folder = folders(tmp_path)
    fresh = FreshOllama()

    def newcomer(screen: Screen) -> None:
        screen.wait_for("Welcome to oss-tui", "GB", "Ollama", "model missing", "set it up")
        screen.press("enter")
        screen.wait_for("%", "GiB")
        screen.wait_for("Ready", "go on")
        screen.press("enter")
        screen.wait_for("from here on: ollama")
        screen.type("hello")
        screen.wait_for("❯ hello")
        screen.press("enter")
        screen.wait_for("Ready when you are.")

    async with ReplayServer(fresh) as server:
        with oss_tui(home=home, folder=folder, columns=columns, rows=rows, OLLAMA_HOST=server.url) as screen:
            await hands(lambda: newcomer(screen))
    assert fresh.log[:3] == ["pull gpt-oss:20b", "load 65536", "try a tool call"]
    assert "ask gpt-oss:20b 65536" in fresh.log
    assert 'profile = "ollama"' in (home / "oss-tui/config.toml").read_text()


async def test_a_download_is_stopped_with_escape_and_nothing_is_written(tmp_path: Path) -> None:
    home, folder = folders(tmp_path)

    def newcomer(screen: Screen) -> None:
        screen.wait_for("model missing")
        screen.press("enter")
        screen.wait_for("%")
        screen.press("escape")
        screen.wait_for("stopped", "Welcome")

    async with ReplayServer(FreshOllama(pause=1.0)) as server:
        with oss_tui(home=home, folder=folder, OLLAMA_HOST=server.url) as screen:
            await hands(lambda: newcomer(screen))
            assert not (home / "oss-tui/config.toml").exists()


async def test_looking_again_finds_what_came_meanwhile(tmp_path: Path) -> None:
    home, folder = folders(tmp_path)
    fresh = FreshOllama()

    def newcomer(screen: Screen) -> None:
        screen.wait_for("model missing", "r look again")
        fresh.log.append("pull gpt-oss:20b")  # in another terminal
        screen.type("r")
        screen.wait_gone("model missing")

    async with ReplayServer(fresh) as server:
        with oss_tui(home=home, folder=folder, OLLAMA_HOST=server.url) as screen:
            await hands(lambda: newcomer(screen))


def test_without_any_server_the_demo_is_one_key_away(tmp_path: Path) -> None:
    home, folder = folders(tmp_path)
    with oss_tui(home=home, folder=folder, OLLAMA_HOST=NOWHERE) as screen:
        screen.wait_for("Welcome to oss-tui", "not running", "d demo")
        screen.press("enter")
        screen.wait_for("cannot be reached", "Start it, then r looks again")
        screen.press("d")
        screen.wait_gone("Welcome")
        screen.type("hello")
        screen.press("enter")
        screen.wait_for("This is a demonstration")


def test_the_welcome_comes_once_by_itself_and_then_a_line_tells_its_key(tmp_path: Path) -> None:
    home, folder = folders(tmp_path)
    for seen in ("Welcome to oss-tui", "F3 looks for a model on this machine"):
        with oss_tui(home=home, folder=folder, OLLAMA_HOST=NOWHERE) as screen:
            said = screen.wait_for(seen)
            assert ("Welcome" in said) == ("Welcome" in seen)
            screen.press("escape")
            screen.wait_gone("Welcome")
            screen.press("f3")
            screen.wait_for("What runs on this machine")


def test_a_prompt_of_the_command_line_waits_for_the_welcome(tmp_path: Path) -> None:
    home, folder = folders(tmp_path)
    with oss_tui("hello there", home=home, folder=folder, OLLAMA_HOST=NOWHERE) as screen:
        screen.wait_for("Welcome to oss-tui", "not running")
        screen.press("d")
        screen.wait_for("hello there", "This is a demonstration")


def test_a_slash_command_of_the_command_line_is_done_at_once(tmp_path: Path) -> None:
    home, folder = folders(tmp_path)
    with oss_tui("--profile", "demo", "/debug-config", home=home, folder=folder) as screen:
        screen.wait_for("The effective configuration", "model_provider", "built-in")


def test_oss_asks_which_server_and_remembers(tmp_path: Path) -> None:
    home, folder = folders(tmp_path)
    with oss_tui("--oss", home=home, folder=folder, OLLAMA_HOST=NOWHERE) as screen:
        screen.wait_for("1  Ollama", "2  LM Studio", "3  MLX", "Which one")
        screen.type("2\r")
        screen.wait_for("LM Studio", "openai/gpt-oss-20b", "ctx")
    assert (home / "oss-tui/config.toml").read_text() == 'oss_provider = "lmstudio"\n'


def test_exec_asks_the_same_and_goes_on_with_the_answer(tmp_path: Path) -> None:
    home, folder = folders(tmp_path)
    with oss_tui("exec", "--oss", "hello", home=home, folder=folder, OLLAMA_HOST=NOWHERE) as screen:
        screen.wait_for("1  Ollama", "Which one")
        screen.type("1\r")
        screen.wait_for('oss_provider = "ollama" written', f"Ollama at {NOWHERE} cannot be reached")
