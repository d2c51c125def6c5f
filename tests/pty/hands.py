"""What a person does with the program again and again: asks, gives an order, leaves what was opened."""

from __future__ import annotations

import re

from tests.pty.driver import Screen

READY = ("answers are a script", "≈")
"""What the demo says when the session is open and what it sends was counted."""

TASK = "make login use the session store, and add a test"


def ask(screen: Screen, text: str) -> None:
    screen.type(text)
    screen.wait_for(f"❯ {text[:20]}")
    screen.press("enter")


def order(screen: Screen, text: str) -> None:
    """A slash command, whole: enter does it, though the list of commands is open."""
    screen.type(text)
    screen.wait_for(f"❯ {text[:40]}")
    screen.press("enter")


def leave(screen: Screen, title: str, key: str = "escape") -> None:
    """Leave the box with `title`, by a key that it tells."""
    screen.wait_for(title)
    screen.press(key)
    screen.wait_gone(title)


def assert_restored(screen: Screen) -> None:
    """The terminal of a program that has ended is as it was before."""
    left_on = sorted(mode for mode, is_on in screen.modes().items() if is_on)
    assert left_on == []
    assert screen.is_cooked()
    assert screen.output.rstrip().endswith((b"\x1b[0m", b"\x1b[?25h", b"l", b"h"))
    assert b"Traceback" not in screen.output


_COLOUR = re.compile(rb"[34]8;2;(\d+);(\d+);(\d+)[;m]")


def hues(shown: bytes) -> set[bytes]:
    """The colours among what was written that are no grey."""
    return {found[0] for found in _COLOUR.finditer(shown) if len(set(found.groups())) > 1}
