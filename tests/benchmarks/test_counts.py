"""What speed rests on, counted: these do not depend on the machine, so they fail."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.app import App
from textual.css.stylesheet import Stylesheet
from textual.geometry import Size
from textual.screen import Screen
from textual.widget import Widget

import themes
from agent.config.load import Overrides
from benchmarks.figures.tokens import FIRST_TOKENS, first_request_tokens
from benchmarks.sample import markdown
from tests.backends.ollama.scenes import recorded, routes
from tests.tui.transcript.screen import TranscriptApp
from tests.wire.replay import ReplayServer
from tui.starting import AppArguments, make_app
from tui.transcript.blocks import Answer, Prompt

ROOT = Path(__file__).parents[2]

OTHERS_BEFORE_FIRST_PAINT = {"markdown_it", "mdurl", "platformdirs", "pygments", "rich", "textual", "typing_extensions"}
"""Installed packages that may be imported before the first paint; `markdown_it` and `pygments` are Rich's own."""

OURS_BEFORE_FIRST_PAINT = 109

STYLED_NODES = 60
"""Times that styles are applied to a widget, or a part of one, before the first paint."""

OURS_FOR_A_QUESTION = 145

NEVER_FOR_A_QUESTION = {
    *("ctypes", "git", "mcp", "pathspec", "pygments", "rich", "textual", "tiktoken", "tomlkit"),
    *("html", "platform", "uuid"),
}
"""Not imported by `oss-tui exec` before it asks."""

WRITTEN_CLASSES = 8
"""Classes of ours whose methods `dataclass` writes while a program starts, 0.4 ms each; it was 113 for the screen."""

NEVER_BEFORE_FIRST_PAINT = {
    "agent.permissions.command_options",
    "agent.permissions.command_rules",
    "agent.sessions.opening",
    "agent.record.entries",
    "agent.processes.sandbox",
    "agent.session",
    "agent.tokens",
    "agent.files.walk",
    "backends.discovery",
    "backends.transport",
    "importlib.metadata",
    "tui.screens.review",
    "tui.transcript.code",
    "tui.transcript.markdown",
    "tui.transcript.scanner",
    "tui.transcript.stream",
}


def imported_by(code: str) -> set[str]:
    done = subprocess.run(
        [
            sys.executable,
            "-P",
            "-c",
            f"{code}\nimport sys\nprint(*(name for name, module in sys.modules.items() if module))",
        ],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.split())


@pytest.fixture(scope="module")
def before_first_paint() -> set[str]:
    return imported_by("import tui.starting")


def test_only_these_packages_are_imported_before_the_first_paint(before_first_paint: set[str]):
    installed = {path.name.removesuffix(".py") for path in Path(pytest.__file__).parents[1].iterdir()}
    others = {name.partition(".")[0] for name in before_first_paint} & installed
    assert others <= OTHERS_BEFORE_FIRST_PAINT


def test_no_module_that_can_wait_is_imported_before_the_first_paint(before_first_paint: set[str]):
    assert before_first_paint & NEVER_BEFORE_FIRST_PAINT == set()


def test_few_of_our_own_modules_are_imported_before_the_first_paint(before_first_paint: set[str]):
    ours = [name for name in before_first_paint if name.partition(".")[0] in ("agent", "backends", "themes", "tui")]
    assert len(ours) <= OURS_BEFORE_FIRST_PAINT


def test_exec_imports_neither_screen_nor_what_only_some_questions_need():
    loaded = imported_by("import agent.commands.headless, backends.ollama, tui.cli, tui.command_line.unattended")
    assert {name.partition(".")[0] for name in loaded} & NEVER_FOR_A_QUESTION == set()
    ours = [name for name in loaded if name.partition(".")[0] in ("agent", "backends", "themes", "tui")]
    assert len(ours) <= OURS_FOR_A_QUESTION


COUNTED = """
import dataclasses
process, ours = dataclasses._process_class, []
def counted(cls, *how):
    if cls.__module__.partition(".")[0] in ("agent", "backends", "themes", "tui"):
        ours.append(cls)
    return process(cls, *how)
dataclasses._process_class = counted
import {module}
print(len(ours))
raise SystemExit
"""


@pytest.mark.parametrize("module", ["tui.starting", "agent.commands.headless"])
def test_few_classes_get_their_methods_while_a_program_starts(module: str):
    (count,) = imported_by(COUNTED.format(module=module))
    assert int(count) <= WRITTEN_CLASSES


def test_textual_draws_often_and_no_program_that_is_started_learns_of_it():
    code = """
import os
from tui import cli
cli.redraw_often()
from textual.screen import UPDATE_PERIOD
print(os.environ.get("TEXTUAL_FPS"), round(1 / UPDATE_PERIOD) == int(cli.REDRAWS))
"""
    environ = {name: value for name, value in os.environ.items() if name != "TEXTUAL_FPS"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environ, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["None", "True"]


def test_the_http_client_comes_without_its_command_line():
    loaded = imported_by("import backends.transport")
    assert "httpx" in loaded
    assert not {name.partition(".")[0] for name in loaded} & {"click", "rich", "pygments"}


def test_a_first_request_stays_under_a_thousand_tokens():
    assert first_request_tokens() < FIRST_TOKENS


async def test_a_start_reads_one_theme_styles_each_widget_twice_and_lays_out_once_before_its_first_paint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "themes").mkdir()
    (tmp_path / "themes/mine.toml").write_text("broken, and nobody asked for it")
    monkeypatch.setenv("OSS_TUI_HOME", str(tmp_path))
    monkeypatch.setattr("tui.chat.talking.Talking.open", lambda _: None)
    counts, painted = Counter[str](), list[Counter[str]]()
    for owner, name in ((themes, "parse"), (Stylesheet, "apply"), (Stylesheet, "reparse"), (Screen, "_refresh_layout")):
        monkeypatch.setattr(owner, name, _telling(getattr(owner, name), lambda name=name: counts.update([name])))
    monkeypatch.setattr(App, "_display", _telling(getattr(App, "_display"), lambda: painted.append(counts.copy())))  # noqa: B009
    app = make_app(AppArguments(tmp_path, theme="nord", overrides=Overrides(profile="demo")))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
    first = painted[0]
    assert (first["parse"], first["reparse"], first["_refresh_layout"]) == (1, 0, 1)
    assert first["apply"] <= STYLED_NODES


def _telling(method: Callable[..., Any], tell: Callable[[], object]) -> Callable[..., Any]:
    """The method, which tells before it does its work."""

    def told(*given: Any, **named: Any) -> Any:
        tell()
        return method(*given, **named)

    return told


AT_ONCE_HOWEVER_LONG = """
from math import inf
import backends.ollama.facts
from tui.cli import main
backends.ollama.facts.AT_ONCE_SECONDS = inf
raise SystemExit(main())
"""
"""The program on a machine so quick that a request follows at once, whatever this one is."""


async def test_exec_asks_a_server_each_thing_once(tmp_path: Path):
    async with ReplayServer(routes(recorded("chat_plain").reply())) as server:
        environ = {"PATH": os.environ["PATH"], "OSS_TUI_HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-c", AT_ONCE_HOWEVER_LONG),
            *("exec", "--oss", "--local-provider", "ollama", "hello"),
            env=environ | {"OLLAMA_HOST": server.url},
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        _, said = await process.communicate()
        assert process.returncode == 0, said.decode()
        asked = [f"{request.method} {request.path}" for request in server.requests]
    assert asked == ["GET /api/tags", "POST /api/show", "GET /api/ps", "POST /api/chat"]


async def test_a_long_transcript_makes_no_widgets_and_lays_out_what_is_seen():
    blocks = [block for n in range(2_000) for block in (Prompt(f"question {n}"), Answer(f"Answer **{n}**."))]
    app = TranscriptApp(blocks)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        assert len(app.screen.query(Widget)) < 8
        assert app.view.painter.layouts <= 40


async def test_streaming_lays_out_no_screen_and_no_other_block():
    app = TranscriptApp([Answer("Before.")])
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        document, view = app.view.document, app.view
        document.open(Answer())
        layouts = 0
        refresh = app.screen._refresh_layout  # pyright: ignore[reportPrivateUsage]

        def counted(size: Size | None = None, scroll: bool = False) -> None:
            nonlocal layouts
            layouts += 1
            refresh(size, scroll)

        app.screen._refresh_layout = counted  # pyright: ignore[reportPrivateUsage]
        drawn = view.painter.layouts
        for piece in markdown(400, "end"):
            document.feed(piece)
            view.frame()
        await pilot.pause()
        assert layouts == 0
        assert view.painter.layouts - drawn <= 2
