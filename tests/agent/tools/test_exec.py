"""exec: nothing runs unasked, everything is shown live, and the model gets a short and honest result."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from agent.events import CommandPending, Notice, ToolOutput
from agent.permissions.policy import Permissions, Surroundings
from agent.processes.sandbox import Sandbox
from agent.tools.exec import Exec, command_of
from agent.tools.kept_output import KEPT_CHARACTERS
from backends.types import JsonValue, ToolCall
from tests.agent.tools.conftest import Bench

TOOL = Exec()


async def test_a_command_is_asked_for_with_its_whole_words_and_folder(bench: Bench) -> None:
    finished = await bench(TOOL, command="echo hello; exit 3")
    asked = bench.events[0]
    assert isinstance(asked, CommandPending)
    assert (asked.command, asked.folder, asked.is_sandboxed) == ("echo hello; exit 3", str(bench.root), False)
    assert (finished.state, finished.text, finished.summary) == ("failed", "[exit code 3]\nhello", "exit 3")


async def test_a_refused_command_does_not_run_and_passes_the_comment_on(bench: Bench) -> None:
    bench.verdict, bench.comment = "no", "use pytest"
    finished = await bench(TOOL, command="touch marker")
    assert not (bench.root / "marker").exists()
    assert finished.state == "rejected"
    assert "use pytest" in finished.text


async def test_a_command_that_destroys_is_asked_about_with_a_plain_warning(bench: Bench) -> None:
    bench.verdict = "no"
    await bench(TOOL, command="rm -rf src")
    asked = bench.events[0]
    assert isinstance(asked, CommandPending)
    assert asked.warning == "it deletes files for good"


async def test_allowed_for_the_session_means_exactly_these_words(bench: Bench) -> None:
    bench.verdict = "session"
    await bench(TOOL, command="echo one")
    bench.verdict = "no"
    assert (await bench(TOOL, command="echo one")).state == "done"
    assert (await bench(TOOL, command="echo  one")).state == "rejected"


async def test_allowed_in_one_folder_is_not_allowed_in_another(bench: Bench) -> None:
    bench.write("sub/x")
    bench.verdict = "session"
    await bench(TOOL, command="echo one")
    bench.verdict = "no"
    assert (await bench(TOOL, command="echo one", workdir="sub")).state == "rejected"


async def test_read_only_runs_nothing_and_does_not_ask(bench: Bench) -> None:
    bench.context.permissions.mode = "read-only"
    finished = await bench(TOOL, command="touch marker")
    assert finished.state == "rejected"
    assert len(bench.events) == 1


async def test_output_is_live_and_complete_up_to_the_kept_size(bench: Bench) -> None:
    await bench(TOOL, command="head -c 3000000 /dev/zero | tr '\\0' x")
    live = "".join(event.text for event in bench.events if isinstance(event, ToolOutput))
    assert live == "x" * KEPT_CHARACTERS


async def test_the_model_gets_head_and_tail_of_a_long_output(bench: Bench) -> None:
    finished = await bench(TOOL, command="seq 1 100000")
    assert len(finished.text) < 10_200
    assert finished.text.startswith("[exit code 0]\n1\n2\n")
    assert "characters left out" in finished.text
    assert finished.text.endswith("99999\n100000")


@pytest.mark.parametrize("size", [9_999, 10_000, 10_001, 12_000, 19_999, 20_001, 60_000])
async def test_no_character_is_lost_or_doubled_at_the_seams(bench: Bench, size: int) -> None:
    text = "".join(chr(97 + n % 26) for n in range(size))
    bench.write("f", text)
    body = (await bench(TOOL, command="cat f")).text.split("\n", 1)[1]
    if size <= 10_000:
        assert body == text
    else:
        head, note, tail = body.split("\n")
        assert text.startswith(head)
        assert text.endswith(tail)
        assert len(head) + len(tail) == 10_000
        assert f"{size - 10_000:,} characters" in note


async def test_a_time_limit_is_named_with_what_came_before_it(bench: Bench) -> None:
    finished = await bench(TOOL, command="echo begun; sleep 600", timeout=2)
    assert finished.state == "failed"
    assert finished.text == "[killed after 2 s (give timeout for more)]\nbegun"


async def test_a_working_folder_outside_is_refused(bench: Bench) -> None:
    for folder in ("..", "/tmp", "nowhere"):
        assert (await bench(TOOL, command="true", workdir=folder)).state == "failed"
    assert "workdir" in (await bench(TOOL, command="true", workdir="..")).text


async def test_no_key_of_this_program_reaches_a_command(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "canary")
    assert "canary" not in (await bench(TOOL, command="env")).text


@pytest.mark.parametrize(
    ("value", "command"),
    [
        ("ls -la", "ls -la"),
        (["bash", "-lc", "ls | wc"], "ls | wc"),
        (["/bin/bash", "-c", "ls"], "ls"),
        (["echo", "a b"], "echo 'a b'"),
    ],
)
def test_the_argument_list_of_the_training_becomes_a_line(value: JsonValue, command: str) -> None:
    assert command_of(ToolCall("1", "exec", {"command": value}, "")) == command


def test_permissions_begin_with_asking() -> None:
    assert Permissions().command("ls", "/w").outcome == "ask"
    assert Permissions().edit(is_in_git_tree=True).outcome == "ask"


@pytest.mark.parametrize("command", ["echo a\0b", "echo \ud800"])
async def test_words_that_cannot_be_handed_to_a_program_are_an_error(bench: Bench, command: str) -> None:
    assert (await bench(TOOL, command=command)).state == "failed"


# ── in the sandbox ───────────────────────────────────────────────────────────


@pytest.fixture
async def shut_in(bench: Bench) -> Bench:
    """Trusted, with a few rules, and in the sandbox of this machine."""
    subprocess.run(["git", "init", "-q", str(bench.root)], check=True)  # noqa: ASYNC221
    found = await Sandbox.detect(bench.root)
    if sys.platform != "darwin":  # there it cannot be counted on; elsewhere a machine without must say so
        assert isinstance(found, Sandbox), found.reason
    rules = ("ls", "cat", "rg", "git status", "pytest")
    bench.context.permissions.surroundings = Surroundings(bench.root, rules, is_trusted=True, found=found)
    bench.verdict = "no"
    return bench


def asked(bench: Bench) -> list[CommandPending]:
    return [event for event in bench.events if isinstance(event, CommandPending)]


async def test_what_the_rules_prove_runs_unasked_and_shut_in(shut_in: Bench) -> None:
    shut_in.write("a.txt", "hello\n")
    assert (await shut_in(TOOL, command="cat a.txt && ls && git status --short")).state == "done"
    assert asked(shut_in) == []


async def test_a_search_that_runs_unasked_reads_no_secrets_and_says_so(shut_in: Bench) -> None:
    shut_in.write("keys/server.pem", "login canary\n")
    shut_in.write(".env", "login=canary\n")
    shut_in.write("a.txt", "login\n")
    finished = await shut_in(TOOL, command="rg -uu login")
    assert asked(shut_in) == []
    assert "a.txt" in finished.text
    assert "canary" not in finished.text
    assert "may hold secrets" in finished.text


async def test_a_search_that_the_person_allowed_reads_what_it_names(shut_in: Bench) -> None:
    shut_in.write(".env", "login=canary\n")
    shut_in.verdict = "once"
    assert "canary" in (await shut_in(TOOL, command="rg login .env")).text
    assert len(asked(shut_in)) == 1


async def test_everything_else_asks_and_says_that_it_would_be_shut_in(shut_in: Bench) -> None:
    assert (await shut_in(TOOL, command="touch x")).state == "rejected"
    (question,) = asked(shut_in)
    assert (question.is_sandboxed, question.can_always) == (True, True)
    assert question.reason == "no rule allows touch"
    await shut_in(TOOL, command="bash -c ls")
    assert not asked(shut_in)[0].can_always


async def test_an_approved_command_is_really_shut_in(shut_in: Bench, tmp_path: Path) -> None:
    shut_in.verdict = "once"
    line = f"echo x > {tmp_path}/outside; echo y > inside; exec 3<>/dev/tcp/127.0.0.1/9"
    assert (await shut_in(TOOL, command=line)).state == "failed"
    assert not (tmp_path / "outside").exists()
    assert (shut_in.root / "inside").exists()


@pytest.mark.parametrize(
    ("command", "is_told"),
    [("touch /etc/x", True), ("exec 3<>/dev/tcp/192.0.2.1/80", True), ("false", False), ("ls", False)],
)
async def test_the_model_is_told_of_the_sandbox_when_it_hits_the_wall(
    shut_in: Bench, command: str, is_told: bool
) -> None:
    shut_in.verdict = "once"
    assert ("sandbox" in (await shut_in(TOOL, command=command)).text) == is_told


async def test_the_sandbox_turned_off_is_told_and_nothing_runs_unasked(shut_in: Bench) -> None:
    shut_in.context.permissions.surroundings.wanted = "off"
    await shut_in(TOOL, command="ls")
    (question,) = asked(shut_in)
    assert (question.is_sandboxed, question.reason) == (False, "there is no sandbox")


@pytest.mark.parametrize("on_path", ["the workspace", "a folder of it", "a relative folder"])
@pytest.mark.parametrize("program", ["git", "rg", "ls"])
async def test_a_program_planted_in_the_workspace_and_first_on_the_path_never_runs(
    shut_in: Bench, monkeypatch: pytest.MonkeyPatch, program: str, on_path: str
) -> None:
    folder = {"the workspace": ".", "a folder of it": "bin", "a relative folder": "bin"}[on_path]
    planted = shut_in.write(f"{folder}/{program}", "#!/bin/sh\ntouch planted-ran\n")
    planted.chmod(0o755)
    first = folder if on_path == "a relative folder" else str(planted.parent)
    monkeypatch.setenv("PATH", f"{first}{os.pathsep}{os.environ['PATH']}")
    shut_in.write("sub/x")
    for arguments in ({}, {"workdir": "sub"}):
        await shut_in(TOOL, command=f"{program} {'status' if program == 'git' else 'x'}", **arguments)
        assert not list(shut_in.root.rglob("planted-ran"))


async def test_a_command_that_makes_git_look_elsewhere_is_told(shut_in: Bench) -> None:
    shut_in.verdict = "once"
    await shut_in(TOOL, command="echo ../evil > .git/commondir")
    assert any(isinstance(event, Notice) and ".git" in event.text for event in shut_in.events)
    await shut_in(TOOL, command="true")
    assert not any(isinstance(event, Notice) for event in shut_in.events)
