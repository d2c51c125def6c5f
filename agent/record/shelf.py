"""The shelf of sessions: which exist for a workspace, and where a new one goes. Outside the workspace, 0700."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from agent.record.entries import Opened, ProfileUsed, Rewound, Said, Titled
from agent.record.file import Contents, SessionTooNew, read
from backends.types import Message, UserMessage


@dataclass(frozen=True, slots=True)
class SessionSummary:
    """A row of the session list. `changed` is seconds since the epoch; `problem` says why it cannot be opened."""

    id: str
    path: Path
    title: str
    messages: int
    changed: float
    profile: str = ""
    problem: str = ""


def folder_of(data: Path, workspace: Path) -> Path:
    """The folder that holds the sessions of one workspace: readable by its name, unique by its path."""
    digest = hashlib.sha256(str(workspace).encode(errors="surrogatepass")).hexdigest()[:12]
    name = "".join(character if character.isalnum() else "-" for character in workspace.name)[:40]
    return data / "sessions" / f"{name}-{digest}"


def new_id(now: datetime) -> str:
    """Sortable by time and not guessable: two instances never meet."""
    return f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"


def path_of(folder: Path, session: str) -> Path:
    return folder / f"{session}.jsonl"


def sessions(folder: Path) -> tuple[SessionSummary, ...]:
    """All sessions of a workspace, the newest first; damaged ones are listed with their problem."""
    found = [_summary(path) for path in folder.glob("*.jsonl")] if folder.is_dir() else []
    return tuple(sorted(found, key=lambda summary: summary.changed, reverse=True))


def messages_of(contents: Contents) -> tuple[Message, ...]:
    """The conversation as it stands at the end of the file, rewinds followed."""
    said: list[Message] = []
    for entry in contents.entries:
        match entry:
            case Said(message):
                said.append(message)
            case Rewound(messages):
                del said[messages:]
            case _:
                pass
    return tuple(said)


def _summary(path: Path) -> SessionSummary:
    changed = path.stat().st_mtime
    try:
        contents = read(path)
    except (OSError, SessionTooNew) as error:
        return SessionSummary(path.stem, path, path.stem, 0, changed, problem=str(error))
    said = messages_of(contents)
    titles = [entry.title for entry in contents.entries if isinstance(entry, Titled)]
    profiles = [entry.profile for entry in contents.entries if isinstance(entry, ProfileUsed)]
    first = next((message.text for message in said if isinstance(message, UserMessage)), "")
    title = titles[-1] if titles else (first.strip().splitlines() or ["(empty)"])[0]
    opened = any(isinstance(entry, Opened) for entry in contents.entries)
    problem = "" if opened or said else "nothing in it can be read"
    return SessionSummary(path.stem, path, title, len(said), changed, profiles[-1] if profiles else "", problem)
