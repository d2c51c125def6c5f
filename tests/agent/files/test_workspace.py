"""The workspace: reads are bounded and never block, and no spelling leads out of the folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from agent.files.paths import FileMissing, PathRefused, WorkspaceError, split_path
from agent.files.workspace import Workspace


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "ws"
    (folder / "sub").mkdir(parents=True)
    (folder / "sub" / "a.txt").write_text("hello\n")
    (folder / "link.txt").symlink_to("sub/a.txt")
    (folder / "out").symlink_to("..")
    return folder


@pytest.fixture
def workspace(root: Path) -> Iterator[Workspace]:
    with Workspace.open(root, home=root.parent / "home") as opened:
        yield opened


@pytest.mark.parametrize("path", ["sub/a.txt", "./sub/a.txt", "link.txt", "{root}/sub/a.txt"])
def test_a_file_is_read_under_its_real_path(workspace: Workspace, root: Path, path: str) -> None:
    snapshot = workspace.read(path.format(root=root))
    assert (snapshot.path, snapshot.data) == ("sub/a.txt", b"hello\n")
    assert snapshot.inode == (root / "sub/a.txt").stat().st_ino
    assert snapshot.sha256.startswith("5891b5b522d5df08")


def test_a_workspace_opened_through_a_link_takes_both_spellings(tmp_path: Path, root: Path) -> None:
    (tmp_path / "alias").symlink_to("ws")
    with Workspace.open(tmp_path / "alias", home=tmp_path) as opened:
        assert opened.root == root
        assert opened.relative(f"{tmp_path}/alias/sub/a.txt") == opened.relative(f"{root}/sub/a.txt") == "sub/a.txt"


@pytest.mark.parametrize(
    ("path", "expected"),
    [(".", "."), ("sub", "sub"), ("sub/", "sub"), ("sub/new/x", "sub/new/x"), ("link.txt", "sub/a.txt")],
)
def test_a_relative_path_is_the_real_one(workspace: Workspace, path: str, expected: str) -> None:
    assert workspace.relative(path) == expected


def test_a_missing_file_is_not_a_refused_one(workspace: Workspace) -> None:
    with pytest.raises(FileMissing):
        workspace.read("sub/b.txt")
    assert not workspace.exists("sub/b.txt")
    with pytest.raises(PathRefused):
        workspace.exists("out/x")


def test_a_read_is_bounded(workspace: Workspace, root: Path) -> None:
    (root / "big").write_bytes(b"x" * 101)
    with pytest.raises(PathRefused, match="101 bytes; at most 100"):
        workspace.read("big", limit=100)
    assert len(workspace.read("big", limit=101).data) == 101


@pytest.mark.parametrize("name", ["pipe", "zero", "sub"])
def test_reading_what_is_no_file_answers_at_once(workspace: Workspace, root: Path, name: str) -> None:
    os.mkfifo(root / "pipe")
    (root / "zero").symlink_to("/dev/zero")
    with pytest.raises(PathRefused):
        workspace.read(name)


def test_a_binary_file_is_refused(workspace: Workspace, root: Path) -> None:
    (root / "b").write_bytes(b"\x7fELF\0\0")
    with pytest.raises(PathRefused) as caught:
        workspace.read("b")
    assert caught.value.kind == "binary"


def test_a_replaced_folder_is_no_longer_the_same(workspace: Workspace, root: Path) -> None:
    assert workspace.is_same_folder
    root.rename(root.parent / "old")
    assert not workspace.is_same_folder
    root.mkdir()
    assert not workspace.is_same_folder


def test_a_git_folder_is_no_workspace(tmp_path: Path) -> None:
    hooks = tmp_path / "repo" / ".git" / "hooks"
    hooks.mkdir(parents=True)
    with Workspace.open(hooks, home=tmp_path) as opened, pytest.raises(PathRefused, match="inside git's own files"):
        opened.relative("pre-commit")


def test_no_descriptor_is_left_open(workspace: Workspace) -> None:
    before = len(list(Path("/dev/fd").iterdir()))
    for path in ("sub/a.txt", "link.txt", "out/x", "../x", "nope/deep/x", "sub/a.txt/x"):
        try:
            workspace.read(path)
        except WorkspaceError:
            continue
    assert len(list(Path("/dev/fd").iterdir())) == before


def test_this_programs_own_folders_are_refused_wherever_they_are(tmp_path: Path, root: Path) -> None:
    with Workspace.open(root, home=tmp_path, own_folders=(root / "sub",)) as opened:
        with pytest.raises(PathRefused, match="belongs to this program"):
            opened.place("sub/a.txt")
        assert opened.read("sub/a.txt").data


# ── laws ─────────────────────────────────────────────────────────────────────

PIECES = st.sampled_from(
    [
        "..",
        ".",
        "",
        "~",
        "$HOME",
        "a",
        "sub",
        "link.txt",
        "out",
        ".git",
        "%2e%2e",
        "\uff0e\uff0e",
        "..\\",
        "C:",
        " ",
        "a b",
        "é",
    ]
)
PATHS = st.one_of(st.lists(PIECES, max_size=6).map("/".join), st.text(max_size=20), st.text("./~$\\:a", max_size=12))


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@example(path="out/ws/../x")
@given(path=PATHS)
def test_whatever_is_allowed_resolves_beneath_the_workspace(workspace: Workspace, root: Path, path: str) -> None:
    try:
        real = workspace.relative(path)
    except PathRefused:
        return
    assert (root / real).resolve().is_relative_to(root)


@given(PATHS)
def test_a_split_path_holds_plain_names_only(path: str) -> None:
    try:
        names = split_path(path, ("/ws",))
    except PathRefused:
        return
    assert not {"..", ".", "", "~", ".git"} & set(names)
    assert all("/" not in name and "\\" not in name and "\0" not in name for name in names)
