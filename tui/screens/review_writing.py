"""What is written in a review: a hunk's new text, and comments to the model; each a box and what saving it does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, assert_never

from tui.screens.review_dialogs import TextDialog
from tui.widgets.diff.draft import Draft, Place
from tui.widgets.diff.editable import from_editable, is_editable, to_editable

About = Literal["hunk", "file", "all"]


@dataclass(slots=True)
class Errand:
    """A box to open, and what its text does to the draft."""

    dialog: TextDialog
    save: Callable[[str], None]


def edit(draft: Draft, place: Place) -> Errand | None:
    """Edit the new text of a hunk; None when it cannot be spelled out for an editor."""
    change = draft.proposal.changes[place.file]
    hunk, edited = change.hunks[place.hunk], draft.hunk(place).edited
    lines = hunk.after if edited is None else edited
    if not is_editable(lines):
        return None
    newline = "\r\n" if any(line.endswith("\r\n") for line in hunk.before) else "\n"
    title = f"Edit the new text of hunk {place.hunk + 1} of {len(change.hunks)}"
    dialog = TextDialog(title, change.target, to_editable(lines), save="save and accept", is_code=True)
    return Errand(dialog, lambda text: draft.edit(place, from_editable(text, lines, newline)))


def comment(draft: Draft, place: Place, about: About) -> Errand:
    """Say something to the model about the hunk, its file, or the proposal as a whole."""
    file = draft.files[place.file]
    match about:
        case "hunk":
            title = f"Comment to the model on hunk {place.hunk + 1} of {len(file.hunks)}"
            dialog = TextDialog(title, file.path, draft.hunk(place).comment, save="save")
            return Errand(dialog, lambda text: draft.comment_hunk(place, text.strip()))
        case "file":
            dialog = TextDialog("Comment to the model on the file", file.path, file.comment, save="save")
            return Errand(dialog, lambda text: draft.comment_file(place.file, text.strip()))
        case "all":
            dialog = TextDialog("Comment to the model on all of this", "the whole proposal", draft.comment, save="save")
            return Errand(dialog, lambda text: draft.comment_all(text.strip()))
        case _:
            assert_never(about)
