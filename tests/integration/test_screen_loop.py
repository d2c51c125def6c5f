"""The thin whole on the screen: a real mlx_lm.server, the real program in a terminal, a change approved by key."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pty.driver import Screen, oss_tui
from tests.tiny_model.scripts import AFTER, BEFORE, DONE, FILE
from tests.tiny_model.server import MlxServer

pytestmark = pytest.mark.integration


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / FILE).write_text(BEFORE)
    return folder


@pytest.fixture
def screen(tmp_path: Path, project: Path, mlx_server: MlxServer) -> Iterator[Screen]:
    home = tmp_path / "home"
    (home / "oss-tui").mkdir(parents=True)
    (home / "oss-tui" / "config.toml").write_text(
        f'[model_providers.mlx]\nname = "MLX LM"\nbase_url = "{mlx_server.url}"\n'
        '[profiles.tiny]\nmodel_provider = "mlx"\nmodel = "gpt-oss-tiny"\n'
    )
    with oss_tui("--profile", "tiny", home=home, folder=project, columns=100, rows=30) as opened:
        opened.wait_for("tiny", "MLX LM")
        yield opened


def ask_to_mend(screen: Screen) -> None:
    screen.type("mend the greeting")
    screen.wait_for("❯ mend the greeting")
    screen.press("enter")
    screen.wait_for("proposal", "waiting for you")


def test_a_change_approved_in_the_review_is_on_disk_byte_for_byte(screen: Screen, project: Path) -> None:
    ask_to_mend(screen)
    assert (project / FILE).read_text() == BEFORE
    screen.press("enter")
    screen.wait_for("1 hunk undecided", "Hello", "y accept")
    screen.press("y")
    screen.wait_for("apply 1 of 1 hunk in 1 file")
    screen.press("enter")
    screen.wait_for(DONE)
    assert (project / FILE).read_bytes() == AFTER.encode()


def test_a_rejected_change_is_not_written_and_the_turn_ends(screen: Screen, project: Path) -> None:
    ask_to_mend(screen)
    screen.press("ctrl+n")
    screen.wait_for(DONE)
    assert (project / FILE).read_text() == BEFORE
