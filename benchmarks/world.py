"""Where the measured programs live: a home with a configuration and three profiles, and a little project."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.feed import MODEL, WINDOW, feed
from benchmarks.terminal import COLUMNS, Terminal

ROOT = Path(__file__).parent.parent

PAINTED = "❯"
"""Stands left of the composer, and nowhere before the first paint."""

_CONFIG = """\
model_provider = "feed"
model = "{model}"
profile = "feed"

[profiles.feed]
model_provider = "feed"
model = "{model}"
model_context_window = {window}

[profiles.local-120b]
model_provider = "ollama"
model = "gpt-oss:120b"

[profiles.mlx]
model_provider = "mlx"
model = "gpt-oss-20b"

[model_providers.feed]
name = "Feed"
kind = "ollama"
base_url = "{address}"
"""


@dataclass(frozen=True, slots=True)
class World:
    """A running feed, a home that points at it, and a folder to work in."""

    address: str
    home: Path
    folder: Path

    @property
    def env(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(ROOT),
        }

    def oss_tui(self, *arguments: str) -> Terminal:
        """The whole program, as a person starts it."""
        return Terminal(python("tui.cli", *arguments), folder=self.folder, env=self.env)

    def program(self, name: str, *arguments: str, columns: int = COLUMNS) -> Terminal:
        """One of `benchmarks.programs`."""
        argv = python(f"benchmarks.programs.{name}", *arguments)
        return Terminal(argv, folder=self.folder, env=self.env, columns=columns)


def python(module: str, *arguments: str) -> list[str]:
    return [sys.executable, "-P", "-m", module, *arguments]


@contextmanager
def world() -> Generator[World]:
    with tempfile.TemporaryDirectory(prefix="oss-tui-bench-") as place, feed() as address:
        home, folder = Path(place, "home"), Path(place, "project")
        (home / ".config/oss-tui").mkdir(parents=True)
        folder.mkdir()
        (folder / "login.py").write_text("def login():\n    return None\n")
        config = _CONFIG.format(model=MODEL, window=WINDOW, address=address)
        (home / ".config/oss-tui/config.toml").write_text(config)
        yield World(address, home, folder)
