"""The sessions of a folder that are not open: list, preview, search, rename, export, delete. Off the event loop.

Takes plain values and returns data; draws nothing. Going on with one is agent.sessions.reopening.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from agent.config.load import Home
from agent.edits.journal import ChangeStore
from agent.ledger import without_news
from agent.record.entries import Titled
from agent.record.file import SessionDamaged, SessionFile, SessionUnavailable, read, remove, write_export
from agent.record.past import Past, recall
from agent.record.shelf import SessionSummary, folder_of, is_id, newest, path_of, sessions
from agent.record.tape import delete_tape
from agent.session import Session
from agent.sessions.export import ExportForm, exported
from backends.frozen import frozen
from backends.types import AssistantMessage, Message, ToolResult, UserMessage

MOST_FOUND = 50
SEARCH_SECONDS = 3.0
_PREVIEW_MESSAGES = 12
_PREVIEW_CHARACTERS = 2_000
_EXCERPT = 60
_TITLE_CHARACTERS = 200


@frozen
class Preview:
    """The end of a session: who said what, cut to what a preview can show."""

    name: str
    said: tuple[tuple[str, str], ...]
    messages: int


@frozen
class Found:
    """A session that holds the words, with the text around the latest place."""

    id: str
    name: str
    changed: float
    excerpt: str


@frozen
class SearchResult:
    """`is_complete` False: the limit of time or number ended the search before the oldest session."""

    found: tuple[Found, ...]
    is_complete: bool


async def recent(home: Home, workspace: Path) -> tuple[SessionSummary, ...]:
    """The latest sessions of a folder, the newest first; those that cannot be read are listed with their problem."""
    return await asyncio.to_thread(sessions, _shelf(home, workspace))


async def preview(home: Home, workspace: Path, session_id: str) -> Preview:
    """Raises SessionUnavailable, OSError."""
    past = await asyncio.to_thread(_past, home, workspace, session_id)
    shown = [line for message in past.messages[-_PREVIEW_MESSAGES:] if (line := _line(message))[1]]
    return Preview(past.name, tuple(shown), len(past.messages))


async def search(home: Home, workspace: Path, words: str) -> SearchResult:
    """The sessions of a folder that hold all `words`, in any case, the newest first; at most MOST_FOUND."""
    return await asyncio.to_thread(_search, _shelf(home, workspace), words, time.monotonic() + SEARCH_SECONDS)


async def rename(home: Home, workspace: Path, session_id: str, title: str) -> None:
    """Give a session that nobody has open a title. Raises SessionBusy, OSError, ValueError for an empty title."""
    await asyncio.to_thread(_rename, _path(home, workspace, session_id), _title(title))


async def rename_open(session: Session, title: str) -> None:
    """The same for the session at hand. Raises ValueError for an empty title."""
    session.recorder.write(Titled(_title(title)))
    await session.recorder.sync()


async def export(home: Home, workspace: Path, session_id: str, form: ExportForm, target: Path) -> None:
    """Write a session, open or not, to a new file for the person alone. Raises SessionUnavailable, OSError."""
    past = await asyncio.to_thread(_past, home, workspace, session_id)
    await asyncio.to_thread(lambda: write_export(target, exported(past, form)))


async def delete(home: Home, workspace: Path, session_id: str) -> None:
    """Delete a session that nobody has open, with its tape and the bytes kept for undo. Raises SessionBusy, OSError."""
    await asyncio.to_thread(_delete, home, _path(home, workspace, session_id))


def _shelf(home: Home, workspace: Path) -> Path:
    return folder_of(home.data, workspace.resolve())


def _path(home: Home, workspace: Path, session_id: str) -> Path:
    """Raises FileNotFoundError; an id is a name, never a path."""
    path = path_of(_shelf(home, workspace), session_id)
    if not is_id(session_id) or not path.is_file():
        raise FileNotFoundError(f"there is no session {session_id} in this folder")
    return path


def _past(home: Home, workspace: Path, session_id: str) -> Past:
    path = _path(home, workspace, session_id)
    past = recall(read(path).entries)
    if not past.session and not past.messages:
        raise SessionDamaged(f"nothing in {path} can be read")
    return past


def _line(message: Message) -> tuple[str, str]:
    match message:
        case UserMessage(text):
            return "you", without_news(text)[:_PREVIEW_CHARACTERS]
        case AssistantMessage(text, _, call):
            called = f"{call.name} {call.arguments_text}" if call is not None else ""
            return "model", (text or called)[:_PREVIEW_CHARACTERS]
        case ToolResult(_, name, text):
            return name, text[:_EXCERPT]


def _search(shelf: Path, words: str, deadline: float) -> SearchResult:
    wanted = words.casefold().split()
    found: list[Found] = []
    for changed, path in newest(shelf):
        if time.monotonic() > deadline or len(found) >= MOST_FOUND:
            return SearchResult(tuple(found), is_complete=False)
        try:
            past = recall(read(path).entries)
        except (OSError, SessionUnavailable):
            continue  # the list names what cannot be read
        texts = [past.title, *(_line(message)[1] for message in past.messages)]
        place = _place(texts, wanted)
        if place is not None:
            found.append(Found(path.stem, past.name, changed, place))
    return SearchResult(tuple(found), is_complete=True)


def _place(texts: list[str], wanted: list[str]) -> str | None:
    """The text around the last place of the first word, when every word occurs somewhere."""
    folded = [text.casefold() for text in texts]
    if not wanted or not all(any(word in text for text in folded) for word in wanted):
        return None
    number = max(number for number, text in enumerate(folded) if wanted[0] in text)
    at = folded[number].rindex(wanted[0])
    return " ".join(texts[number][max(0, at - _EXCERPT) : at + _EXCERPT].split())


def _rename(path: Path, title: str) -> None:
    file = SessionFile.open(path)
    try:
        file.append(Titled(title))
        file.sync()
    finally:
        file.close()


def _title(text: str) -> str:
    title = " ".join(text.split())[:_TITLE_CHARACTERS]
    if not title:
        raise ValueError("a title needs at least one character")
    return title


def _delete(home: Home, path: Path) -> None:
    remove(path)
    delete_tape(path)
    ChangeStore(home.data / "changes", path.stem).delete_session()
