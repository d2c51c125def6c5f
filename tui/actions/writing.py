"""What keys do while a message is written, and while the conversation is read."""

from __future__ import annotations

from typing import Final

from tui.actions.action import IDLE, Action

WRITING: Final[tuple[Action, ...]] = (
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
