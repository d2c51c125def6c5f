"""Opening a session: workspace, leftovers of a crash, the file it is kept in; for the screen and `exec` alike."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from importlib import metadata
from pathlib import Path

from agent.allowed_commands import load_allowed, save_allowed
from agent.config import Config, Home
from agent.edits.journal import ChangeStore
from agent.edits.recovery import Recovered, recover
from agent.guidance import find_guidance
from agent.permissions import Permissions
from agent.profiles import Profile, require_key
from agent.record.entries import Opened
from agent.record.recorder import Recorder
from agent.record.shelf import folder_of, new_id, path_of
from agent.session import Session
from agent.tokens import TokenCounter, VocabularyDamaged
from agent.tools.more import MoreTools
from agent.trust import TrustMode, TrustQuestion, TrustStore
from agent.workspace import Workspace


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """A session ready for its first turn, and one line for each thing the person should know about it.

    `question` asks for trust in the notes that are not used yet; a yes goes to `trust_notes`, a no goes nowhere.
    """

    session: Session
    remarks: tuple[str, ...]
    question: TrustQuestion | None = None


async def open_session(
    profile: Profile,
    folder: Path,
    home: Home,
    counter: TokenCounter,
    *,
    trust: TrustMode = "ask",
    config: Config | None = None,
) -> OpenedSession:
    """Open `folder` as a workspace with a new session; the tool servers of `config` are connected to meanwhile.

    Raises OSError, Unauthorized.
    """
    require_key(profile.provider)
    now = datetime.now(UTC)
    session_id = new_id(now)
    workspace = Workspace.open(folder, own_folders=(home.config, home.data))
    changes = ChangeStore(home.data / "changes", session_id)
    recovered = await asyncio.to_thread(recover, changes, workspace)
    opening = Opened(session_id, str(workspace.root), f"{now:%Y-%m-%d}", f"oss-tui {version()}")
    recorder = Recorder(path_of(folder_of(home.data, workspace.root), session_id), opening)
    notes = await asyncio.to_thread(find_guidance, workspace, home, trust)
    always = await asyncio.to_thread(load_allowed, home.data, workspace.root)
    permissions = Permissions(profile.mode, always, keep=partial(save_allowed, home.data, workspace.root))
    servers, local_only = (config.mcp_servers, config.local_only) if config else ((), False)
    more_tools = MoreTools(home.config, workspace.root, servers, local_only=local_only)
    more_tools.begin()
    session = Session(
        profile,
        workspace,
        permissions,
        changes,
        counter,
        recorder,
        date=opening.date,
        more_tools=more_tools,
        guidance=notes.guidance,
    )
    return OpenedSession(session, (*(_tell(one) for one in recovered), *notes.remarks), notes.question)


async def trust_notes(opened: OpenedSession, home: Home) -> str:
    """The person said yes to the question: remember it and use the notes. Returns what happened, in one line.

    Raises OSError when the answer cannot be kept.
    """
    assert opened.question is not None
    await asyncio.to_thread(TrustStore(home.data).grant, opened.question)
    notes = await asyncio.to_thread(find_guidance, opened.session.workspace, home, "ask")
    names = ", ".join(file.note.path for file in opened.question.files)
    if opened.session.use(notes.guidance):
        return f"{names}: used from now on"
    return f"{names}: used from the next session on; the instructions of this one are sent already"


async def load_vocabulary(counter: TokenCounter) -> str:
    """Make counts exact; returns why they stay estimates, or nothing."""
    try:
        await counter.load()
    except (VocabularyDamaged, OSError) as error:
        return f"token counts stay estimates: {error}"
    return ""


def version() -> str:
    return metadata.version("oss-tui")


def _tell(recovered: Recovered) -> str:
    paths = ", ".join(recovered.paths)
    match recovered.outcome:
        case "completed":
            return f"an apply that was interrupted had finished: {paths}"
        case "taken_back":
            return f"an apply that was interrupted was taken back: {paths} as before"
        case "blocked":
            return f"an apply that was interrupted could not be taken back: something stands in the way of {paths}"
