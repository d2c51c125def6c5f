"""Fields whose keys are all done in the order they were typed. They know nothing of what is written in them.

Textual does a binding when its key has gone up to the app: letters typed after it would come before it, and a key with
priority before the letters that were typed ahead of it.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportPrivateUsage=false
# Textual gives an app an unfinished type, and has no public way to ask for the bindings of one widget.
from __future__ import annotations

import asyncio
from collections.abc import Iterable

from textual import events
from textual.widget import Widget
from textual.widgets import Input, TextArea

from tui.bound import Guarded, InTurn


class Field(Input):
    """A line to write in."""

    async def on_key(self, event: events.Key) -> None:
        await do_in_turn(self, event, is_text=event.is_printable)


class Editor(TextArea):
    """A text to write in."""

    async def on_key(self, event: events.Key) -> None:
        await do_in_turn(self, event, is_text=event.is_printable)


async def do_in_turn(widget: Widget, event: events.Key, *, is_text: bool = False) -> None:
    """Do what the key means to those around `widget`, else to itself, before the next one is heard.

    `is_text`: it is only written. What was typed after the screen was left belongs to the screen that is there now.
    """
    if not widget.is_attached or not widget.screen.is_active:
        again = events.Key(event.key, event.character)
        again.time = event.time
        widget.app.post_message(again)
    elif is_text or not await _is_done(widget, event):
        return
    event.stop()
    event.prevent_default()


async def _is_done(widget: Widget, event: events.Key) -> bool:
    for node in reversed(widget.ancestors_with_self):
        for binding in node._bindings.key_to_bindings.get(event.key, ()):
            if node is not widget and not isinstance(binding, InTurn):
                continue
            if isinstance(node, Guarded) and node.keeps_out(event):
                return True
            if await widget.app.run_action(binding.action, node):
                return True
    return False


async def all_written(fields: Iterable[Widget]) -> None:
    """Return when `fields` did every key that they were given so far."""
    for field in fields:
        done = asyncio.Event()
        if field.call_later(done.set):
            await done.wait()
