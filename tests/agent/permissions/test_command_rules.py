"""Which lines run without a question: a table of lines, and repositories whose settings run programs."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.permissions.command_rules import judge
from agent.permissions.command_warnings import strong_warning
from agent.permissions.commandline import MOST_PARTS, Unproven, parse_line
from tests.conformance.commands import RULES, classify, example_workspace, run

CORPUS = Path(__file__).parents[2] / "corpora" / "commands.jsonl"
CASES = [json.loads(line) for line in CORPUS.read_text(encoding="utf-8").splitlines()]
AUTO = [case["cmd"] for case in CASES if case["expected"] == "auto"]
STRONG = [case["cmd"] for case in CASES if case["expected"] == "ask_strong"]


@pytest.fixture(scope="module")
def workspace() -> Path:
    return example_workspace()


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_a_line_of_the_table_is_judged_as_it_says(case: dict[str, Any]) -> None:
    assert run(case) is None


@pytest.mark.parametrize("line", STRONG)
def test_a_line_that_destroys_or_escapes_is_warned_about_in_every_folder(workspace: Path, line: str) -> None:
    assert classify(line, workspace, RULES, trusted=False) == "ask_strong"
    assert classify(line, workspace, (), trusted=True) == "ask_strong"


@pytest.mark.parametrize("line", AUTO)
def test_nothing_runs_unasked_without_trust_or_without_rules(workspace: Path, line: str) -> None:
    assert classify(line, workspace, RULES, trusted=False) != "auto"
    assert classify(line, workspace, (), trusted=True) != "auto"


@pytest.mark.parametrize("count", [51, 500, 5_000])
@pytest.mark.parametrize("joint", [" && ", "; ", " | ", " || "])
def test_a_line_of_many_parts_is_asked_about(workspace: Path, count: int, joint: str) -> None:
    assert classify(joint.join(["ls"] * count), workspace, RULES, trusted=True) == "ask"
    assert classify(joint.join(["ls"] * MOST_PARTS), workspace, RULES, trusted=True) == "auto"


def test_a_warning_is_looked_for_within_a_bounded_distance() -> None:
    """Unbounded, 20,000 characters of `;git push ` would hold the program for half an hour."""
    assert strong_warning(f"git push {'x' * 200} --force")
    assert not strong_warning(f"git push {'x' * 1_000} --force")


@pytest.mark.parametrize("char", ["\n", "\r", "\0", "\x1b", "\u2028", "\u202e", "\u200b", "\u00a0", "\x7f", "\x85"])
def test_a_line_with_a_break_or_something_invisible_is_asked_about(workspace: Path, char: str) -> None:
    for line in (f"ls{char}pwd", f"ls {char}", f"ls '{char}'"):
        if line.strip() != "ls":
            assert classify(line, workspace, RULES, trusted=True) != "auto"


@pytest.mark.parametrize(
    "rule", ["bash", "sh", "python", "python3", "env", "xargs", "sudo", "node", "git", "npm", "make"]
)
def test_a_rule_that_is_too_wide_allows_nothing_dangerous(workspace: Path, rule: str) -> None:
    for line in (f"{rule} x", f"{rule} -c ls", f"{rule} push", f"{rule} install x", f"{rule} -m pytest"):
        assert classify(line, workspace, (rule,), trusted=True) != "auto"


@pytest.mark.parametrize("program", ["git", "rg", "ls"])
@pytest.mark.parametrize("on_path", ["absolute", "relative"])
def test_a_program_planted_in_the_workspace_never_runs_unasked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, on_path: str
) -> None:
    (tmp_path / program).write_text("#!/bin/sh\n")
    (tmp_path / program).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path if on_path == 'absolute' else '.'}:/usr/bin:/bin")
    rules = ("git status", "rg", "ls")
    line = "git status" if program == "git" else f"{program} x"
    assert classify(line, tmp_path, rules, trusted=True) == "ask"


@pytest.mark.parametrize(
    "setting",
    [
        "core.fsmonitor=x", "core.pager=x", "core.sshCommand=x", "core.editor=x", "core.hooksPath=x", "diff.external=x",
        "diff.d.command=x", "diff.d.textconv=x", "filter.f.clean=x", "filter.f.smudge=x", "filter.f.process=x",
        "alias.status=!x", "include.path=x", "includeIf.gitdir:/.path=x", "gpg.program=x", "credential.helper=x",
        "merge.m.driver=x", "pager.log=x", "core.attributesFile=x", "extensions.worktreeConfig=true",
    ],
)  # fmt: skip
def test_git_is_asked_about_where_the_repository_names_a_program(tmp_path: Path, setting: str) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    name, _, value = setting.partition("=")
    subprocess.run(["git", "-C", tmp_path, "config", name, value], check=True)
    (tmp_path / "sub").mkdir()
    for folder in (tmp_path, tmp_path / "sub"):
        for line in ("git status", "git diff", "git log -p"):
            assert classify(line, folder, RULES, trusted=True) == "ask"
    assert classify("ls", tmp_path, RULES, trusted=True) == "auto"


def test_an_ordinary_repository_is_not_asked_about(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    for name, value in {
        "user.name": "Me",
        "remote.origin.url": "git@example.org:me/x.git",
        "remote.origin.fetch": "+refs/heads/*:refs/remotes/origin/*",
        "branch.main.remote": "origin",
        "branch.main.merge": "refs/heads/main",
    }.items():
        subprocess.run(["git", "-C", tmp_path, "config", name, value], check=True)
    assert classify("git status", tmp_path, RULES, trusted=True) == "auto"


@pytest.mark.parametrize("line", ["git status", "cd . && git status"])
def test_git_is_asked_about_in_a_folder_that_it_takes_for_a_bare_repository(tmp_path: Path, line: str) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    folder = tmp_path / "vendor" / "deep"
    subprocess.run(["git", "init", "-q", "--bare", tmp_path / "vendor"], check=True)
    folder.mkdir()
    assert classify(line, tmp_path, RULES, trusted=True) == "auto"
    assert judge(line, tmp_path, RULES, True, folder).verdict == "ask"


def test_git_is_asked_about_by_the_repository_above_a_git_folder_that_is_none(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    (tmp_path / "sub" / ".git").mkdir(parents=True)
    assert judge("git status", tmp_path, RULES, True, tmp_path / "sub").verdict == "auto"
    subprocess.run(["git", "-C", tmp_path, "config", "core.fsmonitor", "evil"], check=True)
    assert judge("git status", tmp_path, RULES, True, tmp_path / "sub").verdict == "ask"


@pytest.mark.parametrize("trap", ["hook", "submodule", "gitlink", "pointer", "commondir"])
def test_git_is_asked_about_where_settings_may_lie_elsewhere(tmp_path: Path, trap: str) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    match trap:
        case "hook":
            (tmp_path / ".git/hooks/post-index-change").write_text("#!/bin/sh\n")
        case "submodule":
            (tmp_path / ".gitmodules").write_text("")
        case "commondir":
            (tmp_path / ".git/commondir").write_text("../kept\n")
        case "gitlink":
            entry = f"160000,{'a' * 40},sub"
            subprocess.run(["git", "-C", tmp_path, "update-index", "--add", "--cacheinfo", entry], check=True)
        case _:
            (tmp_path / ".git").rename(tmp_path / "kept")
            (tmp_path / ".git").write_text("gitdir: kept\n")
    assert classify("git status", tmp_path, RULES, trusted=True) == "ask"


@given(st.text(max_size=40))
def test_reading_a_line_never_fails_in_another_way(line: str) -> None:
    try:
        commands = parse_line(line)
    except Unproven:
        return
    assert all(command.words for command in commands)


@given(
    st.lists(
        st.sampled_from(["ls", "rg", "-n", "'a b'", '"c"', "&&", "|", ";", "||", "$(x)", ">", "2>&1", "`", "*", "\n"]),
        max_size=8,
    )
)
def test_no_join_of_pieces_smuggles_a_shell_feature_past_the_grammar(pieces: list[str]) -> None:
    line = f"ls {' '.join(pieces)} x"
    if any(piece in ("$(x)", ">", "`", "\n") for piece in pieces):
        with pytest.raises(Unproven):
            parse_line(line)
