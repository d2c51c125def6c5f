"""What the composer brings up in every size and theme: the list of files."""

from __future__ import annotations

from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.tui.screens.fakes import FOLDER, ScriptedTalk, answering, chat_app
from tests.tui.screens.gallery import SIZES, THEMES, until
from tests.tui.screens.sheet import SheetExtension, sheet
from tests.tui.screens.test_pictures import in_all_sizes
from tui.conversation.files import FileSource
from tui.widgets.completions import Completions

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
    monkeypatch.setattr("tui.chat.writing.FileSource", lambda _: FileSource(tmp_path))


@pytest.mark.usefixtures("_folder")
async def test_the_list_of_files(snapshot: SnapshotAssertion) -> None:
    app = chat_app(ScriptedTalk(answering("")), folder=FOLDER)
    async with app.run_test(size=SIZES[0]) as pilot:
        await pilot.press(*"look at @sess")
        await until(pilot, lambda: app.screen.query_one(Completions).display)
        seen = {theme: await in_all_sizes(pilot, theme) for theme in THEMES}
    assert sheet(seen) == snapshot.use_extension(SheetExtension)(name="files")
