"""Going on with a session that was closed, killed or damaged; and its copy, to try another way from the same point.

The file is taken and its tail mended before anything is appended; what cannot be read is kept aside and named.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from agent.config.load import Home
from agent.config.profiles import require_key
from agent.edits.undo import history
from agent.files.workspace import Workspace
from agent.record.entries import Entry, FilesChanged, FilesTurned, Opened, TurnClosed
from agent.record.file import Contents, SessionDamaged, SessionFile, SessionUnavailable, read, set_aside
from agent.record.past import Past, recall
from agent.record.recorder import Recorder
from agent.record.shelf import folder_of, is_id, new_id, newest, path_of
from agent.session import Session
from agent.sessions.opening import OpenedSession, Opening, assemble, open_session, version


async def reopen(session_id: str, opening: Opening) -> OpenedSession:
    """Go on with a session of this folder, with the profile of `opening`, whatever it was held with before.

    Raises SessionUnavailable (busy, damaged, too new, another folder's), FileNotFoundError, OSError, WorkspaceError,
    Unauthorized.
    """
    profile = opening.profile
    require_key(profile.provider)
    workspace = opening.workspace()
    recorder = Recorder(path_of(folder_of(opening.data, workspace.root), session_id))
    try:
        past, remarks = await asyncio.to_thread(_take, recorder, workspace)
    except BaseException:
        recorder.close()
        workspace.close()
        raise
    opened = await assemble(opening, workspace, recorder, past)
    remarks = (*remarks, *await _catch_up(opened.session))
    if past.was_interrupted:
        opened.session.conversation.end_turn()
        recorder.write(TurnClosed("interrupted"))
        await recorder.sync()
    if past.profile not in ("", profile.name):
        remarks = (*remarks, f"it was held with the profile {past.profile} and goes on with {profile.name}")
    return replace(opened, remarks=(*remarks, *opened.remarks))


async def reopen_latest(opening: Opening) -> OpenedSession:
    """Go on with the latest session of this folder that can be read, or begin one. Raises OSError, Unauthorized.

    What cannot be read is set aside and named; a session that is open elsewhere is passed over and named.
    """
    with opening.workspace() as workspace:
        shelf = folder_of(opening.data, workspace.root)
    remarks: tuple[str, ...] = ()
    for _, path in await asyncio.to_thread(newest, shelf):
        try:
            opened = await reopen(path.stem, opening)
        except SessionUnavailable as error:
            remarks = (*remarks, await _tell(error, path))
            continue
        return replace(opened, remarks=(*remarks, *opened.remarks))
    opened = await open_session(opening)
    return replace(opened, remarks=(*remarks, "there is no earlier session here: this is a new one", *opened.remarks))


async def fork(session_id: str, folder: Path, home: Home) -> str:
    """Copy a session under a new id, which is returned; the first one stays as it is. It may be open.

    The copy knows which files were changed, but its undo begins with its own steps. Raises SessionUnavailable, OSError.
    """
    with Workspace.open(folder, own_folders=(home.config, home.data)) as workspace:
        return await asyncio.to_thread(_copy, session_id, workspace, home)


def _take(recorder: Recorder, workspace: Workspace) -> tuple[Past, tuple[str, ...]]:
    """Read a session and hold its file. Raises SessionUnavailable, OSError."""
    try:
        contents, past = _read(recorder.path, workspace)
    except FileNotFoundError as error:
        raise FileNotFoundError(f"there is no session {recorder.path.stem} in this folder") from error
    recorder.open()
    return past, _remarks(contents)


async def _catch_up(session: Session) -> tuple[str, ...]:
    """Note the steps that were made and not written down any more, because the program was killed in between."""
    remarks: list[str] = []
    at = len(session.conversation.record)
    for step in await asyncio.to_thread(history, session.changes):
        paths = tuple(file.target for file in step.files)
        if not step.is_undone and not session.ledger.knows(step.undo_id):
            session.ledger.apply(step.undo_id, paths, at)
            session.recorder.write(FilesChanged(step.undo_id, paths))
            remarks.append(f"changed just before the session broke off: {', '.join(paths)}")
        elif step.is_undone and step.undo_id in session.ledger.in_place:
            turned = FilesTurned(step.undo_id, "undo", paths)
            session.ledger.turn(turned, at)
            session.recorder.write(turned)
    return tuple(remarks)


def _read(path: Path, workspace: Workspace) -> tuple[Contents, Past]:
    contents = read(path)
    past = recall(contents.entries)
    if not past.session and not past.messages:
        raise SessionDamaged(f"nothing in {path} can be read")
    if not is_id(path.stem):
        raise SessionDamaged(f"{path} is not named like a session")
    if past.workspace and past.workspace != str(workspace.root):
        raise SessionDamaged(f"{path} is a session of {past.workspace}")
    # The name of the file is what finds it again; the changes that can be undone are kept under the same name.
    return contents, replace(past, session=path.stem)


def _remarks(contents: Contents) -> tuple[str, ...]:
    remarks: list[str] = []
    if contents.damaged:
        pieces = f"{contents.damaged} piece{'s' * (contents.damaged != 1)}"
        remarks.append(f"{pieces} of the session file could not be read and were passed over")
    if contents.unknown:
        remarks.append(f"{contents.unknown} entries of another version were passed over")
    return tuple(remarks)


async def _tell(error: SessionUnavailable, path: Path) -> str:
    if not isinstance(error, SessionDamaged):
        return str(error)
    try:
        aside = await asyncio.to_thread(set_aside, path)
    except OSError as problem:
        return f"{error}; it could not be set aside: {problem}"
    return f"{error}; it is kept as {aside.name}"


def _copy(session_id: str, workspace: Workspace, home: Home) -> str:
    shelf = folder_of(home.data, workspace.root)
    contents, past = _read(path_of(shelf, session_id), workspace)
    now = datetime.now(UTC)
    new = new_id(now)
    opening = Opened(new, str(workspace.root), past.date, f"oss-tui {version()}", forked_from=session_id)
    file = SessionFile.open(path_of(shelf, new))
    try:
        for entry in (opening, *_followed(contents.entries)):
            file.append(entry)
        if past.was_interrupted:
            file.append(TurnClosed("interrupted"))
        file.sync()
    finally:
        file.close()
    return new


def _followed(entries: tuple[Entry, ...]) -> list[Entry]:
    """What a copy repeats: all but the opening. Rewinds count messages, so nothing said may be left out."""
    return [entry for entry in entries if not isinstance(entry, Opened)]
