"""exec: nothing runs unasked, everything is shown live, and the model gets a short and honest result."""

from __future__ import annotations

import pytest

from agent.events import CommandPending, ToolOutput
from agent.permissions import Permissions
from agent.tools.exec import KEPT_CHARACTERS, Exec, command_of
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
    finished = await bench(TOOL, command="echo begun; sleep 60", timeout=1)
    assert finished.state == "failed"
    assert finished.text == "[killed after 1 s (give timeout for more)]\nbegun"


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
