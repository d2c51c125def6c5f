"""The history of what was written: kept a workspace, private, bounded, and readable whatever happened to the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.record.prompts import FILE_BYTES, PROMPT_CHARACTERS, PromptHistory


@pytest.fixture
def history(tmp_path: Path) -> PromptHistory:
    return PromptHistory(tmp_path / "data" / "history", tmp_path)


def test_what_was_written_comes_back_in_order(history: PromptHistory) -> None:
    for text in ("one", "two\nlines", "drei \u2028 ☃"):
        history.append(text)
    assert history.read() == ("one", "two\nlines", "drei \u2028 ☃")


def test_a_workspace_that_was_never_used_has_no_history(history: PromptHistory) -> None:
    assert history.read() == ()
    assert not history.path.parent.exists()


def test_each_workspace_has_its_own(tmp_path: Path) -> None:
    one, other = PromptHistory(tmp_path, Path("/one")), PromptHistory(tmp_path, Path("/other"))
    one.append("here")
    assert other.read() == ()


def test_only_the_person_can_read_it(history: PromptHistory) -> None:
    history.append("secret")
    assert history.path.stat().st_mode & 0o777 == 0o600
    assert history.path.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    "text", [pytest.param(" \n", id="blank"), pytest.param("x" * (PROMPT_CHARACTERS + 1), id="long")]
)
def test_what_is_blank_or_very_long_is_not_kept(history: PromptHistory, text: str) -> None:
    history.append(text)
    assert history.read() == ()


def test_it_never_grows_beyond_two_files(history: PromptHistory) -> None:
    for i in range(60):
        history.append(f"{i} " + "x" * 30_000)
    files = list(history.path.parent.iterdir())
    assert len(files) <= 2
    assert sum(file.stat().st_size for file in files) < 2 * (FILE_BYTES + 2 * PROMPT_CHARACTERS)
    assert history.read()[-1].startswith("59 ")


@pytest.mark.parametrize("cut", range(1, 40, 6))
def test_a_torn_line_costs_itself_only(history: PromptHistory, cut: int) -> None:
    history.append("before")
    whole = history.path.read_bytes()
    history.path.write_bytes(whole + whole[:cut])
    history.append("after")
    assert history.read() == ("before", "after")


def test_a_flipped_byte_costs_its_line_only(history: PromptHistory) -> None:
    for text in ("one", "two", "three"):
        history.append(text)
    history.path.write_bytes(history.path.read_bytes().replace(b"two", b"twx"))
    assert history.read() == ("one", "three")


def test_a_link_is_neither_read_nor_written(history: PromptHistory, tmp_path: Path) -> None:
    history.append("mine")
    target = tmp_path / "elsewhere"
    history.path.replace(target)
    before = target.read_bytes()
    history.path.symlink_to(target)
    with pytest.raises(OSError, match="symbolic"):
        history.append("into the link")
    assert history.read() == ()
    assert target.read_bytes() == before
