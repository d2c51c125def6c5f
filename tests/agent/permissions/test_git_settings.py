"""A repository whose settings run programs: nothing that this program does unasked starts one of them (C4)."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.permissions.command_rules import judge
from agent.permissions.git_settings import git_settings_fault
from tests.agent.scripted import answer, call
from tests.agent.world import World
from tests.conformance.commands import RULES

SETTINGS: dict[str, tuple[str, str]] = {
    # setting: an attribute line that it needs, a git command that runs it
    "core.fsmonitor": ("", "status"),
    "core.pager": ("", "-p log"),
    "core.hooksPath": ("", "hooks"),
    "core.attributesFile": ("", ""),
    "filter.f.clean": ("* filter=f", "add -A"),
    "filter.f.smudge": ("* filter=f", "checkout -f HEAD -- a"),
    "filter.f.process": ("* filter=f", "add -A"),
    "diff.external": ("", "diff"),
    "diff.d.command": ("* diff=d", "diff"),
    "diff.d.textconv": ("* diff=d", "diff"),
    "alias.look": ("", "look"),
}
UNASKED = (
    "git status",
    "git diff",
    "git log -p",
    "git show HEAD",
    "git diff HEAD --stat",
    "git branch -a",
    "git blame a",
)


@pytest.fixture
def trap(world: World) -> Callable[[str], Path]:
    """A repository with one such setting; the marker that its program leaves lies beside the workspace."""

    def build(setting: str) -> Path:
        marker = world.root.parent / "marker"
        program = world.root.parent / "evil"
        program.write_text(f"#!/bin/sh\necho ran >> {marker}\ncat 2>/dev/null\nexit 0\n")
        program.chmod(0o755)

        def git(*words: str) -> None:
            command = ["git", "-c", "user.name=x", "-c", "user.email=x@x", "-C", str(world.root), *words]
            subprocess.run(command, check=True, capture_output=True)

        git("init", "-q")
        (world.root / "a").write_text("one\n")
        git("add", "-A")
        git("commit", "-q", "-m", "first")
        attributes, _ = SETTINGS[setting]
        (world.root / ".gitattributes").write_text(attributes)
        git("config", setting, f"!{program}" if setting.startswith("alias") else str(program))
        (world.root / "a").write_text("two\n")
        os.utime(world.root / "a", (1, 1))
        return marker

    return build


@pytest.mark.parametrize("setting", [name for name, (_, words) in SETTINGS.items() if words and words != "hooks"])
def test_git_really_runs_such_a_program(world: World, trap: Callable[[str], Path], setting: str) -> None:
    marker = trap(setting)
    words = SETTINGS[setting][1].split()
    environ = {**os.environ, "GIT_PAGER_IN_USE": "1"}
    done = subprocess.run(["git", "-C", str(world.root), *words], capture_output=True, check=False, env=environ)
    if setting != "core.pager":  # it needs a terminal
        assert marker.exists(), done.stderr


@pytest.mark.parametrize("setting", SETTINGS)
def test_every_git_command_asks_in_such_a_repository(world: World, trap: Callable[[str], Path], setting: str) -> None:
    marker = trap(setting)
    assert git_settings_fault(world.root) != ""
    assert {judge(line, world.root, RULES, True).verdict for line in UNASKED} == {"ask"}
    assert not marker.exists()


@pytest.mark.parametrize("setting", SETTINGS)
async def test_opening_such_a_repository_and_looking_around_runs_nothing(
    world: World, trap: Callable[[str], Path], setting: str
) -> None:
    marker = trap(setting)
    script = (
        call("print_tree", {}),
        call("search", {"query": "two"}),
        call("open_file", {"path": "a"}),
        answer("Done."),
    )
    async with world.session(*script) as told:
        await told.session.context()
        await told.turn("look around")
    assert not marker.exists()
