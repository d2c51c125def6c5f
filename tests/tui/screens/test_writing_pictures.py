"""Pictures of what the composer brings up: the list of files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot

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
