"""The themes there are, shipped ones and the person's own: told by name, each read when it is asked for.

A start needs one theme, and reading one costs as much as finding all. Knows files; nothing of what is drawn.
"""

from __future__ import annotations

from pathlib import Path

from themes import ThemeFile, ThemeProblem, load, shipped_files


class Wardrobe:
    """`own` is the folder of the person's themes. One of theirs wins over a shipped one of its name, unless it is
    broken; what is wrong with a file is told once, when it is read."""

    def __init__(self, own: Path | None = None) -> None:
        self._files = {path.stem: [path] for path in shipped_files()}
        for path in sorted(own.glob("*.toml")) if own is not None and own.is_dir() else ():
            self._files.setdefault(path.stem, []).insert(0, path)
        self._read: dict[str, ThemeFile | None] = {}
        self._problems: list[str] = []

    @property
    def names(self) -> tuple[str, ...]:
        """Dark and light first; a name is no promise that its file can be used."""
        return tuple(self._files)

    def find(self, name: str) -> ThemeFile | None:
        """The theme `name`; None when there is none, or none that can be used."""
        if name not in self._read:
            self._read[name] = self._load(name)
        return self._read[name]

    def all(self) -> tuple[ThemeFile, ...]:
        """Every theme that can be used."""
        return tuple(theme for name in self.names if (theme := self.find(name)) is not None)

    def take_problems(self) -> tuple[str, ...]:
        """What was wrong with the files read since the last call, a line for people each."""
        problems, self._problems = tuple(self._problems), []
        return problems

    def _load(self, name: str) -> ThemeFile | None:
        for path in self._files.get(name, ()):
            try:
                return load(path)
            except ThemeProblem as problem:
                self._problems.append(str(problem))
        return None
