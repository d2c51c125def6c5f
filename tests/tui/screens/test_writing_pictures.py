"""Pictures of what the composer brings up: the list of files, and the earlier messages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot

from agent.record.prompts import PromptHistory
from tests.tui.screens.fakes import FOLDER, ScriptedTalk, answering, chat_app
from tui.files import FileSource

Compare = Callable[..., bool]
SIZES = [(80, 24), (120, 40)]
FILES = (
    "auth/session.py",
    "auth/views.py",
    "tests/auth/test_session.py",
    "web/components/checkout/payment/session/SessionStoreProvider.tsx",
    "README.md",
)
EARLIER = (
    "make the tests quiet",
    "what does the login do today, and where is the token kept? I think it is in auth/session.py, but am not sure",
    "fix the login\nand add a test\nand say why",
)


@pytest.fixture
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The files of a folder, under a name that is the same in every run."""
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    monkeypatch.setattr("tui.writing.FileSource", lambda _: FileSource(tmp_path))


@pytest.mark.usefixtures("_folder")
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_the_list_of_files(snap_compare: Compare, size: tuple[int, int]) -> None:
    async def named(pilot: Pilot[None]) -> None:
        await pilot.pause(0.3)
        await pilot.press(*"look at @sess")
        await pilot.pause(0.5)

    assert snap_compare(chat_app(ScriptedTalk(answering("")), folder=FOLDER), terminal_size=size, run_before=named)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_the_earlier_messages(snap_compare: Compare, size: tuple[int, int], tmp_path: Path) -> None:
    history = PromptHistory(tmp_path, FOLDER)
    for text in EARLIER:
        history.append(text)

    async def opened(pilot: Pilot[None]) -> None:
        await pilot.pause(0.3)
        await pilot.press("ctrl+r")
        await pilot.pause(0.4)

    app = chat_app(ScriptedTalk(answering("")), history=history)
    assert snap_compare(app, terminal_size=size, run_before=opened)
