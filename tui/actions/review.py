"""What can be done with a diff: look at it, decide about it, look through what was changed."""

from __future__ import annotations

from typing import Final

from tui.actions.action import Action

REVIEW: Final[tuple[Action, ...]] = (
    # ── looking, in the review and at what was changed
    Action("diff.next", "hunk", "Go to the next hunk.", "review", ("j", "down"), where="diff"),
    Action("diff.before", "hunk before", "Go to the hunk before.", "review", ("k", "up"), where="diff"),
    Action("diff.next_file", "file", "Go to the next file.", "review", ("J",), where="diff"),
    Action("diff.file_before", "file before", "Go to the file before.", "review", ("K",), where="diff"),
    Action("diff.page_down", "page", "Scroll a page on.", "review", ("space", "pagedown"), where="diff"),
    Action("diff.page_up", "page back", "Scroll a page back.", "review", ("pageup", "backspace"), where="diff"),
    Action("diff.first", "first line", "Go to the first line of the file.", "review", ("g", "home"), where="diff"),
    Action("diff.last", "last line", "Go to the last line of the file.", "review", ("G", "end"), where="diff"),
    Action("diff.left", "wide", "Scroll long lines back.", "review", ("left",), where="diff"),
    Action("diff.right", "wide", "Scroll long lines sideways.", "review", ("right",), where="diff"),
    Action("diff.view", "view", "Show it unified or side by side, from 140 columns.", "review", ("v",), where="diff"),
    Action("diff.fold", "fold", "Open or close the folds at the hunk.", "review", ("z",), where="diff"),
    Action("diff.folds", "all folds", "Open or close all folds of the file.", "review", ("Z",), where="diff"),
    # ── deciding
    Action("review.accept", "accept", "Accept the hunk and go to the next undecided one.", "review",
           ("y",), where="review"),
    Action("review.reject", "reject", "Reject the hunk and go to the next undecided one.", "review",
           ("n",), where="review"),
    Action("review.accept_file", "file", "Accept the rest of the file.", "review", ("Y",), where="review"),
    Action("review.reject_file", "reject file", "Reject all of the file.", "review", ("N",), where="review"),
    Action("review.accept_all", "all", "Accept the rest of the proposal; what is rejected stays so.", "review",
           ("A",), where="review"),
    Action("review.edit", "edit", "Edit the new text of the hunk; saving accepts it.", "review",
           ("e",), where="review"),
    Action("review.comment", "comment", "Comment to the model on the hunk.", "review", ("c",), where="review"),
    Action("review.comment_file", "comment on the file", "Comment to the model on the file.", "review",
           ("C",), where="review"),
    Action("review.comment_all", "comment on all", "Comment to the model on the whole proposal.", "review",
           ("m",), where="review"),
    Action("review.undo", "undo", "Take back the last decision, edit or comment.", "review", ("u",), where="review"),
    Action("review.search", "search", "Search in all files, in folded lines too.", "review",
           ("slash",), where="review"),
    Action("review.next_match", "match", "Go to the next match of the search.", "review", ("f",), where="review"),
    Action("review.match_before", "match before", "Go to the match before.", "review", ("F",), where="review"),
    Action("review.apply", "apply", "Apply what is accepted, send rejections and comments.", "review",
           ("enter",), where="review"),
    Action("review.later", "later", "Decide later: nothing is written, decisions are kept.", "review",
           ("escape",), where="review"),
    Action("review.keys", "keys", "List the keys of the review.", "review", ("question_mark", "f1"), where="review"),
    # ── while the search is written
    Action("search.next", "next", "Go to the next match.", "review", ("enter",), where="search"),
    Action("search.before", "previous", "Go to the match before.", "review", ("shift+enter",), where="search"),
    Action("search.close", "close the search", "Go back to the diff; the matches stay.", "review",
           ("escape",), where="search"),
    # ── what was changed
    Action("changes.undo", "undo the last change of this file", "Undo the last change of this file.", "review",
           ("u",), where="changes"),
    Action("changes.undo_step", "with all that came with it", "Undo it with all that came with it.", "review",
           ("U",), where="changes"),
    Action("changes.close", "close", "Go back to the conversation.", "review", ("escape", "q"), where="changes"),
)  # fmt: skip
