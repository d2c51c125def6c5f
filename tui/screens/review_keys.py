"""The keys of the review and of what was changed: what they do here, and how the footer tells them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from backends.frozen import frozen
from tui.actions import Registry, key_name

LOOKS: Mapping[str, str] = {
    "diff.next": "look('hunk', 1)",
    "diff.before": "look('hunk', -1)",
    "diff.next_file": "look('file', 1)",
    "diff.file_before": "look('file', -1)",
    "diff.page_down": "look('page', 1)",
    "diff.page_up": "look('page', -1)",
    "diff.first": "look('end', -1)",
    "diff.last": "look('end', 1)",
    "diff.left": "look('sideways', -1)",
    "diff.right": "look('sideways', 1)",
    "diff.view": "look('view')",
    "diff.fold": "look('fold')",
    "diff.folds": "look('folds')",
}

DEEDS: Mapping[str, str] = LOOKS | {
    "review.accept": "decide('accept')",
    "review.reject": "decide('reject')",
    "review.accept_file": "decide_file('accept')",
    "review.reject_file": "decide_file('reject')",
    "review.comment": "comment('hunk')",
    "review.comment_file": "comment('file')",
    "review.comment_all": "comment('all')",
    "review.next_match": "found(1)",
    "review.match_before": "found(-1)",
    "review.keys": "help",
}
"""The screens' own actions; one that is not here is called like the name behind the dot."""

WRITING = frozenset({"review.search", "review.edit", "review.comment", "review.comment_file", "review.comment_all"})
"""After these a text is written."""


@frozen
class Told:
    """What the footer tells together: names of actions, and one title; `kind` is what the screen asks about it."""

    kind: str
    names: tuple[str, ...]
    title: str

    def keys(self, registry: Registry) -> str:
        """As people read them: `j/k`."""
        return "/".join(registry[name].key for name in self.names)


LOOKING = (
    Told("hunk", ("diff.next", "diff.before"), "hunk"),
    Told("file", ("diff.next_file", "diff.file_before"), "file"),
    Told("page", ("diff.page_down",), "page"),
    Told("sideways", ("diff.left", "diff.right"), "wide"),
    Told("view", ("diff.view",), "view"),
    Told("fold", ("diff.fold", "diff.folds"), "fold"),
)

REVIEWING = (
    Told("decide", ("review.accept",), "accept"),
    Told("decide", ("review.reject",), "reject"),
    Told("decide_file", ("review.accept_file", "review.reject_file"), "file"),
    Told("accept_all", ("review.accept_all",), "all"),
    Told("edit", ("review.edit",), "edit"),
    Told("comment", ("review.comment", "review.comment_file", "review.comment_all"), "comment"),
    Told("undo", ("review.undo",), "undo"),
    *LOOKING,
    Told("search", ("review.search",), "search"),
    Told("found", ("review.next_match", "review.match_before"), "match"),
    Told("apply", ("review.apply",), "apply"),
    Told("later", ("review.later",), "later"),
    Told("help", ("review.keys",), "keys"),
)

CHANGES = (
    *LOOKING,
    Told("undo", ("changes.undo",), "undo the last change of this file"),
    Told("undo_step", ("changes.undo_step",), "with all that came with it"),
    Told("close", ("changes.close",), "close"),
)

ESSENTIAL = {"decide", "accept_all", "hunk", "apply", "later", "help"}
"""What the footer of a low screen still tells, so that the diff has room; the other keys are in the list."""


def writing_keys(registry: Registry) -> Mapping[str, str]:
    """Keys after which a text is written, with what they do."""
    found = (action for action in registry.actions if action.name in WRITING)
    return {key: DEEDS.get(one.name, one.name.partition(".")[2]) for one in found for key in one.keys}


def listed(registry: Registry) -> Iterable[tuple[str, str]]:
    """Every key of the review with what it does."""
    for action in registry.actions:
        if action.where in ("review", "diff"):
            yield " ".join(map(key_name, action.keys)), action.help
