"""Commands allowed for good: kept for one workspace, outside of it, for the person alone."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.permissions.allowed_commands import load_allowed, save_allowed
from agent.permissions.policy import AllowedCommand, Permissions

COMMANDS = frozenset((AllowedCommand("make test", "/w"), AllowedCommand("echo 'ü'\n", "/w/sub")))


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / "work").mkdir()
    return tmp_path / "work"


def stored(tmp_path: Path) -> Path:
    return next((tmp_path / "data/allowed").iterdir())


def test_what_is_saved_is_loaded_for_this_workspace_only(tmp_path: Path, workspace: Path) -> None:
    data = tmp_path / "data"
    assert load_allowed(data, workspace) == frozenset()
    save_allowed(data, workspace, COMMANDS)
    assert load_allowed(data, workspace) == COMMANDS
    assert load_allowed(data, tmp_path) == frozenset()
    assert list(workspace.iterdir()) == []
    assert stat.S_IMODE(stored(tmp_path).stat().st_mode) == 0o600


def test_a_session_that_begins_with_them_does_not_ask_again(tmp_path: Path, workspace: Path) -> None:
    permissions = Permissions()
    permissions.remember("make test", "/w", "always")
    save_allowed(tmp_path, workspace, permissions.always)
    later = Permissions("ask", load_allowed(tmp_path, workspace))
    assert later.command("make test", "/w").outcome == "allow"
    assert later.command("make test x", "/w").outcome == "ask"


def test_a_file_moved_from_another_workspace_allows_nothing(tmp_path: Path, workspace: Path) -> None:
    (tmp_path / "other").mkdir()
    data = tmp_path / "data"
    save_allowed(data, workspace, COMMANDS)
    first = stored(tmp_path)
    content = first.read_bytes()
    first.unlink()
    save_allowed(data, tmp_path / "other", frozenset())
    stored(tmp_path).write_bytes(content)
    assert load_allowed(data, tmp_path / "other") == frozenset()


@given(
    content=st.one_of(
        st.binary(max_size=60), st.sampled_from([b"[]", b"{}", b"null", b"[" * 5000, b'{"commands":[1]}'])
    )
)
def test_a_damaged_file_allows_nothing_and_is_kept_aside(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    folder = tmp_path_factory.mktemp("allowed")
    save_allowed(folder / "data", folder, COMMANDS)
    file = stored(folder)
    file.write_bytes(content)
    assert load_allowed(folder / "data", folder) == frozenset()
    assert file.with_name(f"{file.name}.damaged-1").read_bytes() == content
    save_allowed(folder / "data", folder, COMMANDS)
    assert load_allowed(folder / "data", folder) == COMMANDS
