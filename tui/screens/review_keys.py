"""The keys of the review screen: bindings, footer and help follow from this one table."""

from __future__ import annotations

from textual.binding import Binding

from backends.frozen import frozen


@frozen
class Key:
    """`keys` in Textual's spelling. `shown` is how the footer writes them, with `title`; empty when another row does.

    `help` is the row in the list of keys; empty when another row covers it.
    """

    keys: str
    action: str
    shown: str = ""
    title: str = ""
    help: str = ""

    @property
    def name(self) -> str:
        """The action without its parameters."""
        return self.action.partition("(")[0]

    @property
    def binding(self) -> Binding:
        return Binding(self.keys, self.action, self.help or self.title, show=bool(self.shown), key_display=self.shown)


KEYS = (
    Key("y", "decide('accept')", "y", "accept", "accept the hunk and go to the next undecided one"),
    Key("n", "decide('reject')", "n", "reject", "reject the hunk and go to the next undecided one"),
    Key("Y", "decide_file('accept')", "Y/N", "file", "accept or reject every hunk of the file"),
    Key("N", "decide_file('reject')"),
    Key("A", "accept_all", "A", "all", "accept everything in the proposal"),
    Key("e", "edit", "e", "edit", "edit the new text of the hunk; saving accepts it"),
    Key("c", "comment", "c/C", "comment", "comment to the model, on the hunk or on the whole file"),
    Key("C", "comment_file"),
    Key("u", "undo", "u", "undo", "take back the last decision, edit or comment"),
    Key("j,down", "move_hunk(1)", "j/k", "hunk", "next and previous hunk, also ↓ and ↑"),
    Key("k,up", "move_hunk(-1)"),
    Key("J", "move_file(1)", "J/K", "file", "next and previous file"),
    Key("K", "move_file(-1)"),
    Key("space,pagedown", "page(1)", "space", "page", "scroll a page; PgUp back, g and G to the ends"),
    Key("pageup,backspace", "page(-1)"),
    Key("g,home", "to_end(-1)"),
    Key("G,end", "to_end(1)"),
    Key("left", "sideways(-1)", "←/→", "wide", "scroll long lines sideways"),
    Key("right", "sideways(1)"),
    Key("slash", "search", "/", "search", "search in all files, folded lines too"),
    Key("f", "found(1)", "f/F", "match", "next and previous match, also ⏎ and shift+⏎ in the line"),
    Key("F,shift+enter", "found(-1)"),
    Key("v", "switch_view", "v", "view", "unified or side by side, from 140 columns"),
    Key("z", "folds", "z/Z", "fold", "open or close the folds at the hunk, or all of the file"),
    Key("Z", "all_folds"),
    Key("enter", "apply", "⏎", "apply", "apply what is accepted, send rejections and comments"),
    Key("escape", "later", "esc", "later", "decide later: nothing is written, decisions are kept"),
    Key("question_mark", "help", "?", "keys", "this list"),
)

ESSENTIAL = {"decide", "accept_all", "move_hunk", "apply", "later", "help"}
"""Actions whose keys the footer of a low screen keeps, so that the diff has room; the others are in the list."""
