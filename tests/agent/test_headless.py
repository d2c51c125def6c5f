"""`oss-tui exec`: the answer on standard output, the rest on standard error, nothing written unless approved."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass
class Ran:
    code: int
    out: str
    err: str


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


def run(workspace: Path, *arguments: str) -> Ran:
    home = workspace.parent / "home"
    done = subprocess.run(
        [sys.executable, "-P", "-m", "tui.cli", "exec", *arguments],
        cwd=workspace,
        capture_output=True,
        text=True,
        timeout=60,
        env={
            "PATH": "/usr/bin:/bin",
            "HOME": str(workspace.parent),
            "OSS_TUI_HOME": str(home),
            "OSS_TUI_DEMO_SPEED": "0",
            "OLLAMA_HOST": "127.0.0.1:9",
        },
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def test_the_demo_answers_and_writes_nothing_without_approval(workspace: Path):
    ran = run(workspace, "--profile", "demo", "add a demo file")
    assert ran.code == 0
    assert "script" in ran.out
    assert "--approve edits" in ran.err
    assert list(workspace.iterdir()) == []


def test_approved_edits_are_written(workspace: Path):
    ran = run(workspace, "--profile", "demo", "--approve", "edits", "add a demo file")
    assert ran.code == 0
    assert [path.name for path in workspace.iterdir()] == ["oss_tui_demo.py"]
    assert "wrote oss_tui_demo.py" in ran.err


def test_a_dead_port_is_one_line_that_names_the_address_and_the_next_step(workspace: Path):
    ran = run(workspace, "--profile", "ollama", "hello")
    assert ran.code == 1
    assert ran.out == ""
    (line,) = ran.err.splitlines()
    assert "127.0.0.1:9" in line
    assert "ollama serve" in line


def test_an_unknown_profile_is_an_error_that_lists_those_that_exist(workspace: Path):
    ran = run(workspace, "--profile", "nonesuch", "hello")
    assert ran.code == 2
    assert "demo" in ran.err
    assert "Traceback" not in ran.err


def test_the_proposal_can_be_taken_as_a_patch_that_git_applies(workspace: Path):
    patch = workspace.parent / "change.patch"
    ran = run(workspace, "--profile", "demo", "--patch-out", str(patch), "add a demo file")
    assert ran.code == 0
    subprocess.run(["git", "apply", str(patch)], cwd=workspace, check=True)
    assert [path.name for path in workspace.iterdir()] == ["oss_tui_demo.py"]
