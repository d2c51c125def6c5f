"""Opening a session: workspace, leftovers of a crash, the file it is kept in; for the screen and `exec` alike."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from agent.config.load import Config, Home
from agent.config.profiles import Profile, require_key
from agent.edits.errors import Busy
from agent.edits.journal import ChangeStore
from agent.edits.recovery import Recovered, recover
from agent.files.workspace import Workspace
from agent.guidance import find_guidance
from agent.permissions.allowed_commands import load_allowed, save_allowed
from agent.permissions.policy import Permissions, Surroundings
from agent.permissions.trust import TrustMode, TrustQuestion, TrustStore
from agent.processes.sandbox import NoSandbox, Sandbox
from agent.record.entries import Opened
from agent.record.past import Past
from agent.record.recorder import Recorder
from agent.record.shelf import folder_of, new_id, path_of
from agent.record.tape import TapeFolder, tape_folder
from agent.session import Session
from agent.tokens import TokenCounter, VocabularyDamaged
from agent.tools.more import MoreTools
from agent.version import VERSION
from backends.frozen import frozen


@frozen
class Opening:
    """What a session is opened with, whether it is new or goes on.

    The tool servers of `config` are connected to meanwhile. `kept_in` is where the session's own files go (what was
    said, its tape, the bytes for undo) when not with all others in `home.data`.
    """

    profile: Profile
    folder: Path
    home: Home
    counter: TokenCounter
    trust: TrustMode = "ask"
    config: Config | None = None
    kept_in: Path | None = None

    @property
    def data(self) -> Path:
        """The folder of the session's own files."""
        return self.kept_in or self.home.data

    @property
    def own_folders(self) -> tuple[Path, ...]:
        """What no tool and no command of the session may see."""
        return tuple(dict.fromkeys((self.home.config, self.home.data, self.data)))

    def workspace(self) -> Workspace:
        """Raises OSError and WorkspaceError."""
        return Workspace.open(self.folder, own_folders=self.own_folders)


@frozen
class OpenedSession:
    """A session ready for its next turn, and one line for each thing the person should know about it.

    `question` asks for trust in the notes that are not used yet; a yes goes to `trust_notes`, a no goes nowhere.
    Whether the folder is trusted, and what commands run in, is in `session.permissions.surroundings`.
    """

    session: Session
    remarks: tuple[str, ...]
    question: TrustQuestion | None = None


async def open_session(opening: Opening) -> OpenedSession:
    """A new session. Raises OSError, WorkspaceError, Unauthorized."""
    require_key(opening.profile.provider)
    now = datetime.now(UTC)
    session_id = new_id(now)
    workspace = opening.workspace()
    opened = Opened(session_id, str(workspace.root), f"{now:%Y-%m-%d}", f"oss-tui {version()}")
    recorder = Recorder(path_of(folder_of(opening.data, workspace.root), session_id), opened)
    return await assemble(opening, workspace, recorder, Past(session=session_id, date=opened.date))


async def assemble(opening: Opening, workspace: Workspace, recorder: Recorder, past: Past) -> OpenedSession:
    """A session in `workspace` that goes on from `past` and is kept by `recorder`. Raises OSError.

    Takes `workspace` and `recorder` over: when it fails, they are closed.
    """
    profile, home, trust, config = opening.profile, opening.home, opening.trust, opening.config
    async with AsyncExitStack() as undo:
        undo.callback(workspace.close)
        undo.callback(recorder.close)
        changes = ChangeStore(opening.data / "changes", past.session)
        recovering = asyncio.create_task(asyncio.to_thread(_mend, changes, workspace))
        finding = asyncio.create_task(asyncio.to_thread(find_guidance, workspace, home, trust))
        permitting = asyncio.create_task(_permissions(opening, workspace))
        # To the end of all: a thread must not go on in a workspace that another's failure has closed.
        await asyncio.gather(recovering, finding, permitting, return_exceptions=True)
        mended, notes, (permissions, sandbox_remarks) = recovering.result(), finding.result(), permitting.result()
        if isinstance(mended, OSError):
            recorder.expect(str(mended))  # told here
        store = TrustStore(home.data)
        is_known = trust == "ask" and notes.question is None and await asyncio.to_thread(store.knows, workspace.root)
        permissions.surroundings.is_trusted = trust == "yes" or is_known
        servers, local_only = (config.mcp_servers, config.local_only) if config else ((), False)
        more_tools = MoreTools(home.config, workspace.root, servers, local_only=local_only)
        undo.push_async_callback(more_tools.aclose)
        more_tools.begin()
        session = Session(
            profile,
            workspace,
            permissions,
            changes,
            opening.counter,
            recorder,
            past=past,
            more_tools=more_tools,
            guidance=notes.guidance,
            tape=TapeFolder(tape_folder(recorder.path)),
        )
        undo.pop_all()
    remarks = (*_told(mended, opening.data), *notes.remarks, *sandbox_remarks)
    return OpenedSession(session, remarks, notes.question)


async def _permissions(opening: Opening, workspace: Workspace) -> tuple[Permissions, tuple[str, ...]]:
    profile, data = opening.profile, opening.home.data
    always, found = await asyncio.gather(
        asyncio.to_thread(load_allowed, data, workspace.root),
        Sandbox.detect(workspace.root, opening.own_folders),
    )
    around = Surroundings(workspace.root, profile.rules, found=found, wanted=profile.sandbox)
    keep = partial(save_allowed, data, workspace.root)
    remarks: tuple[str, ...] = ()
    if profile.sandbox == "off":
        remarks = ("the sandbox is off: every command is asked about, and has your rights",)
    elif isinstance(found, NoSandbox):
        end = "no command runs" if profile.sandbox == "on" else "every command is asked about, and has your rights"
        remarks = (f"{found.reason}: {end}",)
    return Permissions(profile.mode, always, keep, around), remarks


async def trust_folder(session: Session, home: Home) -> None:
    """The person trusts the folder itself: what the rules prove harmless runs unasked in the sandbox from now on.

    Raises OSError when the answer cannot be kept.
    """
    await asyncio.to_thread(TrustStore(home.data).grant, TrustQuestion(session.workspace.root, ()))
    session.permissions.surroundings.is_trusted = True


async def trust_notes(opened: OpenedSession, home: Home) -> str:
    """The person said yes to the question: remember it and use the notes. Returns what happened, in one line.

    Raises OSError when the answer cannot be kept.
    """
    assert opened.question is not None
    await asyncio.to_thread(TrustStore(home.data).grant, opened.question)
    opened.session.permissions.surroundings.is_trusted = True
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
    return VERSION


def _mend(changes: ChangeStore, workspace: Workspace) -> tuple[Recovered, ...] | Busy | OSError:
    """What a crash left is mended, or why not: it costs nobody the conversation, and the next apply tries again."""
    try:
        return recover(changes, workspace)
    except (Busy, OSError) as error:
        return error


def _told(mended: tuple[Recovered, ...] | Busy | OSError, data: Path) -> tuple[str, ...]:
    match mended:
        case Busy():
            return (str(mended),)
        case OSError():
            why = mended.strerror or mended
            return (f"nothing can be kept in {data} ({why}): until it can, all is in memory and no file changes",)
        case _:
            return tuple(_tell(one) for one in mended)


def _tell(recovered: Recovered) -> str:
    paths = ", ".join(recovered.paths)
    match recovered.outcome:
        case "completed":
            return f"an apply that was interrupted had finished: {paths}"
        case "taken_back":
            return f"an apply that was interrupted was taken back: {paths} as before"
        case "blocked":
            return f"an apply that was interrupted could not be taken back: something stands in the way of {paths}"
