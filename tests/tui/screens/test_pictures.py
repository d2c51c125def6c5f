"""Pictures of the main screen and its dialogs, compared with those that were looked at and found good."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from textual.pilot import Pilot

from agent import machine
from agent.checkup import Finding, Fix
from agent.commands.setup import Step
from backends.discovery import FoundServer
from backends.events import TransferProgress
from backends.types import ServerInfo
from tests.tui.screens.fakes import ScriptedConfiguration, ScriptedTalk, chat_app
from tests.tui.screens.story import shop_story
from tui.widgets.composer import Composer

Compare = Callable[..., bool]
SIZES = [(80, 24), (120, 40), (200, 60)]


async def until_the_proposal(pilot: Pilot[None]) -> None:
    await pilot.pause(0.3)
    for prompt in ("what does the login do today?", "make login use the session store, and add a test"):
        pilot.app.query_one(Composer).insert(prompt)
        await pilot.press("enter")
        await pilot.pause(0.5)
    pilot.app.query_one(Composer).blur()  # no cursor in the picture


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("theme", ["dark", "light", "high-contrast-dark"])
def test_the_main_screen_with_a_proposal(snap_compare: Compare, size: tuple[int, int], theme: str) -> None:
    app = chat_app(ScriptedTalk(*shop_story()), theme=theme)
    assert snap_compare(app, terminal_size=size, run_before=until_the_proposal)


@pytest.mark.parametrize("size", SIZES[:2], ids=str)
@pytest.mark.parametrize("key", ["f2", "f1", "f5"])
def test_a_dialog(snap_compare: Compare, size: tuple[int, int], key: str) -> None:
    async def opened(pilot: Pilot[None]) -> None:
        await pilot.pause(0.3)
        await pilot.press(key)
        await pilot.pause(0.4)

    assert snap_compare(chat_app(ScriptedTalk(*shop_story())), terminal_size=size, run_before=opened)


FOUND = (
    FoundServer("ollama", "Ollama", "http://localhost:11434", ServerInfo("ollama", "0.13.0")),
    FoundServer("lmstudio", "LM Studio", "http://localhost:1234/v1", None, "Its server is off.", "lms server start"),
)
PULLING = (
    Step("Ollama answers at http://localhost:11434"),
    TransferProgress("pulling gpt-oss:20b", 6_000_000_000, 12_800_000_000),
)
MISSING = (
    Finding("server", "ok", "Ollama 0.13.0 answers"),
    Finding("model", "problem", "gpt-oss:20b is not on this server", Fix("Pull gpt-oss:20b.")),
)


@pytest.mark.parametrize("size", SIZES[:2], ids=str)
@pytest.mark.parametrize(
    "keys",
    [
        pytest.param(["f3"], id="setup"),
        pytest.param(["f3", "enter"], id="pulling"),
        pytest.param(["f3", "c"], id="check"),
        pytest.param(["f2", "ctrl+e"], id="form"),
        pytest.param([*"/profile cloud", "enter"], id="question"),
        pytest.param([*"/status", "enter"], id="status"),
    ],
)
def test_setting_up_and_changing(
    snap_compare: Compare, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int], keys: list[str]
) -> None:
    monkeypatch.setattr("tui.screens.welcome.memory_bytes", lambda: 32 * machine.GIB)

    async def opened(pilot: Pilot[None]) -> None:
        await pilot.pause(0.3)
        for key in keys:
            await pilot.press(key)
        await pilot.pause(0.5)

    configuration = ScriptedConfiguration(found=FOUND, events=PULLING, findings=MISSING)
    app = chat_app(ScriptedTalk(*shop_story()), configuration=configuration)
    assert snap_compare(app, terminal_size=size, run_before=opened)
