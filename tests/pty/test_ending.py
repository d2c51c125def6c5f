"""`kill -TERM` whatever the program is at: the terminal as it was, the session on disk, nothing left running."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.agent.test_checkup import ollama
from tests.pty.driver import Screen, oss_tui
from tests.pty.hands import assert_restored
from tests.pty.test_hostile import answer
from tests.wire.replay import ReplayServer, Reply, Request

pytestmark = [pytest.mark.integration, pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")]

CONFIG = 'profile = "here"\n[profiles.here]\nmodel = "gpt-oss:20b"\nmodel_provider = "ollama"\n'
ASKED = "mend the login"
SLEEP = "sleep 7531"
NEVER = Reply(delay=600)
PATCH = "*** Begin Patch\n*** Add File: new.py\n+x = 1\n*** End Patch\n"


def full(content: str) -> Reply:
    """An answer behind a prompt that left hardly any room, as the server counted."""
    reply = answer(content)
    return Reply(
        headers=reply.headers,
        pieces=tuple(
            piece.replace(b'"prompt_eval_count": 900', b'"prompt_eval_count": 64000') for piece in reply.pieces
        ),
    )


class Server:
    """An Ollama that says `steps`, then never anything again."""

    def __init__(self, *steps: Reply) -> None:
        self._steps = list(steps)
        self._routes = ollama()

    def __call__(self, asked: Request) -> Reply:
        if asked.route == "POST /api/chat" and asked.json.get("messages"):
            return self._steps.pop(0) if self._steps else NEVER
        reply = self._routes[asked.route]
        assert isinstance(reply, Reply)
        return reply


def ask(screen: Screen, text: str = ASKED) -> None:
    screen.wait_for("❯", "ctx")
    screen.type(text)
    screen.wait_for(text)
    screen.press("enter")


def loading(screen: Screen) -> None:
    ask(screen)
    screen.wait_for("esc stop")


def asking(screen: Screen) -> None:
    ask(screen)
    screen.wait_for("waiting for you")


def reviewing(screen: Screen) -> None:
    asking(screen)
    screen.press("enter")
    screen.wait_for("undecided")


def running(screen: Screen) -> None:
    ask(screen)
    screen.wait_for("run it once", "waiting for you")
    screen.press("ctrl+y")
    screen.wait_until(lambda _: SLEEP in commands_running())


def compacting(screen: Screen) -> None:
    ask(screen)
    screen.wait_for("All of it.")
    screen.wait_gone("esc stop")
    ask(screen, "and now the tests")
    screen.wait_for("esc stop", "the tests")


def patching() -> Reply:
    return answer(call=("apply_patch", {"patch": PATCH}))


STATES = [
    pytest.param((), loading, ASKED, id="the model is loading"),
    pytest.param((patching(),), asking, ASKED, id="a proposal waits"),
    pytest.param((patching(),), reviewing, ASKED, id="the review is open"),
    pytest.param((answer(call=("exec", {"command": SLEEP})),), running, ASKED, id="a tool runs"),
    pytest.param((full("All of it."),), compacting, "write a summary", id="it makes room"),
]


@pytest.mark.parametrize(("steps", "bring_about", "heard"), STATES)
async def test_a_kill_restores_the_terminal_keeps_the_session_and_leaves_nothing_running(
    tmp_path: Path, steps: tuple[Reply, ...], bring_about: Callable[[Screen], None], heard: str
) -> None:
    """Killed when the server has `heard` these words, too: what it is at is shown before it is sent."""
    home, folder = tmp_path / "home", tmp_path / "work"
    (home / "oss-tui").mkdir(parents=True)
    (home / "oss-tui/config.toml").write_text(CONFIG)
    folder.mkdir()

    def kill(screen: Screen) -> int:
        bring_about(screen)
        screen.wait_until(lambda _: any(heard.encode() in asked.body for asked in server.requests))
        screen.signal(signal.SIGTERM)
        return screen.exit_code()

    async with ReplayServer(Server(*steps)) as server:
        with oss_tui(home=home, folder=folder, columns=120, rows=40, OLLAMA_HOST=server.url) as screen:
            assert await asyncio.to_thread(kill, screen) == 128 + signal.SIGTERM
            assert_restored(screen)
    (kept,) = (home / "oss-tui").rglob("sessions/*/*.jsonl")
    records = [json.loads(line) for line in kept.read_text().splitlines()]
    assert any(ASKED in json.dumps(record) for record in records)
    assert not (folder / "new.py").exists()
    assert SLEEP not in commands_running()


def commands_running() -> set[str]:
    found: set[str] = set()
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.add(process.read_bytes().rstrip(b"\0").replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue  # it has ended
    return found
