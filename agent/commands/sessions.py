"""`oss-tui resume`: the sessions of a folder as a list, to choose one from."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from agent.config.load import find_home
from agent.record.shelf import SessionSummary
from agent.sessions.closed import recent
from backends.failures import plain_line

MOST = 20


def print_list(folder: Path) -> int:
    """The latest sessions of `folder`, the newest first; the exit code."""
    found = _sessions(folder)
    if not found:
        print("oss-tui: there is no session of this folder", file=sys.stderr)
        return 1
    print(*(f"{session.id}  {_about(session)}" for session in found), sep="\n")
    return 0


def choose(folder: Path) -> str:
    """The id of the session that the person chooses; empty when there is none, or nobody chooses."""
    found = [session for session in _sessions(folder)[:MOST] if not session.problem]
    if not found:
        print("oss-tui: there is no session of this folder to go on with", file=sys.stderr)
        return ""
    for number, session in enumerate(found, 1):
        print(f"  {number:>2}  {_about(session)}", file=sys.stderr)
    print(f"Which one? [1–{len(found)}, ⏎ 1] ", end="", file=sys.stderr, flush=True)
    line = sys.stdin.readline()
    word = line.strip() or "1"
    return found[int(word) - 1].id if line and word.isdigit() and 1 <= int(word) <= len(found) else ""


def _sessions(folder: Path) -> Sequence[SessionSummary]:
    return asyncio.run(recent(find_home(), folder))


def _about(session: SessionSummary) -> str:
    when = datetime.fromtimestamp(session.changed, UTC).astimezone()
    what = session.problem or session.title or "(nothing was asked)"
    return f"{when:%Y-%m-%d %H:%M}  {session.length:>12}  {plain_line(what)[:60]}"
