"""Where a word or a cd of a line leads, through patterns and links: never out of the workspace unasked."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conformance.commands import RULES, classify, example_workspace


@pytest.fixture(scope="module")
def workspace() -> Path:
    return example_workspace()


def test_coming_back_to_a_folder_leaves_no_more_places_to_judge(workspace: Path) -> None:
    assert classify("cd . && " * 40 + "ls", workspace, RULES, trusted=True) == "auto"


def test_a_line_that_may_be_in_too_many_folders_is_asked_about(tmp_path: Path) -> None:
    tmp_path.joinpath(*["d"] * 60).mkdir(parents=True)
    assert classify("cd d && " * 4 + "ls", tmp_path, RULES, trusted=True) == "auto"
    assert classify("cd d && " * 20 + "ls", tmp_path, RULES, trusted=True) == "ask"


@pytest.mark.parametrize("link", ["inner", "src/inner"])
def test_a_folder_behind_a_link_is_not_entered_unasked(tmp_path: Path, link: str) -> None:
    """The shell counts `..` from the link, and the disk from what it stands for."""
    (tmp_path / "src").mkdir()
    (tmp_path / "far" / "deep").mkdir(parents=True)
    (tmp_path / link).symlink_to(tmp_path / "far" / "deep")
    assert classify("cd far/deep && ls", tmp_path, RULES, trusted=True) == "auto"
    assert classify(f"cd {link} && ls", tmp_path, RULES, trusted=True) == "ask"


def test_a_link_to_a_file_that_may_hold_secrets_is_one_itself(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("x")
    (tmp_path / "notes").symlink_to(".env")
    assert classify("cat notes", tmp_path, RULES, trusted=True) == "ask"
    assert classify("cat n*", tmp_path, RULES, trusted=True) == "ask"
