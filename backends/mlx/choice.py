"""Which name to send for the model that a person wants. No I/O.

Any name but the one the server was started with makes it drop its model and load, or download, another (mlx.md §3).
So a name is sent only if the server lists it, and `default_model` stands for everything else.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from backends.frozen import frozen

DEFAULT = "default_model"


@frozen
class Choice:
    """`sent` goes into requests, `known_as` is the listed name behind it (may be empty), `remark` what to tell."""

    sent: str
    known_as: str = ""
    remark: str = ""


def choose(wanted: str, wanted_path: str, listed: Sequence[str]) -> Choice:
    """`wanted_path` is the real path when `wanted` names a folder, else empty. Paths in `listed` are `--model`."""
    own = [name for name in listed if name.startswith("/")]
    behind = own[0] if len(own) == 1 else ""
    if wanted in ("", DEFAULT):
        return Choice(DEFAULT, behind)
    if wanted_path in own or wanted in own:
        return Choice(DEFAULT, wanted_path or wanted)
    if wanted in listed:
        return Choice(wanted, wanted)
    alike = [name for name in listed if _plain(wanted) in _plain(name)]
    if len(alike) == 1:
        return Choice(DEFAULT if alike[0] in own else alike[0], alike[0])
    answering = behind or "the model it was started with"
    return Choice(DEFAULT, behind, f"{wanted} is not in the server's list; {answering} answers")


def _plain(name: str) -> str:
    """A name without the marks that differ from place to place: `gpt-oss:20b` is in `ORG/gpt-oss-20b-8bit-mlx`."""
    return re.sub(r"[^a-z0-9/]+", "-", name.lower().rstrip("/"))
