"""Handing the terminal over to the editor that the person named, on their request (`oss-tui config edit`)."""

from __future__ import annotations

import os
from typing import NoReturn


def become(argv: list[str]) -> NoReturn:
    """Be the program `argv[0]` from here on. Raises OSError when there is no such program."""
    os.execvp(argv[0], argv)  # noqa: S606  (the person's own words, without a shell)
