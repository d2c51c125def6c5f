"""What each action of the registry does on the chat screen, by its name; `argument` is what followed a slash command.

Says which part of the screen does it, and nothing of how.
"""

# pyright: reportUnknownMemberType=false
# Textual gives `Screen.app` an unfinished type.
from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.chat.past import Errand
    from tui.chat.screen import ChatScreen

Deed = Callable[["ChatScreen", str], object]


def _errand(errand: Errand) -> Deed:
    """Something that reaches into the session's past."""

    def do(chat: ChatScreen, argument: str) -> None:
        chat.in_dialog(partial(chat.past.do, errand, argument))

    return do


def _of_app(name: str) -> Deed:
    """Something that the app does for every screen."""

    def do(chat: ChatScreen, argument: str) -> None:
        chat.call_later(chat.app.run_action, f"{name}({argument!r})" if argument else name)

    return do


DEEDS: Mapping[str, Deed] = {
    # ── conversation
    "cancel": lambda chat, _: chat.cancel(),
    "say_now": lambda chat, _: chat.talking.say_now(chat.writing.composer.take()),
    "answer_now": lambda chat, _: chat.talking.answer_now(),
    "new": lambda chat, _: chat.begin_anew(),
    "undo_edits": lambda chat, path: chat.tell_of(partial(chat.services.undo, path.removeprefix("@"))),
    "redo_edits": lambda chat, _: chat.tell_of(chat.services.redo),
    "diff": _errand("diff"),
    "commit": _errand("commit"),
    "rewind": _errand("rewind"),
    "resume": _errand("resume"),
    "fork": _errand("fork"),
    "rename": _errand("rename"),
    "export": _errand("export"),
    "delete": _errand("delete"),
    "trust": _errand("trust"),
    "prompt": _errand("prompt"),
    "stats": _errand("stats"),
    "tools": _errand("tools"),
    "permissions": _errand("permissions"),
    "uncompact": _errand("uncompact"),
    "compact": lambda chat, _: chat.talking.compact(),
    "copy": lambda chat, _: chat.transcript.action_copy(),
    "copy_code": lambda chat, _: chat.transcript.action_copy_code(),
    "context": lambda chat, _: chat.show_context(),
    # ── approval
    "review": lambda chat, _: chat.review(),
    "approve": lambda chat, _: chat.judge.answer("yes"),
    "reject": lambda chat, _: chat.judge.answer("no"),
    "run_once": lambda chat, _: chat.judge.answer("yes"),
    "run_session": lambda chat, _: chat.judge.answer("session"),
    "refuse": lambda chat, _: chat.judge.answer("no"),
    # ── model
    "profiles": lambda chat, name: chat.in_dialog(partial(chat.desk.choose, name)),
    "model": lambda chat, name: chat.in_dialog(partial(chat.desk.choose_model, name)),
    "doctor": lambda chat, _: chat.in_dialog(chat.desk.check),
    "mcp": lambda chat, _: chat.in_dialog(chat.desk.tool_servers),
    "setup": lambda chat, _: chat.in_dialog(chat.desk.set_up),
    "status": lambda chat, _: chat.in_dialog(partial(chat.desk.status, with_settings=False)),
    "debug_config": lambda chat, _: chat.in_dialog(partial(chat.desk.status, with_settings=True)),
    "raise_window": lambda chat, _: chat.raise_window(),
    "effort": lambda chat, level: chat.desk.set_effort(level),
    # ── screen
    "help": _of_app("help"),
    "palette": lambda chat, _: chat.choose_action(),
    "theme": _of_app("theme"),
    "page_up": lambda chat, _: chat.transcript.action_page(-1),
    "page_down": lambda chat, _: chat.transcript.action_page(1),
    "to_start": lambda chat, _: chat.transcript.action_top(),
    "to_end": lambda chat, _: chat.transcript.action_end(),
    "find": lambda chat, text: chat.find(text),
    "earlier_prompt": lambda chat, _: chat.transcript.action_prompt(-1),
    "later_prompt": lambda chat, _: chat.transcript.action_prompt(1),
    "wrap": lambda chat, _: chat.transcript.action_wrap(),
    "mouse": _of_app("mouse"),
    "quit": lambda chat, _: chat.quit(),
    # ── writing
    "history": lambda chat, _: chat.writing.search(),
    "editor": lambda chat, _: chat.edit(),
    "interrupt": lambda chat, _: chat.interrupt(),
}

READING: Mapping[str, str] = {
    "entry_down": "cursor(1)",
    "entry_up": "cursor(-1)",
    "prompt_up": "prompt(-1)",
    "prompt_down": "prompt(1)",
    "row_up": "move(-1)",
    "row_down": "move(1)",
    "first_row": "top",
    "last_row": "end",
    "open": "activate",
    "find_here": "find",
    "find_on": "find_step(1)",
    "find_back": "find_step(-1)",
    "select": "select",
    "copy_this": "copy",
    "copy_its_code": "copy_code",
    "wrap_here": "wrap",
    "leave": "leave",
}
"""What a key does while the transcript has the keys: actions of the transcript."""
