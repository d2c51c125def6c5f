"""The walk: bounded in files and time, blind for links and special files, silent about secrets."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from pathlib import Path

import pytest

from agent.files.walk import Walk, is_secret, shown_name


def plant(root: Path, *paths: str) -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("")


def found(root: Path, start: str = "") -> list[str]:
    return [child.path for child in Walk(root, start).files()]


def test_files_come_in_the_order_of_their_paths(tmp_path: Path) -> None:
    plant(tmp_path, "b", "a/2", "a/1", "c/x/y")
    assert found(tmp_path) == ["a/1", "a/2", "b", "c/x/y"]
    assert found(tmp_path, "c") == ["c/x/y"]


def test_odd_things_are_passed_over(tmp_path: Path) -> None:
    plant(tmp_path, "ok", "deep/ok")
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "deep/zero").symlink_to("/dev/zero")
    (tmp_path / "dangling").symlink_to("nowhere")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / ".gitignore").symlink_to("/etc/passwd")
    os.mkfifo(tmp_path / "deep/.gitignore")
    assert found(tmp_path) == ["deep/ok", "ok"]


def test_a_walk_that_is_too_long_ends_and_says_so(tmp_path: Path) -> None:
    plant(tmp_path, *(f"{number:03}" for number in range(50)))
    walk = Walk(tmp_path, file_limit=10)
    assert len(list(walk.files())) == 10
    assert walk.cut == "only the first 10 files: there are more"
    slow = Walk(tmp_path, seconds=-1)
    assert list(slow.files()) == []
    assert "took more than" in slow.cut
    whole = Walk(tmp_path, file_limit=50)
    assert len(list(whole.files())) == 50
    assert whole.cut == ""


def test_a_walk_is_stopped_from_another_thread(tmp_path: Path) -> None:
    plant(tmp_path, "a", "b")
    stop = threading.Event()
    files = Walk(tmp_path, stop=stop).files()
    next(files)
    stop.set()
    assert list(files) == []


@pytest.mark.parametrize(
    "name",
    [".env", ".env.local", ".ENV", "x.pem", "tls.key", "id_rsa", "id_ed25519", ".netrc", ".npmrc", "secrets.yaml"],
)
def test_key_files_are_known_by_name(tmp_path: Path, name: str) -> None:
    plant(tmp_path, f"conf/{name}")
    assert is_secret(f"conf/{name}")
    assert found(tmp_path) == []


@pytest.mark.parametrize("name", [".env.example", "env.py", "keys.md", "id_rsa.pub", "monkey.py", "token.py"])
def test_harmless_names_are_not_taken_for_keys(name: str) -> None:
    assert not is_secret(name)


def test_names_are_shown_on_one_line_in_valid_unicode() -> None:
    name = b"caf\xe9\n\x1b[0m\xe2\x80\xae".decode("utf-8", "surrogateescape")
    assert shown_name(name) == "caf\\udce9\\n\\x1b[0m\\u202e"


@pytest.mark.skipif(not shutil.which("git"), reason="git says what it ignores")
def test_ignore_files_mean_what_git_makes_of_them(tmp_path: Path) -> None:
    plant(tmp_path, "a.log", "keep.log", "build/x", "src/build/y", "src/gen.c", "src/a/b/c.tmp", "src/k.tmp", "x/doc/z")
    (tmp_path / ".gitignore").write_text("*.log\n!keep.log\n/build/\n**/c.tmp\n\\#x\n# c\nx/*\n!x/doc\n")
    (tmp_path / "src/.gitignore").write_text("gen.*\n*.tmp\n!k.tmp\n")
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    listed = subprocess.run(
        ["git", "-C", tmp_path, "ls-files", "-co", "--exclude-standard"], check=True, capture_output=True, text=True
    )
    assert sorted(found(tmp_path)) == sorted(listed.stdout.split())
