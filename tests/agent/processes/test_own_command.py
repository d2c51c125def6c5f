"""The person's own commands: told as one tool call, with their own environment, ended when nobody listens."""

from __future__ import annotations

from contextlib import aclosing
from pathlib import Path

import pytest

from agent.events import ToolFinished, ToolOutput, ToolStarted, TurnEnded, TurnEvent
from agent.processes.own_command import run_own


async def told(command: str, folder: Path) -> list[TurnEvent]:
    return [event async for event in run_own(command, folder)]


async def test_a_command_is_told_from_its_words_to_its_exit(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("")
    started, output, ended, over = await told("ls", tmp_path)
    assert isinstance(started, ToolStarted)
    assert started.title == "ls"
    assert output == ToolOutput(started.call.id, "a.txt\n")
    assert ended == ToolFinished(started.call.id, "done", "[exit code 0]\na.txt", "exit 0")
    assert over == TurnEnded("answered")


async def test_a_command_that_fails_is_a_failed_call(tmp_path: Path) -> None:
    ended = [event for event in await told("echo no >&2; exit 3", tmp_path) if isinstance(event, ToolFinished)]
    assert [(event.state, event.summary) for event in ended] == [("failed", "exit 3")]
    assert "no" in ended[0].text


async def test_it_has_the_persons_own_environment_and_nothing_that_pages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_TOKEN", "mine")
    ended = [event for event in await told('echo "$MY_TOKEN $PAGER"', tmp_path) if isinstance(event, ToolFinished)]
    assert "mine cat" in ended[0].text


async def test_what_nobody_listens_to_any_more_is_ended(tmp_path: Path) -> None:
    async with aclosing(run_own("sleep 0.5; touch late", tmp_path)) as events:
        async for event in events:
            if isinstance(event, ToolStarted):
                break
    async with aclosing(run_own("echo on; sleep 30; touch late", tmp_path)) as events:
        async for event in events:
            if isinstance(event, ToolOutput):
                break
    assert not (tmp_path / "late").exists()
