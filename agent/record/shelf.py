"""The shelf of sessions: which exist for a workspace, and where a new one goes. Outside the workspace, 0700."""

from __future__ import annotations

import hashlib
import re
import secrets
from contextlib import suppress
from datetime import datetime
from itertools import islice
from pathlib import Path

from agent.record.file import Contents, SessionUnavailable, read
from agent.record.past import recall
from backends.frozen import frozen
from backends.types import Message

MOST_LISTED = 200
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")


@frozen
class SessionSummary:
    """A row of the session list. `changed` is seconds since the epoch; `problem` says why it cannot be opened."""

    id: str
    path: Path
    title: str
    messages: int
    changed: float
    profile: str = ""
    problem: str = ""

    @property
    def length(self) -> str:
        return f"{self.messages} message{'s' * (self.messages != 1)}"


def folder_of(data: Path, workspace: Path) -> Path:
    """The folder that holds the sessions of one workspace: readable by its name, unique by its path."""
    digest = hashlib.sha256(str(workspace).encode(errors="surrogatepass")).hexdigest()[:12]
    name = "".join(character if character.isalnum() else "-" for character in workspace.name)[:40]
    return data / "sessions" / f"{name}-{digest}"


def new_id(now: datetime) -> str:
    """Sortable by time and not guessable: two instances never meet."""
    return f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"


def is_id(text: str) -> bool:
    """Whether `text` can be the id of a session: a plain name."""
    return _ID.fullmatch(text) is not None


def path_of(folder: Path, session: str) -> Path:
    return folder / f"{session}.jsonl"


def sessions(folder: Path, most: int = MOST_LISTED) -> tuple[SessionSummary, ...]:
    """The sessions of a workspace, the newest first; damaged ones are listed with their problem.

    Those in which the model never said a word are no conversations, and left out.
    """
    summaries = (_summary(path, changed) for changed, path in newest(folder))
    return tuple(islice((summary for summary in summaries if summary is not None), most))


def newest(folder: Path) -> list[tuple[float, Path]]:
    """The session files of a folder with the time of their last change, the newest first."""
    found: list[tuple[float, Path]] = []
    for path in folder.glob("*.jsonl"):
        with suppress(OSError):  # it was deleted meanwhile
            found.append((path.stat().st_mtime, path))
    return sorted(found, reverse=True)


def messages_of(contents: Contents) -> tuple[Message, ...]:
    """The conversation as it stands at the end of the file, rewinds followed."""
    return recall(contents.entries).messages


def _summary(path: Path, changed: float) -> SessionSummary | None:
    try:
        contents = read(path)
    except (OSError, SessionUnavailable) as error:
        return SessionSummary(path.stem, path, path.stem, 0, changed, problem=str(error))
    past = recall(contents.entries)
    problem = "" if past.session or past.messages else "nothing in it can be read"
    if past.is_silent and not problem and not past.title:
        return None
    return SessionSummary(path.stem, path, past.name, len(past.messages), changed, past.profile, problem)
