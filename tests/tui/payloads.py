"""What a model, a file or a server may try on a terminal (THREATS.md T1): 19 sequences, by what they would do."""

from __future__ import annotations

import pytest

_PAYLOADS = {
    "window title": "\x1b]0;owned\x07",
    "window title, string terminator": "\x1b]2;owned\x1b\\",
    "hyperlink": "\x1b]8;;http://evil.example\x1b\\click\x1b]8;;\x1b\\",
    "clipboard": "\x1b]52;c;ZXZpbA==\x07",
    "clipboard by C1": "\x9d52;c;ZXZpbA==\x9c",
    "colour": "\x1b[31mred\x1b[0m",
    "colour by C1": "\x9b31mred",
    "clear screen": "\x1b[2J\x1b[H",
    "cursor home and overwrite": "\x1b[1;1Happroved",
    "device status query": "\x1b[6n",
    "device attributes query": "\x1b[c",
    "device control string": "\x1bP$q\x22p\x1b\\",
    "application program command": "\x1b_Gf=100;AAAA\x1b\\",
    "privacy message": "\x1b^hidden\x1b\\",
    "leave the alternate screen": "\x1b[?1049l",
    "reset": "\x1bc",
    "bell and backspace": "\x07\x08\x08\x08",
    "delete and carriage return": "safe\x7f\x7f\rrm -rf /",
    "unterminated": "\x1b]52;c;",
}

ESCAPES = [pytest.param(text, id=name) for name, text in _PAYLOADS.items()]
"""For `parametrize`."""

ALL_ESCAPES = tuple(_PAYLOADS.values())
