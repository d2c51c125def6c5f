"""The header: where the work happens and who answers, without starting git."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tui.widgets.header import HeaderFacts, branch, header_parts, short_folder
from tui.widgets.line import fit_line

LOCAL = HeaderFacts("~/src/shop", "main", "local-120b", "gpt-oss:120b", "Ollama", is_reachable=True)
CLOUD = HeaderFacts("~/src/shop", "main", "cloud", "gpt-5.5", "OpenAI", leaves_machine=True)


def line(facts: HeaderFacts, width: int) -> str:
    return fit_line(*header_parts(facts), width).plain


def test_at_eighty_columns_everything_is_there() -> None:
    assert line(LOCAL, 78).split() == ["oss-tui", "~/src/shop", "main", "local-120b", "gpt-oss:120b", "Ollama", "●"]


def test_a_profile_that_is_called_as_its_model_or_server_says_it_once() -> None:
    demo = HeaderFacts("~", "", "demo", "demo", "Demo", is_reachable=True)
    assert line(demo, 78).split() == ["oss-tui", "~", "demo", "●"]
    ollama = HeaderFacts("~", "", "ollama", "gpt-oss:20b", "Ollama", is_reachable=True)
    assert line(ollama, 78).split() == ["oss-tui", "~", "ollama", "gpt-oss:20b", "●"]


@pytest.mark.parametrize("width", [78, 60, 40, 30])
def test_that_text_leaves_the_machine_is_never_left_out(width: int) -> None:
    assert "leaves this machine" in line(CLOUD, width)


@pytest.mark.parametrize(("is_reachable", "dot"), [(True, "●"), (False, "○"), (None, "◌")])
def test_the_dot_tells_whether_the_server_is_there(is_reachable: bool | None, dot: str) -> None:
    assert line(HeaderFacts("~", is_reachable=is_reachable), 78).rstrip().endswith(dot)


@pytest.mark.parametrize(
    ("folder", "short"),
    [
        ("/home/me", "~"),
        ("/home/me/src/shop", "~/src/shop"),
        ("/home/me/src/client/api/v2/shop", "~/src/…/v2/shop"),
        ("/home/mean", "/home/mean"),
        ("/srv/www", "/srv/www"),
        ("/a/b/c/d/e", "/a/…/d/e"),
        ("/", "/"),
    ],
)
def test_a_folder_is_short_and_keeps_its_ends(folder: str, short: str) -> None:
    assert short_folder(Path(folder), Path("/home/me")) == short


# ── the branch ───────────────────────────────────────────────────────────────


def test_the_branch_is_read_from_head(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git/HEAD").write_text("ref: refs/heads/feature/login\n")
    assert branch(tmp_path) == "feature/login"


def test_a_detached_head_is_its_commit(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git/HEAD").write_text("0123456789abcdef0123456789abcdef01234567\n")
    assert branch(tmp_path) == "01234567"


def test_a_linked_worktree_is_followed_once(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real/HEAD").write_text("ref: refs/heads/side\n")
    (tmp_path / ".git").write_text(f"gitdir: {tmp_path / 'real'}\n")
    assert branch(tmp_path) == "side"


@pytest.mark.parametrize("content", ["", "garbage", "ref: refs/tags/v1", "\xff\xfe"])
def test_what_is_no_branch_is_not_shown(tmp_path: Path, content: str) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git/HEAD").write_text(content)
    assert branch(tmp_path) == ""


def test_no_repository_has_no_branch(tmp_path: Path) -> None:
    assert branch(tmp_path) == ""


def test_a_pipe_in_place_of_head_does_not_block(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    os.mkfifo(tmp_path / ".git/HEAD")
    assert branch(tmp_path) == ""
