"""Going back in an open session: a step undone or made again, or conversation and files together back to a prompt.

Only between turns. What the person did is recorded, and told to the model with their next message; nothing that was
sent changes. Asks nobody and shows nothing.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Literal, TypeAlias

from agent.edits.errors import ApplyError
from agent.edits.proposal import Proposal
from agent.edits.unbroken import unbroken
from agent.edits.undo import Step, StepFile, history, session_changes
from agent.edits.undo import redo as redo_step
from agent.edits.undo import undo as undo_step
from agent.ledger import without_news
from agent.record.entries import FilesTurned
from agent.session import Session
from backends.frozen import frozen
from backends.types import UserMessage

_Kind: TypeAlias = Literal["undo", "redo"]


@frozen
class Turned:
    """A step that was undone or redone; `paths` as they are named on disk now."""

    step: Step
    paths: tuple[str, ...]


@frozen
class Prompt:
    """A message of the person, as they wrote it. `number` counts from 1; `steps` are the applies since, still there."""

    number: int
    text: str
    steps: int


@frozen
class Rewind:
    """What a rewind did: the prompt to write anew, and the files that are as they were before it."""

    prompt: str
    paths: tuple[str, ...]


class NothingToTurn(Exception):
    """There is no step to undo or redo; the message says so."""


class RewindRefused(Exception):
    """Conversation and files stay as they were; the message says why."""


async def undo(session: Session, path: str = "", *, whole_step: bool = False) -> Turned:
    """Undo the last step of this session; with `path`, what the last step that changed this file did to it.

    `whole_step` undoes the other files of that step too. Raises NothingToTurn, UndoRefused when a file changed since,
    and the other ApplyErrors.
    """
    steps = await asyncio.to_thread(history, session.changes)
    for step in reversed(steps):
        if files := _turnable(step, "undo", path):
            return await _turned(session, step, "undo", _turnable(step, "undo") if whole_step else files)
    raise NothingToTurn(f"there is nothing to undo{f' of {path}' if path else ''} in this session")


async def redo(session: Session) -> Turned:
    """Make again what was undone last and is still undone. Raises as `undo`."""
    steps = {step.undo_id: step for step in await asyncio.to_thread(history, session.changes)}
    for turned in reversed(session.ledger.undone):
        if step := steps.get(turned.undo_id):
            files = _turnable(step, "redo")
            if wanted := tuple(file for file in files if not turned.files or file.target in turned.files):
                return await _turned(session, step, "redo", wanted)
    raise NothingToTurn("there is nothing to redo in this session")


def _turnable(step: Step, kind: _Kind, path: str = "") -> tuple[StepFile, ...]:
    """The files of a step that can be undone, or redone; all of them, or the one that is or was called `path`."""
    files = (file for file in step.files if path in ("", file.path, file.target))
    return tuple(file for file in files if file.is_undone == (kind == "redo"))


async def changes(session: Session) -> Proposal:
    """Everything this session changed and did not undo, as one diff. Raises OSError when kept bytes are gone."""
    return await asyncio.to_thread(session_changes, session.changes)


def prompts(session: Session) -> tuple[Prompt, ...]:
    """The messages that one can rewind to, oldest first."""
    record = session.conversation.record
    return tuple(
        Prompt(number, without_news(record[at].text), len(session.ledger.since(at)))
        for number, at in enumerate(_requests(session), 1)
    )


async def rewind(session: Session, number: int) -> Rewind:
    """Back to before the prompt `number` was sent: every apply since is undone, and the conversation is as it was.

    All or nothing: raises RewindRefused when a file changed since, or there is no such prompt.
    """
    assert not session.is_running
    requests = _requests(session)
    if not 1 <= number <= len(requests):
        raise RewindRefused(f"there is no prompt {number}; this session has {len(requests)}")
    at = requests[number - 1]
    prompt = without_news(session.conversation.record[at].text)
    paths = await _undo_all(session, session.ledger.since(at))
    session.ledger.rewind(at)
    session.conversation.rewind(at)
    await session.recorder.sync()
    return Rewind(prompt, paths)


def _requests(session: Session) -> list[int]:
    """Where in the record the person's messages are."""
    return [at for at, message in enumerate(session.conversation.record) if isinstance(message, UserMessage)]


async def _undo_all(session: Session, undo_ids: tuple[str, ...]) -> tuple[str, ...]:
    """Undo steps, the newest first; one that cannot be undone brings the others back. Raises RewindRefused."""
    known = {step.undo_id: step for step in await asyncio.to_thread(history, session.changes)}
    if not known.keys() >= set(undo_ids):
        raise RewindRefused("files were changed in the session that this one was forked from; undo them there")
    done: list[tuple[Step, tuple[str, ...]]] = []
    for undo_id in undo_ids:
        try:
            paths = await unbroken(partial(undo_step, session.changes, undo_id, session.workspace))
        except ApplyError as error:
            await _bring_back(session, [step for step, _ in reversed(done)], error)
            raise RewindRefused(f"nothing was rewound: {error}") from error
        done.append((known[undo_id], paths))
    for step, paths in done:
        _record(session, step, "undo", paths, _turnable(step, "undo"))
    return tuple(dict.fromkeys(path for _, paths in done for path in paths))


async def _bring_back(session: Session, steps: list[Step], reason: ApplyError) -> None:
    for step in steps:
        files = _targets(_turnable(step, "undo"))
        try:
            await unbroken(partial(redo_step, session.changes, step.undo_id, session.workspace, files))
        except ApplyError as error:
            raise RewindRefused(
                f"the conversation stays, but files are between two states: {reason}; and then: {error}. "
                "Undo and redo each step by hand"
            ) from error


async def _turned(session: Session, step: Step, kind: _Kind, files: tuple[StepFile, ...]) -> Turned:
    assert not session.is_running
    turn = undo_step if kind == "undo" else redo_step
    paths = await unbroken(partial(turn, session.changes, step.undo_id, session.workspace, _targets(files)))
    _record(session, step, kind, paths, files)
    await session.recorder.sync()
    return Turned(step, paths)


def _record(session: Session, step: Step, kind: _Kind, paths: tuple[str, ...], files: tuple[StepFile, ...]) -> None:
    turned = FilesTurned(step.undo_id, kind, paths, _targets(files))
    session.ledger.turn(turned, len(session.conversation.record))
    session.recorder.write(turned)


def _targets(files: tuple[StepFile, ...]) -> tuple[str, ...]:
    return tuple(file.target for file in files)
