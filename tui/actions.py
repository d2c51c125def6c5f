"""The one registry of what a person can do: keys, slash commands, palette, key hints, help and docs follow from it.

What doing an action means stands in `tui.deeds`. Knows no widget. `python -m tui.actions` prints `docs/keys.md`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from backends.frozen import frozen

Situation = Literal["idle", "running", "proposal", "command"]
"""What the chat screen is doing: nothing, a turn, or a turn that waits for a review or for leave to run a command."""

Group = Literal["conversation", "approval", "model", "screen", "writing", "reading"]

Where = Literal["screen", "composer", "transcript"]
"""Where a key means the action: anywhere on the screen, while writing, or while reading."""

ANY: frozenset[Situation] = frozenset({"idle", "running", "proposal", "command"})
IDLE: frozenset[Situation] = frozenset({"idle"})
BUSY: frozenset[Situation] = frozenset({"running", "proposal", "command"})


APPROVING = frozenset({"approve", "run_once", "run_session"})
"""Actions that count only for what was read to its end (THREATS.md T6)."""


@frozen
class Action:
    """Something a person can do. `keys` in Textual's spelling, the first is shown; `slash` without its slash.

    `argument` names what may follow the slash command. `is_fixed`: its keys cannot be changed.
    """

    name: str
    title: str
    help: str
    group: Group
    keys: tuple[str, ...] = ()
    slash: str = ""
    argument: str = ""
    when: frozenset[Situation] = ANY
    where: Where = "screen"
    is_hinted: bool = False
    is_fixed: bool = False

    @property
    def key(self) -> str:
        """The key as people read it; empty when there is none."""
        return key_name(self.keys[0]) if self.keys else ""

    @property
    def usage(self) -> str:
        """The slash command with its argument; empty when there is none."""
        return f"/{self.slash} {self.argument}".strip() if self.slash else ""


def _in(*situations: Situation) -> frozenset[Situation]:
    return frozenset(situations)


ACTIONS: tuple[Action, ...] = (
    # ── conversation
    Action("send", "send", "Send the message; while a turn runs it waits in the queue.", "conversation",
           ("enter",), where="composer"),
    Action("cancel", "stop", "Stop the turn; a queued message comes back to be edited first.", "conversation",
           ("escape",), when=BUSY, where="composer", is_hinted=True),
    Action("say_now", "say it now", "Say what is written, or what waits first, to the running turn.",
           "conversation", ("ctrl+t",), when=_in("running")),
    Action("answer_now", "answer now", "Stop thinking and answer, with what was thought so far.", "conversation",
           ("f7",), when=_in("running")),
    Action("new", "new conversation", "Start over with an empty conversation, in the same folder.", "conversation",
           slash="new", when=IDLE),
    Action("undo_edits", "undo edits", "Undo the last change that was written to disk, or the last one to a file.",
           "conversation", slash="undo", argument="[FILE]", when=IDLE),
    Action("redo_edits", "redo edits", "Make the change again that was undone last.", "conversation",
           slash="redo", when=IDLE),
    Action("diff", "what was changed", "Look at everything this session changed, as one diff.", "conversation",
           slash="diff"),
    Action("commit", "commit what was changed", "Commit to git what this session changed; the model proposes words.",
           "conversation", slash="commit", argument="[MESSAGE]", when=IDLE),
    Action("rewind", "go back to a message", "Take conversation and files back to before an earlier message.",
           "conversation", slash="rewind", when=IDLE),
    Action("resume", "go on with a session", "Choose an earlier session of this folder, and search in all of them.",
           "conversation", slash="resume", argument="[ID|latest]", when=IDLE),
    Action("fork", "try another way", "Go on with a copy of this session; the first one stays as it is.",
           "conversation", slash="fork", when=IDLE),
    Action("rename", "name this session", "Give the session a name to find it by.", "conversation",
           slash="rename", argument="NAME"),
    Action("export", "export this session", "Write the session to a file for you alone.", "conversation",
           slash="export", argument="[markdown|html]"),
    Action("delete", "delete this session", "Delete the session and everything kept of it, after a question.",
           "conversation", slash="delete", when=IDLE),
    Action("compact", "make room", "Shorten the conversation that is sent: old output first, then a summary.",
           "conversation", slash="compact", when=IDLE),
    Action("uncompact", "take the room back", "Send the conversation as before it was shortened, with what came since.",
           "conversation", slash="uncompact", when=IDLE),
    Action("trust", "trust this folder", "Use the folder's notes; run what is proven harmless without a question.",
           "conversation", slash="trust"),
    Action("prompt", "what was sent", "Show the last request word for word, as it was sent.", "conversation",
           slash="prompt"),
    Action("stats", "totals", "Turns, requests, tokens, calls and changed files of this session.",
           "conversation", slash="stats"),
    Action("tools", "tools", "The tools that the model has, and what each is for.", "conversation", slash="tools"),
    Action("copy", "copy the answer", "Copy what is selected, or the last answer, as it was written.", "conversation",
           ("ctrl+o",), slash="copy"),
    Action("copy_code", "copy code", "Copy the last answer's code block; again, the next one.", "conversation",
           ("f9",), slash="copy-code"),
    Action("context", "what fills the window", "Show what the context is made of, and the session's totals.",
           "conversation", ("f5",), slash="context"),
    # ── approval
    Action("review", "review", "Look at a proposal hunk by hunk, before anything is written.", "approval",
           ("enter",), slash="review", when=_in("proposal"), where="composer", is_hinted=True, is_fixed=True),
    Action("approve", "approve all", "Write the whole proposal.", "approval",
           ("ctrl+y",), when=_in("proposal"), is_hinted=True),
    Action("reject", "reject all", "Write nothing of the proposal.", "approval",
           ("ctrl+n",), when=_in("proposal"), is_hinted=True),
    Action("run_once", "run it once", "Run the command that is shown, this time.", "approval",
           ("ctrl+y",), when=_in("command"), is_hinted=True),
    Action("run_session", "run, ask no more", "Run exactly this command without asking again in this session.",
           "approval", ("ctrl+s",), when=_in("command"), is_hinted=True),
    Action("refuse", "do not run", "Tell the model that the command was refused.", "approval",
           ("ctrl+n",), when=_in("command"), is_hinted=True),
    # ── model
    Action("profiles", "profiles", "Choose, make or change the profile: model, server, permissions; with live state.",
           "model", ("f2",), slash="profile", argument="[NAME]"),
    Action("model", "model", "Go on with another model of this server; the profile stays as it is written.", "model",
           slash="model", argument="[NAME]"),
    Action("setup", "set-up", "See what runs on this machine, set it up, check it, mend it.", "model",
           ("f3",), slash="setup"),
    Action("doctor", "check-up", "Check this profile: server, model, window and a tool call.", "model", slash="doctor"),
    Action("permissions", "permissions", "What may happen without a question, and what was allowed.", "model",
           slash="permissions"),
    Action("mcp", "tool servers", "The tool servers that are configured, and how.", "model", slash="mcp"),
    Action("status", "status", "Profile, server, window, sandbox and trust, as they are now.", "model",
           slash="status"),
    Action("debug_config", "effective configuration", "Every setting, its value and where it comes from.", "model",
           slash="debug-config"),
    Action("raise_window", "raise the window to 64k", "Load the model with the window that agent work needs.", "model",
           ("f4",), when=IDLE),
    Action("effort", "effort", "Think less or more: low, medium, high; from the next turn on.", "model",
           ("f6",), slash="effort", argument="[low|medium|high]"),
    # ── screen
    Action("help", "keys", "Every key and command.", "screen", ("f1",), slash="help"),
    Action("palette", "commands", "Find a command by its name.", "screen", ("ctrl+p",)),
    Action("theme", "theme", "Choose the colours, seen live while choosing.", "screen", slash="theme",
           argument="[NAME]"),
    Action("page_up", "page up", "Scroll the conversation back.", "screen", ("pageup",)),
    Action("page_down", "page down", "Scroll the conversation on.", "screen", ("pagedown",)),
    Action("to_start", "to the start", "Go to the first line of the conversation.", "screen",
           ("ctrl+home",)),
    Action("to_end", "to the end", "Go to the last line, and follow what is written.", "screen",
           ("ctrl+end",)),
    Action("find", "find in the conversation", "Look for a text in all that was said and done.", "screen",
           ("ctrl+f",), slash="find", argument="[TEXT]"),
    Action("earlier_prompt", "to the message before", "Go back to the message before what is in view.", "screen",
           ("alt+up",)),
    Action("later_prompt", "to the next message", "Go on to the message after what is in view.", "screen",
           ("alt+down",)),
    Action("wrap", "wrap code or cut it", "Wrap long lines of code, or cut them where the screen ends.", "screen",
           ("alt+z",), slash="wrap"),
    Action("mouse", "release the mouse", "Leave the mouse to the terminal, for its own selection; again takes it back.",
           "screen", ("f8",), slash="mouse"),
    Action("quit", "quit", "Leave oss-tui.", "screen",
           ("ctrl+q",), slash="quit"),
    # ── writing
    Action("newline", "new line", "Begin a new line in the message.", "writing",
           ("shift+enter", "alt+enter", "ctrl+j"), where="composer"),
    Action("older", "earlier message", "Bring back an earlier message, from the first line.", "writing",
           ("up",), where="composer", is_fixed=True),
    Action("newer", "later message", "Go on to the later message, from the last line.", "writing",
           ("down",), where="composer", is_fixed=True),
    Action("complete", "complete", "Take the command or the file (@) that is marked in the list.", "writing",
           ("tab",), where="composer", is_fixed=True),
    Action("history", "earlier messages", "Search what was written before, in earlier sessions too.", "writing",
           ("ctrl+r",), slash="history"),
    Action("editor", "write in your editor", "Write the message in $VISUAL or $EDITOR.", "writing",
           ("ctrl+g",), when=IDLE),
    Action("interrupt", "copy, stop or quit", "Copy what is selected; else stop the turn; twice quits.", "writing",
           ("ctrl+c",)),
    Action("end_of_input", "quit when empty", "Quit when nothing is written, else delete the next character.",
           "writing", ("ctrl+d",), where="composer"),
    # ── reading
    Action("read", "read", "Go into the conversation, from entry to entry; tab there comes back.", "reading",
           ("tab", "shift+tab"), where="composer", is_fixed=True),
    Action("entry_down", "next entry", "Go to the next entry.", "reading", ("j",), where="transcript"),
    Action("entry_up", "entry before", "Go to the entry before.", "reading", ("k",), where="transcript"),
    Action("prompt_up", "message before", "Go to the message before.", "reading",
           ("left_square_bracket",), where="transcript"),
    Action("prompt_down", "next message", "Go to the next message.", "reading",
           ("right_square_bracket",), where="transcript"),
    Action("row_up", "line up", "Scroll a line back.", "reading", ("up",), where="transcript"),
    Action("row_down", "line down", "Scroll a line on.", "reading", ("down",), where="transcript"),
    Action("first_row", "first line", "Go to the first line.", "reading", ("g", "home"), where="transcript"),
    Action("last_row", "last line", "Go to the last line, and follow what is written.", "reading",
           ("G", "end"), where="transcript"),
    Action("open", "open", "Open or fold a thought, an output or a summary; review a proposal.", "reading",
           ("space", "enter"), where="transcript", is_hinted=True),
    Action("find_here", "find", "Look for a text.", "reading", ("slash",), where="transcript", is_hinted=True),
    Action("find_on", "next place", "Go to the next place of it.", "reading", ("n",), where="transcript"),
    Action("find_back", "place before", "Go to the place before.", "reading", ("N",), where="transcript"),
    Action("select", "select entries", "Select entries from here on, as the cursor moves.", "reading",
           ("v",), where="transcript"),
    Action("copy_this", "copy", "Copy what is selected, or the entry, as it was written.", "reading",
           ("y",), where="transcript", is_hinted=True),
    Action("copy_its_code", "copy code", "Copy the entry's code block; again, the next one.", "reading",
           ("c",), where="transcript"),
    Action("wrap_here", "wrap code or cut it", "Wrap long lines of code, or cut them.", "reading",
           ("w",), where="transcript"),
    Action("leave", "write", "Let go of a selection, then of what was found, then go back to writing.",
           "reading", ("escape",), where="transcript", is_hinted=True),
)  # fmt: skip


# ── the registry ─────────────────────────────────────────────────────────────

_GROUP_TITLES: dict[Group, str] = {
    "conversation": "Conversation",
    "approval": "When the model asks",
    "model": "Model",
    "screen": "Screen",
    "writing": "Writing",
    "reading": "Reading (tab goes there)",
}


class Registry:
    """The actions with their keys as they are in this run of the program: the usual ones, or the person's own."""

    def __init__(self, actions: tuple[Action, ...] = ACTIONS) -> None:
        self.actions = actions
        self._named = {action.name: action for action in actions}

    def __getitem__(self, name: str) -> Action:
        return self._named[name]

    def applies(self, name: str, situation: Situation) -> bool:
        """Whether the action can be done now."""
        return situation in self._named[name].when

    def by_slash(self, word: str) -> Action | None:
        """The action of a slash command, without its slash; an unmistakable beginning is enough."""
        exact = [action for action in self.actions if action.slash and action.slash == word]
        begun = [action for action in self.actions if word and action.slash.startswith(word)]
        return exact[0] if exact else begun[0] if len(begun) == 1 else None

    def completions(self, word: str) -> tuple[Action, ...]:
        """Slash commands for what is typed after the slash: those that begin so, then those that hold it."""
        commands = [action for action in self.actions if action.slash]
        begun = [action for action in commands if action.slash.startswith(word)]
        held = [action for action in commands if len(word) > 1 and (word in action.slash or word in action.title)]
        return tuple(dict.fromkeys((*begun, *held)))

    def hinted(self, situation: Situation, where: Where = "composer") -> tuple[Action, ...]:
        """The actions whose keys are told in `situation` while the keys go to `where`, the most particular first."""
        here = (action for action in self.actions if action.where in ("screen", where))
        hinted = (action for action in here if action.is_hinted and situation in action.when)
        return tuple(sorted(hinted, key=lambda action: len(action.when)))

    def keys(self, where: Where) -> Iterator[tuple[str, Action]]:
        """Every key that means something there, one at a time, with its action."""
        return ((key, action) for action in self.actions if action.where == where for key in action.keys)

    def groups(self) -> Iterator[tuple[str, tuple[Action, ...]]]:
        """The actions by group, with the group's title."""
        for group, title in _GROUP_TITLES.items():
            yield title, tuple(action for action in self.actions if action.group == group)


# ── for people ───────────────────────────────────────────────────────────────

_KEY_NAMES = {
    "enter": "⏎",
    "escape": "esc",
    "pageup": "page up",
    "pagedown": "page down",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "slash": "/",
}


def key_name(key: str) -> str:
    """A key as people read it: `shift+⏎`, `F1`, `ctrl+y`."""
    *modifiers, last = key.split("+")
    name = _KEY_NAMES.get(last, last.upper() if last[0] == "f" and last[1:].isdigit() else last)
    return "+".join([*modifiers, name])


def markdown() -> str:
    """The page `docs/keys.md`."""
    lines = [
        "# Keys and commands",
        "",
        "Written by `python -m tui.actions` from the registry that the program itself uses; do not edit.",
        "",
        "Keys are changed in the configuration, by the names in the last column:",
        "",
        "```toml",
        "[ui.keys]",
        'copy = "ctrl+b"',
        'find = "ctrl+f f10"',
        "```",
        "",
        "Modifiers are `ctrl`, `alt` and `shift`; several keys are separated by spaces. A key that another action has,",
        "and one that writes in the message, are refused with their line; what approves or rejects takes only `ctrl`",
        "with a letter, or a function key.",
        "",
        "An action without a name in the last column has fixed keys. So have dialogs, the review (`?` lists them) and",
        "the row that asks what to find: they tell them where they are. `--plain` has no keys but the terminal's own:",
        "`ctrl+c` stops the turn, or leaves when none runs, and `ctrl+d` leaves.",
    ]
    for title, actions in Registry().groups():
        lines += ["", f"## {title}", "", "| key | command | what it does | name |", "|---|---|---|---|"]
        lines += [_row(action) for action in actions]
    return "\n".join(lines) + "\n"


def _row(action: Action) -> str:
    keys = " ".join(f"`{key_name(key)}`" for key in action.keys)
    usage = f"`{action.usage}`".replace("|", "\\|") if action.usage else ""
    return f"| {keys} | {usage} | {action.help} | {'' if action.is_fixed else f'`{action.name}`'} |"


if __name__ == "__main__":
    import sys

    sys.stdout.write(markdown())
