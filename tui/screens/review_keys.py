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
        """What it does, whichever way: `decide`, and for a way of looking that way: `hunk`."""
        action, _, given = self.action.partition("(")
        return given.split("'")[1] if action == "look" else action

    @property
    def binding(self) -> Binding:
        return Binding(self.keys, self.action, self.help or self.title, show=bool(self.shown), key_display=self.shown)


LOOKING = (
    Key("j,down", "look('hunk', 1)", "j/k", "hunk", "next and previous hunk, also ↓ and ↑"),
    Key("k,up", "look('hunk', -1)"),
    Key("J", "look('file', 1)", "J/K", "file", "next and previous file"),
    Key("K", "look('file', -1)"),
    Key("space,pagedown", "look('page', 1)", "space", "page", "scroll a page; PgUp back, g and G to the ends"),
    Key("pageup,backspace", "look('page', -1)"),
    Key("g,home", "look('end', -1)"),
    Key("G,end", "look('end', 1)"),
    Key("left", "look('sideways', -1)", "←/→", "wide", "scroll long lines sideways"),
    Key("right", "look('sideways', 1)"),
    Key("v", "look('view')", "v", "view", "unified or side by side, from 140 columns"),
    Key("z", "look('fold')", "z/Z", "fold", "open or close the folds at the hunk, or all of the file"),
    Key("Z", "look('folds')"),
)

KEYS = (
    Key("y", "decide('accept')", "y", "accept", "accept the hunk and go to the next undecided one"),
    Key("n", "decide('reject')", "n", "reject", "reject the hunk and go to the next undecided one"),
    Key("Y", "decide_file('accept')", "Y/N", "file", "accept the rest of the file, or reject all of it"),
    Key("N", "decide_file('reject')"),
    Key("A", "accept_all", "A", "all", "accept the rest of the proposal; what is rejected stays so"),
    Key("e", "edit", "e", "edit", "edit the new text of the hunk; saving accepts it"),
    Key("c", "comment('hunk')", "c/C/m", "comment", "comment to the model: on the hunk, the file, or all of it"),
    Key("C", "comment('file')"),
    Key("m", "comment('all')"),
    Key("u", "undo", "u", "undo", "take back the last decision, edit or comment"),
    *LOOKING,
    Key("slash", "search", "/", "search", "search in all files, folded lines too; then f and F"),
    Key("f", "found(1)", "f/F", "match"),
    Key("F,shift+enter", "found(-1)"),
    Key("enter", "apply", "⏎", "apply", "apply what is accepted, send rejections and comments"),
    Key("escape", "later", "esc", "later", "decide later: nothing is written, decisions are kept"),
    Key("question_mark,f1", "help", "?", "keys", "this list"),
)

WRITING = {key: row.action for row in KEYS if row.name in {"search", "comment", "edit"} for key in row.keys.split(",")}
"""Keys after which a text is written."""

ESSENTIAL = {"decide", "accept_all", "hunk", "apply", "later", "help"}
"""What the footer of a low screen still tells, so that the diff has room; the other keys are in the list."""
