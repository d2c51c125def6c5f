"""What a search through a folder is kept from: every file whose name says that it may hold secrets."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.permissions import secret_files as module
from agent.permissions.command_rules import judge
from agent.permissions.commandline import Unproven, parse_line
from agent.permissions.secret_files import reads_folders, secret_files
from tests.conformance.commands import RULES


@pytest.mark.parametrize(
    ("line", "reads"),
    [
        ("rg login", True),
        ("rg -uu '' src", True),
        ("grep -r '' .", True),
        ("grep -rn login src", True),
        ("grep -nir login src", True),
        ("grep --recursive login src", True),
        ("grep -n login src/a.py", False),
        ("grep -n -e --recursion src/a.py", False),
        ("diff -ru a b", True),
        ("diff -u a b", True),
        ("git grep login", True),
        ("git log -p", False),
        ("ls -R", False),
        ("find . -name x", False),
        ("cat src/a.py", False),
    ],
)
def test_a_search_of_whole_folders_is_known(line: str, reads: bool) -> None:
    assert reads_folders(parse_line(line)[0]) is reads


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / ".gitignore").write_text(".env\nignored\n")
    for name in (".env", "server.pem", "src/a.py", "ignored/deep/id_ed25519", ".git/credentials.json", ".env.example"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x\n")
    (tmp_path / "link.pem").symlink_to("src/a.py")
    (tmp_path / "folder.key").mkdir()
    return tmp_path


SECRETS = {".env", "server.pem", "ignored/deep/id_ed25519"}


def test_every_such_file_is_found_also_where_git_looks_away(workspace: Path) -> None:
    assert {str(path.relative_to(workspace)) for path in secret_files(workspace)} == SECRETS


@pytest.mark.parametrize("line", ["grep -r '' .", "cd src && rg -uu x", "ls; git grep x", "echo x | rg y"])
def test_a_search_runs_unasked_and_without_them(workspace: Path, line: str) -> None:
    judged = judge(line, workspace, RULES, is_trusted=True)
    assert judged.verdict == "auto"
    assert {str(path.relative_to(workspace)) for path in judged.hidden} == SECRETS


@pytest.mark.parametrize("line", ["ls -R", "cat src/a.py", "pytest -q", "git status"])
def test_what_searches_nothing_is_kept_from_nothing(workspace: Path, line: str) -> None:
    judged = judge(line, workspace, RULES, is_trusted=True)
    assert (judged.verdict, judged.hidden) == ("auto", ())


@pytest.mark.parametrize("limit", ["_MOST_ENTRIES", "_MOST_SECRETS"])
def test_where_there_are_too_many_files_to_tell_the_line_is_asked_about(
    workspace: Path, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(module, limit, 2)
    with pytest.raises(Unproven):
        secret_files(workspace)
    assert judge("rg x", workspace, RULES, is_trusted=True).verdict == "ask"
    assert judge("ls", workspace, RULES, is_trusted=True).verdict == "auto"
