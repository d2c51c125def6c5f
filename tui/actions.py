"""The one registry of what a person can do: keys, slash commands, palette, key hints, help and docs follow from it.

An action's `do` is an action of the chat screen or of the app, by default the method `action_<name>`. Knows no widget.
`python -m tui.actions` prints `docs/keys.md`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from backends.frozen import frozen

Situation = Literal["idle", "running", "proposal", "command"]
"""What the chat screen is doing: nothing, a turn, or a turn that waits for a review or for leave to run a command."""

Place = Literal["back", "on", "start", "end"]

Group = Literal["conversation", "approval", "model", "screen", "writing"]

ANY: frozenset[Situation] = frozenset({"idle", "running", "proposal", "command"})
IDLE: frozenset[Situation] = frozenset({"idle"})
BUSY: frozenset[Situation] = frozenset({"running", "proposal", "command"})


@frozen
class Action:
    """Something a person can do. `keys` in Textual's spelling, the first is shown; `slash` without its slash.

    `argument` names what may follow the slash command. `in_composer`: the composer handles these keys itself.
    `call` is the screen's action where that is not `name`.
    """

    name: str
    title: str
    help: str
    group: Group
    keys: tuple[str, ...] = ()
    slash: str = ""
    argument: str = ""
    when: frozenset[Situation] = ANY
    in_composer: bool = False
    is_hinted: bool = False
    call: str = ""

    @property
    def do(self) -> str:
        """The screen's action in Textual's spelling."""
        return self.call or self.name

    def spelled(self, argument: str) -> str:
        """As `do`, with what was written behind the slash command, where the action takes something."""
        if not (self.argument and argument):
            return self.do
        name, _, fixed = self.do.removesuffix(")").partition("(")
        return f"{name}({', '.join(filter(None, (fixed, repr(argument))))})"

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
           ("enter",), in_composer=True),
    Action("cancel", "stop", "Stop the turn; a queued message comes back to be edited first.", "conversation",
           ("escape",), when=BUSY, in_composer=True, is_hinted=True),
    Action("say_now", "say it now", "Say what is written, or what waits first, to the running turn.",
           "conversation", ("ctrl+t",), when=_in("running")),
    Action("answer_now", "answer now", "Stop thinking and answer, with what was thought so far.", "conversation",
           ("f7",), when=_in("running")),
    Action("new", "new conversation", "Start over with an empty conversation, in the same folder.", "conversation",
           slash="new", when=IDLE),
    Action("undo_edits", "undo edits", "Undo the last change that was written to disk.", "conversation",
           slash="undo", when=IDLE),
    Action("redo_edits", "redo edits", "Make the change again that was undone last.", "conversation",
           slash="redo", when=IDLE),
    Action("diff", "what was changed", "Look at everything this session changed, as one diff.", "conversation",
           slash="diff", call="past('diff')"),
    Action("rewind", "go back to a message", "Take conversation and files back to before an earlier message.",
           "conversation", slash="rewind", when=IDLE, call="past('rewind')"),
    Action("resume", "go on with a session", "Choose an earlier session of this folder, and search in all of them.",
           "conversation", slash="resume", argument="[ID|latest]", when=IDLE, call="past('resume')"),
    Action("fork", "try another way", "Go on with a copy of this session; the first one stays as it is.",
           "conversation", slash="fork", when=IDLE, call="past('fork')"),
    Action("rename", "name this session", "Give the session a name to find it by.", "conversation",
           slash="rename", argument="NAME", call="past('rename')"),
    Action("export", "export this session", "Write the session to a file for you alone.", "conversation",
           slash="export", argument="[markdown|html]", call="past('export')"),
    Action("delete", "delete this session", "Delete the session and everything kept of it, after a question.",
           "conversation", slash="delete", when=IDLE, call="past('delete')"),
    Action("compact", "make room", "Shorten the conversation that is sent: old output first, then a summary.",
           "conversation", slash="compact", when=IDLE),
    Action("trust", "trust this folder", "Use the folder's notes; run what is proven harmless without a question.",
           "conversation", slash="trust", call="past('trust')"),
    Action("prompt", "what was sent", "Show the last request word for word, as it was sent.", "conversation",
           slash="prompt", call="past('prompt')"),
    Action("stats", "totals", "Turns, requests and tokens of this session, and the files it changed.",
           "conversation", slash="stats", call="past('stats')"),
    Action("copy", "copy the answer", "Copy what is selected, or the last answer, as it was written.", "conversation",
           ("ctrl+o",), slash="copy"),
    Action("copy_code", "copy code", "Copy the last answer's code block; again, the next one.", "conversation",
           ("f9",)),
    Action("context", "what fills the window", "Show what the context is made of, and the session's totals.",
           "conversation", ("f5",), slash="context"),
    # ── approval
    Action("review", "review", "Look at a proposal hunk by hunk, before anything is written.", "approval",
           ("enter",), when=_in("proposal"), in_composer=True, is_hinted=True),
    Action("approve", "approve all", "Write the whole proposal.", "approval",
           ("ctrl+y",), when=_in("proposal"), is_hinted=True, call="answer('yes')"),
    Action("reject", "reject all", "Write nothing of the proposal.", "approval",
           ("ctrl+n",), when=_in("proposal"), is_hinted=True, call="answer('no')"),
    Action("run_once", "run it once", "Run the command that is shown, this time.", "approval",
           ("ctrl+y",), when=_in("command"), is_hinted=True, call="answer('yes')"),
    Action("run_session", "run it in this session", "Run exactly this command without asking again in this session.",
           "approval", ("ctrl+s",), when=_in("command"), is_hinted=True, call="answer('session')"),
    Action("refuse", "do not run", "Tell the model that the command was refused.", "approval",
           ("ctrl+n",), when=_in("command"), is_hinted=True, call="answer('no')"),
    # ── model
    Action("profiles", "profiles", "Choose, make or change the profile: model, server, permissions; with live state.",
           "model", ("f2",), slash="profile", argument="[NAME]"),
    Action("setup", "set-up", "See what runs on this machine, set it up, check it, mend it.", "model",
           ("f3",), slash="setup"),
    Action("status", "status", "Profile, server, window, sandbox and trust, as they are now.", "model",
           slash="status"),
    Action("debug_config", "effective configuration", "Every setting, its value and where it comes from.", "model",
           slash="debug-config", call="status(True)"),
    Action("raise_window", "raise the window to 64k", "Load the model with the window that agent work needs.", "model",
           ("f4",), when=IDLE),
    Action("effort", "effort", "Think less or more: low, medium, high; from the next turn on.", "model",
           ("f6",), slash="effort", argument="[low|medium|high]"),
    # ── screen
    Action("help", "keys", "Every key and command.", "screen", ("f1",), slash="help", call="app.help"),
    Action("palette", "commands", "Find a command by its name.", "screen", ("ctrl+p",)),
    Action("theme", "theme", "Choose the colours, seen live while choosing.", "screen", slash="theme",
           argument="[NAME]", call="app.theme"),
    Action("page_up", "page up", "Scroll the conversation back.", "screen", ("pageup",), call="scroll('back')"),
    Action("page_down", "page down", "Scroll the conversation on.", "screen", ("pagedown",), call="scroll('on')"),
    Action("to_start", "to the start", "Go to the first line of the conversation.", "screen",
           ("ctrl+home",), call="scroll('start')"),
    Action("to_end", "to the end", "Go to the last line, and follow what is written.", "screen",
           ("ctrl+end",), call="scroll('end')"),
    Action("mouse", "release the mouse", "Leave the mouse to the terminal, for its own selection; again takes it back.",
           "screen", ("f8",), call="app.mouse"),
    Action("quit", "quit", "Leave oss-tui: ctrl+c twice, or ctrl+d with nothing written.", "screen",
           ("ctrl+q",), slash="quit"),
    # ── writing
    Action("newline", "new line", "Begin a new line in the message.", "writing",
           ("shift+enter", "alt+enter", "ctrl+j"), in_composer=True),
    Action("older", "earlier message", "Bring back an earlier message, from the first line.", "writing",
           ("up",), in_composer=True),
    Action("newer", "later message", "Go on to the later message, from the last line.", "writing",
           ("down",), in_composer=True),
    Action("complete", "complete", "Take the command or the file (@) that is marked in the list.", "writing",
           ("tab",), in_composer=True),
    Action("history", "earlier messages", "Search what was written before, in earlier sessions too.", "writing",
           ("ctrl+r",), slash="history"),
    Action("editor", "write in your editor", "Write the message in $VISUAL or $EDITOR.", "writing",
           ("ctrl+g",), when=IDLE),
    Action("interrupt", "copy or quit", "Copy what is selected; with nothing selected, twice quits.", "writing",
           ("ctrl+c",)),
    Action("end_of_input", "quit when empty", "Quit when nothing is written, else delete the next character.",
           "writing", ("ctrl+d",), in_composer=True),
)  # fmt: skip


BY_NAME = {action.name: action for action in ACTIONS}


def applies(do: str, parameters: tuple[object, ...], situation: Situation) -> bool:
    """Whether a screen action, as Textual names it, can be done now. What is not in the registry always can."""
    spelled = f"{do}({', '.join(map(repr, parameters))})" if parameters else do
    known = [action for action in ACTIONS if action.do == spelled]
    return not known or any(situation in action.when for action in known)


def by_slash(word: str) -> Action | None:
    """The action of a slash command, without its slash; an unmistakable beginning is enough."""
    exact = [action for action in ACTIONS if action.slash and action.slash == word]
    begun = [action for action in ACTIONS if word and action.slash.startswith(word)]
    return exact[0] if exact else begun[0] if len(begun) == 1 else None


def completions(word: str) -> tuple[Action, ...]:
    """Slash commands for what is typed after the slash: those that begin so, then those that hold it."""
    commands = [action for action in ACTIONS if action.slash]
    begun = [action for action in commands if action.slash.startswith(word)]
    held = [action for action in commands if len(word) > 1 and (word in action.slash or word in action.title)]
    return tuple(dict.fromkeys((*begun, *held)))


def hinted(situation: Situation) -> tuple[Action, ...]:
    """The actions whose keys are told while the screen is in `situation`, the most particular first."""
    return tuple(
        sorted((a for a in ACTIONS if a.is_hinted and situation in a.when), key=lambda action: len(action.when))
    )


def screen_keys() -> Iterator[tuple[str, Action]]:
    """Every key that the chat screen binds, one at a time, with its action."""
    return ((key, action) for action in ACTIONS if not action.in_composer for key in action.keys)


# ── for people ───────────────────────────────────────────────────────────────

_KEY_NAMES = {
    "enter": "⏎",
    "escape": "esc",
    "pageup": "page up",
    "pagedown": "page down",
    "up": "↑",
    "down": "↓",
}

_GROUP_TITLES: dict[Group, str] = {
    "conversation": "Conversation",
    "approval": "When the model asks",
    "model": "Model",
    "screen": "Screen",
    "writing": "Writing",
}


def key_name(key: str) -> str:
    """A key as people read it: `shift+⏎`, `F1`, `ctrl+y`."""
    *modifiers, last = key.split("+")
    name = _KEY_NAMES.get(last, last.upper() if last[0] == "f" and last[1:].isdigit() else last)
    return "+".join([*modifiers, name])


def groups() -> Iterator[tuple[str, tuple[Action, ...]]]:
    """The actions by group, with the group's title."""
    for group, title in _GROUP_TITLES.items():
        yield title, tuple(action for action in ACTIONS if action.group == group)


def markdown() -> str:
    """The page `docs/keys.md`."""
    lines = [
        "# Keys and commands",
        "",
        "Written by `python -m tui.actions` from the registry that the program itself uses; do not edit.",
    ]
    for title, actions in groups():
        lines += ["", f"## {title}", "", "| key | command | what it does |", "|---|---|---|"]
        lines += [_row(action) for action in actions]
    return "\n".join(lines) + "\n"


def _row(action: Action) -> str:
    keys = " ".join(f"`{key_name(key)}`" for key in action.keys)
    usage = f"`{action.usage}`".replace("|", "\\|") if action.usage else ""
    return f"| {keys} | {usage} | {action.help} |"


if __name__ == "__main__":
    import sys

    sys.stdout.write(markdown())
