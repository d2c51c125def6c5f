"""Which notes a session goes by: the person's own always, the project's as far as they are trusted.

Reads and decides; says in one line each what is used and what is not.
"""

from __future__ import annotations

from agent.config.load import Home
from agent.files.workspace import Workspace
from agent.notes import OWN_FILE, PROJECT_FILE, Guidance, Note, nested_notes, own_note, root_note
from agent.permissions.trust import TrustMode, TrustQuestion, TrustStore
from backends.frozen import frozen


@frozen
class FoundGuidance:
    """The notes to go by, a line for each thing to tell the person, and what would have to be trusted for the rest."""

    guidance: Guidance
    remarks: tuple[str, ...] = ()
    question: TrustQuestion | None = None


def find_guidance(workspace: Workspace, home: Home, trust: TrustMode) -> FoundGuidance:
    """Blocking, for a thread: reads notes and walks the folder for nested ones, briefly."""
    own, remarks = _own(home)
    root = root_note(workspace)
    nested = nested_notes(workspace) if trust != "no" else ()
    project = (*((root,) if root else ()), *nested)
    question = TrustStore(home.data).question(workspace.root, project) if trust == "ask" else None
    refused = {file.note.path for file in question.files} if question else set[str]()
    used = [] if trust == "no" else [note for note in project if note.path not in refused]
    guidance = Guidance(
        own,
        root if root in used else None,
        tuple(note for note in nested if note in used),
    )
    return FoundGuidance(guidance, (*remarks, *_project_remarks(root, guidance, question, trust)), question)


def _own(home: Home) -> tuple[Note | None, tuple[str, ...]]:
    try:
        own = own_note(home.config)
    except OSError as error:
        return None, (f"{OWN_FILE} is not used: {error}",)
    return own, ((f"{own.words} is used",) if own else ())


def _project_remarks(
    root: Note | None, guidance: Guidance, question: TrustQuestion | None, trust: TrustMode
) -> tuple[str, ...]:
    remarks: list[str] = []
    if guidance.project:
        remarks.append(f"{guidance.project.words} is used")
    if guidance.nested:
        folders = ", ".join(f"{note.folder}/" for note in guidance.nested[:5])
        remarks.append(f"{len(guidance.nested)} nested {PROJECT_FILE} will be used below {folders}")
    if trust == "no" and root:
        remarks.append(f"{PROJECT_FILE} is not used: folder not trusted (--trust uses it)")
    for file in question.files if question else ():
        reason = "folder not trusted" if file.before is None else "it changed since it was trusted"
        remarks.append(f"{file.note.path} is not used: {reason}")
    return tuple(remarks)
