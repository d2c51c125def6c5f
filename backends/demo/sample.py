"""The sample project of the demonstration, written into a folder that the person names."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path


def write_shop(folder: Path) -> None:
    """Write the little shop into `folder`, made when missing. Raises FileExistsError for a file in the way."""
    _copy(files("backends.demo") / "shop", folder)


def _copy(source: Traversable, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for entry in sorted(source.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            if entry.name != "__pycache__":
                _copy(entry, target / entry.name)
        else:
            with (target / entry.name).open("xb") as file:
                file.write(entry.read_bytes())
